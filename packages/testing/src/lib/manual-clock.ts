/** A clock that stands still until it is moved. */
export interface ManualClock {
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Moves the clock forward by a number of milliseconds, 0 or more. */
  advance(milliseconds: number): void
  /** Puts the clock to a time, milliseconds since the epoch; backwards is allowed, as on a real machine. */
  set(time: number): void
}

/**
 * Makes a clock for tests.
 *
 * @param start Milliseconds since the epoch; by default 2026-01-01T00:00:00Z.
 * @returns The clock; give it, or its `now`, to whatever takes a clock.
 * @throws RangeError when moved by or to something that is no time.
 * @example
 * const clock = manualClock()
 * clock.advance(5 * 60_000)
 */
export function manualClock(start: number = Date.UTC(2026, 0, 1)): ManualClock {
  let time = checkTime(start)
  return {
    now: () => time,
    advance(milliseconds) {
      if (!(milliseconds >= 0)) throw new RangeError('manualClock.advance takes 0 or more milliseconds')
      time = checkTime(time + milliseconds)
    },
    set(next) {
      time = checkTime(next)
    },
  }
}

function checkTime(time: number): number {
  if (!Number.isSafeInteger(time) || time < 0) throw new RangeError('A time is a whole number of milliseconds')
  return time
}
