import type { Found, Key } from '@sallyport/store'

import type { RetentionClass } from '../retention/retention-contract.ts'

/** The keys stand below it: person, class, period. All of one person stand together. */
export const KEY_PREFIX: Key = ['subject']

/** A record for each class and month of which there may be keys; every making of a key checks or opens it. */
export const MONTH_PREFIX: Key = ['key-month']

/** Names, in place of a pseudonym, everybody whom nobody knew. */
export const ANONYMOUS = 'anonymous'

/** What a key is for, beside whose it is. */
export interface KeyScope {
  readonly retention: RetentionClass
  /** A month, `2026-11`; a day, `2026-11-21`, where it is everybody's. In UTC. */
  readonly period: string
}

/** A key as its record names it. */
export interface KeyName {
  readonly person: string
  readonly retention: string
  readonly month: string
}

const ID = /^([\w-]{1,64}\.[\w-]{22}|anonymous)\/([a-z]{1,32})\/(\d{4}-\d{2}(?:-\d{2})?)~[\w-]{8}$/
const MONTH = /^\d{4}-\d{2}$/
const MONTH_LENGTH = 7
const DAY_LENGTH = 10

/** Gives the period of a key: a month of a person; one day of the unknown, so that no key seals too much. */
export function periodOf(at: number, isKnown: boolean): string {
  return new Date(at).toISOString().slice(0, isKnown ? MONTH_LENGTH : DAY_LENGTH)
}

/** The keys of one person. */
export function personKeys(person: string): Key {
  return [...KEY_PREFIX, person]
}

/** The record of a key. */
export function keyRecord(person: string, { retention, period }: KeyScope): Key {
  return [...KEY_PREFIX, person, retention, period]
}

/** The record of the month that a key belongs to. */
export function monthRecord({ retention, period }: KeyScope): Key {
  return [...MONTH_PREFIX, retention, period.slice(0, MONTH_LENGTH)]
}

/** What entries call a key: its record's name and a fingerprint, so that a key made after an erasure is another one. */
export function formatKeyId(person: string, { retention, period }: KeyScope, fingerprint: string): string {
  return `${person}/${retention}/${period}~${fingerprint}`
}

/**
 * Finds the record that an entry names.
 *
 * @param id `sealed.subject` of an entry; attacker-controlled.
 * @returns `undefined` for what no key was ever named by.
 */
export function recordOfId(id: string): Key | undefined {
  const [, person, retention, period] = ID.exec(id) ?? []
  if (person === undefined || retention === undefined || period === undefined) return undefined
  return [...KEY_PREFIX, person, retention, period]
}

/** Whose key an entry names; `undefined` as `recordOfId`. */
export function personOfId(id: string): string | undefined {
  return recordOfId(id)?.[1]
}

/** Reads whose and what for a key is; `undefined` for a record that nobody here made. */
export function parseKeyRecord({ key }: Found): KeyName | undefined {
  const [, person, retention, period] = key
  if (person === undefined || retention === undefined || period === undefined) return undefined
  return { person, retention, month: period.slice(0, MONTH_LENGTH) }
}

/** When a month is over, in milliseconds since the epoch; `undefined` for a text that is no month. */
export function endOfMonth(month: string): number | undefined {
  if (!MONTH.test(month)) return undefined
  const [year = 0, number = 0] = month.split('-').map(Number)
  return Date.UTC(year, number, 1)
}
