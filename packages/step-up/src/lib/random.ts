import { randomBytes } from 'node:crypto'

import { sortableId } from '@sallyport/store'

/** Gives that many unpredictable bytes. */
export type RandomBytes = (size: number) => Uint8Array

/** The system's cryptographic random generator: the one place of this package that uses it. */
export const systemRandomBytes: RandomBytes = (size) => randomBytes(size)

/** A new id that sorts by time: for flows, step-ups, challenges. */
export function newId(now: number, random: RandomBytes): string {
  return sortableId(now, random(10))
}

/** A new session handle: time-ordered for the store, with 192 unpredictable bits (ASVS 7.2.3 asks for 128). */
export function newHandle(now: number, random: RandomBytes): string {
  return `${newId(now, random)}${Buffer.from(random(24)).toString('base64url')}`
}
