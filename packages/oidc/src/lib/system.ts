import { randomBytes } from 'node:crypto'

/** Gives that many unpredictable bytes. */
export type RandomBytes = (size: number) => Uint8Array

/** Tells the time in milliseconds since the epoch. */
export interface Clock {
  now(): number
}

/** The system's cryptographic random generator: the one place of this package that uses it. */
export const systemRandomBytes: RandomBytes = (size) => randomBytes(size)

/** Milliseconds from any start, by a clock that nobody sets: for how long something takes. */
export const systemMonotonicMs = (): number => performance.now()

/** How many seconds a clock stands ahead of the machine's, by which openid-client judges tokens. */
export function skewSeconds(clock: Clock): number {
  return Math.round((clock.now() - Date.now()) / 1000)
}
