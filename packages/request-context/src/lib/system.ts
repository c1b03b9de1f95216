import { randomBytes } from 'node:crypto'

/** Gives that many unpredictable bytes. */
export type RandomBytes = (size: number) => Uint8Array

/** Tells the time in milliseconds since the epoch. */
export interface Clock {
  now(): number
}

// Asking the system for a few bytes costs as much as for thousands. Ids come from a pool; secrets never do.
const POOL_BYTES = 4_096
const MAX_FROM_POOL = 16

/** The system's cryptographic random generator. */
export const systemRandomBytes: RandomBytes = fromPool(randomBytes)

/** The system's clock. */
export const systemClock: Clock = { now: () => Date.now() }

/** A clock that only goes forwards, for durations; its numbers mean nothing else. */
export const systemStopwatch: Clock = { now: () => performance.now() }

function fromPool(source: RandomBytes): RandomBytes {
  let pool: Uint8Array = new Uint8Array()
  return (size) => {
    if (size > MAX_FROM_POOL) return source(size)
    if (pool.length < size) pool = source(POOL_BYTES)

    const taken = pool.slice(0, size)
    pool = pool.subarray(size)
    return taken
  }
}
