import { randomBytes } from 'node:crypto'

/** Gives that many unpredictable bytes. */
export type RandomBytes = (size: number) => Uint8Array

/** Tells the time in milliseconds since the epoch. */
export type Clock = () => number

/** The system's random source: the only place of this package that uses it. */
export const systemRandomBytes: RandomBytes = (size) => randomBytes(size)

/** The system's clock: the only place of this package that reads it. */
export const systemClock: Clock = () => Date.now()
