import { AuditError } from '../errors.ts'
import { isMembers, type Members } from '../events/event-members.ts'

const MAX_TEXT = 200
// The store takes tags of at most 256 bytes; a character that is cut in half may grow by two.
const MAX_TEXT_BYTES = 250
// So many characters have no more bytes than a tag may have, whatever they are.
const SURELY_SHORT = 83
const MAX_ID_BYTES = 256
const MAX_SEALED_TEXT = 512
const MAX_USER = 4_096
const MAX_TEXTS = 32

/** Reads one value of what callers say, types or not; throws `AuditError` with `ERR_AUDIT_INPUT` for what it cannot be. */
export type Reader<T> = (value: unknown, name: string) => T

/** Makes the error for what no event can say; the message never repeats any of it. */
export function refused(message: string): AuditError {
  return new AuditError('ERR_AUDIT_INPUT', message)
}

/** Reads what need not be said. */
export function optional<T>(read: Reader<T>, value: unknown, name: string): T | undefined {
  return value === undefined ? undefined : read(value, name)
}

/** Reads an object with named members. */
export function membersOf(value: unknown, name: string): Members {
  if (!isMembers(value)) throw refused(`The ${name} of an event is an object.`)
  return value
}

/** Reads a text that describes, and shortens it to what a tag may hold. */
export function text(value: unknown, name: string): string {
  return cut(string(value, name))
}

/** Reads a list of such texts; one that is longer than any list of methods is cut, too. */
export function texts(value: unknown, name: string): readonly string[] {
  if (!Array.isArray(value)) throw refused(`The ${name} of an event is a list of texts.`)
  const read: string[] = []
  // By index: a list with holes must meet `undefined` and be refused.
  for (let at = 0; at < value.length && at < MAX_TEXTS; at++) read.push(text(value[at], name))
  return read
}

/** Reads what is sealed. Client and identity provider control it: however long it is, the event must fit. */
export function personal(value: unknown, name: string): string {
  return string(value, name).slice(0, MAX_SEALED_TEXT).toWellFormed()
}

/** Reads an object of texts that are sealed. */
export function personals(value: unknown, name: string): Readonly<Record<string, string>> {
  const said = Object.entries(membersOf(value, name)).filter(([, one]) => one !== undefined)
  return Object.fromEntries(said.map(([member, one]) => [member, personal(one, name)]))
}

/** Reads an id that joins events: what is not exactly it would join others, so nothing of it is shortened. */
export function joiningId(value: unknown, name: string): string {
  const id = string(value, name)
  if (id.length <= SURELY_SHORT && id !== '' && isStorable(id)) return id
  if (id === '' || id.length > MAX_ID_BYTES || Buffer.byteLength(id) > MAX_ID_BYTES || !isStorable(id))
    throw refused(`The ${name} of an event is a text of 1 to 256 bytes, well formed and without NUL.`)
  return id
}

/** Reads the application's id for a person: a text that has a pseudonym. */
export function user(value: unknown, name: string): string {
  const id = string(value, name)
  if (id.length > MAX_USER || !id.isWellFormed())
    throw refused(`The ${name} of an event is a well-formed text of at most 4,096 characters.`)
  return id
}

/** Reads a whole number. */
export function whole(value: unknown, name: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value))
    throw refused(`The ${name} of an event is a whole number.`)
  return value
}

/** Reads yes or no. */
export function flag(value: unknown, name: string): boolean {
  if (typeof value !== 'boolean') throw refused(`The ${name} of an event is true or false.`)
  return value
}

function string(value: unknown, name: string): string {
  if (typeof value !== 'string') throw refused(`The ${name} of an event is a text.`)
  return value
}

function isStorable(value: string): boolean {
  return value.isWellFormed() && !value.includes('\0')
}

function cut(value: string): string {
  if (value.length <= SURELY_SHORT && isStorable(value)) return value
  const short = value.slice(0, MAX_TEXT).toWellFormed().replaceAll('\0', '\uFFFD')
  return Buffer.byteLength(short) <= MAX_TEXT_BYTES
    ? short
    : Buffer.from(short).subarray(0, MAX_TEXT_BYTES).toString('utf8')
}
