import { randomBytes } from 'node:crypto'

/** Gives that many unpredictable bytes. */
export type RandomBytes = (size: number) => Uint8Array

/** Tells the time in milliseconds since the epoch. */
export interface Clock {
  now(): number
}

/** The system's cryptographic random generator. */
export const systemRandomBytes: RandomBytes = (size) => randomBytes(size)

/** The system's clock. */
export const systemClock: Clock = { now: () => Date.now() }
