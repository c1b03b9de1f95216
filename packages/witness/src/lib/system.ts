import { randomBytes } from 'node:crypto'

/** Gives the time in milliseconds since the epoch. */
export interface Clock {
  now(): number
}

/** Gives that many unpredictable bytes. */
export type RandomBytes = (size: number) => Uint8Array

/** The system's clock and random generator: the one place of this package that uses them. */
export const system: { readonly clock: Clock; readonly randomBytes: RandomBytes } = {
  clock: { now: () => Date.now() },
  randomBytes,
}
