import { describe, expect, test } from 'vitest'
import { Deadline } from './deadline.ts'

const unsigned: unknown = expect.objectContaining({ code: 'ERR_AUDIT_UNSIGNED' })
const never = new Promise<never>(() => undefined)

describe('Deadline', () => {
  test('passes on what comes in time, good or bad', async () => {
    const deadline = new Deadline(10_000, () => 0)

    expect(await deadline.require('this', Promise.resolve(7))).toBe(7)
    await expect(deadline.require('this', Promise.reject(new Error('bad')))).rejects.toThrow('bad')
  })

  test('gives up what does not come, and says what that was', async () => {
    await expect(new Deadline(1, () => 0).require('the tide', never)).rejects.toEqual(unsigned)
    await expect(new Deadline(1, () => 0).require('the tide', never)).rejects.toThrow('the tide')
  })

  test('is one for all work that it is asked for', async () => {
    let now = 0
    const deadline = new Deadline(3_600_000, () => now)
    now = 3_600_000

    await expect(deadline.require('this', never)).rejects.toEqual(unsigned)
  })
})
