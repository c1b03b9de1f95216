import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { SinkRetry } from './sink-retry.ts'

const HALF = (size: number): Uint8Array => new Uint8Array(size).fill(128)

describe('SinkRetry', () => {
  test('lets a sink be tried that has not failed', () => {
    expect(new SinkRetry({ randomBytes: HALF, monotonicMs: () => 0 }).isDue).toBe(true)
  })

  test('waits twice as long after each failure, up to 30 seconds', () => {
    let now = 0
    const retry = new SinkRetry({ randomBytes: HALF, monotonicMs: () => now })
    const pauses = Array.from({ length: 10 }, () => {
      const began = now
      retry.failed()
      while (!retry.isDue) now += 1
      return now - began
    })

    // Half of the limit, since the randomness is.
    expect(pauses).toEqual([126, 251, 502, 1_004, 2_008, 4_016, 8_032, 15_059, 15_059, 15_059])
  })

  test('begins anew when nothing has failed for a minute after a success, and not before', () => {
    let now = 0
    const retry = new SinkRetry({ randomBytes: HALF, monotonicMs: () => now })
    const pauseAfter = (goodMs: number): number => {
      retry.succeeded()
      now += goodMs
      const began = now
      retry.failed()
      while (!retry.isDue) now += 1
      return now - began
    }

    expect([0, 1_000, 59_999, 60_000, 1_000].map(pauseAfter)).toEqual([126, 251, 502, 126, 251])
  })

  test('lets it be tried at once after a success, and when it is told to', () => {
    const retry = new SinkRetry({ randomBytes: HALF, monotonicMs: () => 0 })
    retry.failed()
    const paused = retry.isDue
    retry.hurry()
    const hurried = retry.isDue
    retry.failed()
    retry.succeeded()

    expect([paused, hurried, retry.isDue]).toEqual([false, true, true])
  })

  test('never waits longer than the limit of its step, whatever the randomness says (property)', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 4, maxLength: 4 }),
        fc.integer({ min: 1, max: 2_000 }),
        (bytes, failures) => {
          let now = 0
          const retry = new SinkRetry({ randomBytes: () => bytes, monotonicMs: () => now })
          for (let turn = 0; turn < failures; turn++) retry.failed()
          now = Math.min(30_000, 250 * 2 ** (failures - 1))

          expect(retry.isDue).toBe(true)
        },
      ),
      { numRuns: 100 },
    )
  })
})
