import { MAX_ENTRY_BYTES } from '../events/entry-bound.ts'
import type { EventType } from '../events/event-payloads.ts'
import type { Members } from '../events/event-members.ts'
import { EVENTS } from '../events/registry.ts'
import { joiningId, membersOf, refused } from './input-values.ts'

type Scalar = string | number | boolean

/** What a field of a payload can hold. */
export type PayloadValue = Scalar | readonly Scalar[] | Readonly<Record<string, Scalar>>

/** A payload as it is written. */
export type Payload = Readonly<Record<string, PayloadValue>>

const MAX_NAME = 256
const MAX_ITEMS = 1_024

/**
 * Reads the payload of an event. A field is a text of at most 16,384 characters, a whole number, true or false, or one list
 * or object of such, with at most 1,024 of them; what is `undefined` is left out. What must never be recorded has no field,
 * and so no caller without types, and no cast, may make one.
 *
 * @param type A name of the registry: it says which fields there are.
 * @param data The caller's.
 * @returns A copy.
 * @throws `AuditError` with `ERR_AUDIT_INPUT`, which repeats nothing of the payload.
 */
export function readPayload(type: EventType, data: unknown): Payload {
  const fields: object = EVENTS[type].fields
  const read: Record<string, PayloadValue> = {}
  const said = plain(data)
  for (const name of Object.keys(said)) {
    const value = said[name]
    if (!Object.hasOwn(fields, name)) throw refused(`An event of type ${type} has data that its type has no field for.`)
    // The one field that is searched by.
    if (value !== undefined) read[name] = name === 'factor' ? joiningId(value, name) : valueOf(value)
  }
  return read
}

function valueOf(value: unknown): PayloadValue {
  if (typeof value !== 'object') return scalar(value)
  if (Array.isArray(value)) {
    if (value.length > MAX_ITEMS) throw outOfBounds()
    // By index: a list with holes must meet `undefined` and be refused.
    return Array.from(value, scalar)
  }
  const said = Object.entries(plain(value)).filter(([, one]) => one !== undefined)
  if (said.length > MAX_ITEMS || !said.every(([name]) => isText(name, MAX_NAME))) throw outOfBounds()
  return Object.fromEntries(said.map(([name, one]) => [name, scalar(one)]))
}

function scalar(value: unknown): Scalar {
  if (typeof value === 'boolean') return value
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value
  if (typeof value === 'string' && isText(value, MAX_ENTRY_BYTES)) return value
  throw outOfBounds()
}

function isText(value: string, max: number): boolean {
  return value.length <= max && value.isWellFormed()
}

// An instance of a class may say one thing now and another when it is written.
function plain(value: unknown): Members {
  const said = membersOf(value, 'data')
  const prototype: unknown = Object.getPrototypeOf(said)
  if (prototype !== Object.prototype && prototype !== null) throw outOfBounds()
  return said
}

function outOfBounds(): Error {
  return refused(
    'The data of an event is texts of at most 16,384 characters, whole numbers, true or false, and lists or objects of them.',
  )
}
