import { describe, expect, test, vi } from 'vitest'
import { once } from './once.ts'

describe('once', () => {
  test('does the work one time for 50 who ask at once, and for those who ask later', async () => {
    const work = vi.fn<() => Promise<void>>(async () => undefined)
    const ask = once(work)
    await Promise.all(Array.from({ length: 50 }, ask))
    await ask()

    expect(work).toHaveBeenCalledOnce()
  })

  test('tells all who wait that it failed, and tries again for the next one', async () => {
    const work = vi.fn<() => Promise<void>>().mockRejectedValueOnce(new Error('this time')).mockResolvedValue(undefined)
    const ask = once(work)
    const first = await Promise.allSettled([ask(), ask()])
    await ask()

    expect(first.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(work).toHaveBeenCalledTimes(2)
  })
})
