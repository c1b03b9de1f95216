import { randomBytes } from 'node:crypto'

/** Gives that many unpredictable bytes. */
export type RandomBytes = (size: number) => Uint8Array

/** The system's cryptographic random generator: the one place of this package that uses it. */
export const systemRandomBytes: RandomBytes = (size) => randomBytes(size)
