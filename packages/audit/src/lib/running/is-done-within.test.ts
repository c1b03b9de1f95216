import { describe, expect, test } from 'vitest'
import { isDoneWithin } from './is-done-within.ts'

describe('isDoneWithin', () => {
  test('says that work is done that resolves or rejects', async () => {
    expect(await isDoneWithin(10_000, Promise.resolve())).toBe(true)
    expect(await isDoneWithin(10_000, Promise.reject(new Error('no')))).toBe(true)
  })

  test('leaves work to itself that takes longer', async () => {
    expect(await isDoneWithin(1, new Promise(() => undefined))).toBe(false)
  })
})
