import { randomBytes } from 'node:crypto'

/** Gives that many unpredictable bytes. */
export type RandomBytes = (size: number) => Uint8Array

/** Tells the time. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
}

/** The system's random source: the only place of this package that uses it. */
export const systemRandomBytes: RandomBytes = (size) => randomBytes(size)

/** The system's clock: the only place of this package that reads it. */
export const systemClock: Clock = { now: () => Date.now() }
