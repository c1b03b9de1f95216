import { describe, expect, test, vi } from 'vitest'
import { Repeat } from './repeat.ts'

describe('Repeat', () => {
  test('goes on after a round that failed', async () => {
    const work = vi.fn<() => Promise<void>>(async () => Promise.reject(new Error('this time')))
    const repeat = new Repeat(work, 1)

    await vi.waitFor(() => expect(work.mock.calls.length).toBeGreaterThan(2))
    await repeat.stop()
  })

  test('never runs two rounds at once, however they are started', async () => {
    let running = 0
    let most = 0
    const work = async (): Promise<void> => {
      most = Math.max(most, ++running)
      await new Promise((resolve) => setTimeout(resolve, 1))
      running -= 1
    }
    const repeat = new Repeat(work, 1)
    await Promise.all(Array.from({ length: 20 }, async () => repeat.now()))
    await repeat.stop()

    expect(most).toBe(1)
  })

  test('tells whoever asked for a round what became of it', async () => {
    const repeat = new Repeat(async () => Promise.reject(new Error('this time')), 10_000)

    await expect(repeat.now()).rejects.toThrow('this time')
    await repeat.stop()
  })

  test('runs nothing more once it is stopped', async () => {
    const work = vi.fn<() => Promise<void>>(async () => undefined)
    const repeat = new Repeat(work, 1)
    await vi.waitFor(() => expect(work).toHaveBeenCalled())
    await repeat.stop()
    const before = work.mock.calls.length
    await new Promise((resolve) => setTimeout(resolve, 20))

    expect(work).toHaveBeenCalledTimes(before)
  })
})
