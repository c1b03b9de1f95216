import type { Clock, RandomBytes } from './system.ts'

const REQUEST_ID = /^[A-Za-z0-9_-]{8,64}$/
const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$/

/**
 * Makes a request id that nobody can guess and that sorts by time: 12 hex digits of milliseconds, 20 of randomness.
 *
 * @param source The time and the randomness.
 * @returns 32 lower-case hex digits.
 */
export function newRequestId(source: { readonly clock: Clock; readonly randomBytes: RandomBytes }): string {
  return source.clock.now().toString(16).padStart(12, '0') + hex(source.randomBytes(10))
}

/**
 * Reads a request id that a trusted proxy gave.
 *
 * @param value The header's value; a repeated header arrives joined by commas and is refused.
 * @returns The id, or `undefined` when it is not 8 to 64 characters of A–Z, a–z, 0–9, `_`, `-`.
 */
export function parseRequestId(value: unknown): string | undefined {
  return typeof value === 'string' && REQUEST_ID.test(value) ? value : undefined
}

/**
 * Reads a `traceparent` header, strictly: version 00, lower-case hex, no ids of zeros.
 *
 * @param value The header's value, controlled by the client.
 * @returns The trace and the caller's span, or `undefined` when the header must be ignored.
 * @see W3C Trace Context §3.2.2
 */
export function parseTraceparent(value: unknown): { readonly id: string; readonly span: string } | undefined {
  if (typeof value !== 'string' || value.length !== 55) return undefined
  const [, id, span] = TRACEPARENT.exec(value) ?? []
  if (id === undefined || span === undefined) return undefined
  return /^0+$/.test(id) || /^0+$/.test(span) ? undefined : { id, span }
}

/**
 * Begins a trace.
 *
 * @param randomBytes The randomness.
 * @returns Ids of 32 and 16 lower-case hex digits.
 */
export function newTrace(randomBytes: RandomBytes): { readonly id: string; readonly span: string } {
  return { id: hex(randomBytes(16)), span: hex(randomBytes(8)) }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
