import { describe, expect, test } from 'vitest'
import { manualClock } from './manual-clock.ts'

describe('manualClock', () => {
  test('stands still until it is moved', () => {
    const clock = manualClock(1_000)

    clock.advance(500)
    clock.advance(0)

    expect(clock.now()).toBe(1_500)
  })

  test('can be put back, as the clock of a real machine can', () => {
    const clock = manualClock(1_000)

    clock.set(10)

    expect(clock.now()).toBe(10)
  })

  test('refuses what is no time', () => {
    const clock = manualClock()

    expect(() => clock.advance(-1)).toThrow(RangeError)
    expect(() => clock.set(Number.NaN)).toThrow(RangeError)
    expect(() => manualClock(1.5)).toThrow(RangeError)
  })
})
