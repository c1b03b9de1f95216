import { AuditError } from '../errors.ts'

const MAX_DEPTH = 32

/**
 * Gives the one text that stands for a JSON value: members sorted by UTF-16 code units, no white space, numbers and
 * strings as ECMAScript writes them.
 *
 * Only plain data has such a text. What `JSON.stringify` would silently drop or change (undefined, functions, dates and
 * other instances, numbers that are not finite, halves of surrogate pairs) is refused instead, because two programs
 * would write it differently. An object whose members already stand in order costs no sorting.
 *
 * @param value null, booleans, finite numbers, well-formed strings, arrays and plain objects of them, at most 32 deep
 * @returns the canonical text; hash its UTF-8 bytes
 * @throws AuditError `ERR_AUDIT_CANONICAL`
 * @see RFC 8785
 */
export function canonicalize(value: unknown): string {
  return inspect(value, 0) ? JSON.stringify(value) : write(value)
}

/**
 * Tells whether a text is the canonical form of the value that was read from it.
 *
 * @param text UTF-8 that was decoded strictly, so that it is well formed; possibly an attacker's
 * @param value what `JSON.parse` made of the text
 * @see RFC 8785
 */
export function isCanonical(text: string, value: unknown): boolean {
  // Most texts are seen to be without being made again. Half a surrogate pair can only come from an escape.
  if (JSON.stringify(value) === text && isOrdered(value, 0) && !text.includes('\\ud')) return true
  try {
    return canonicalize(value) === text
  } catch (error) {
    if (error instanceof AuditError) return false
    throw error
  }
}

function isOrdered(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  if (depth >= MAX_DEPTH) return false
  if (Array.isArray(value)) return value.every((item) => isOrdered(item, depth + 1))
  let previous = ''
  for (const name of Object.keys(value)) {
    if (name < previous || !isOrdered(Reflect.get(value, name), depth + 1)) return false
    previous = name
  }
  return true
}

/**
 * Refuses what has no canonical form, and tells whether every object's members already stand in order: then
 * `JSON.stringify` gives the canonical form.
 *
 * @throws AuditError `ERR_AUDIT_CANONICAL`
 */
export function isInOrder(value: unknown): boolean {
  return inspect(value, 0)
}

function inspect(value: unknown, depth: number): boolean {
  if (typeof value === 'string') return requireWellFormed(value)
  if (typeof value === 'number') return requireFinite(value)
  if (value === null || typeof value === 'boolean') return true
  if (typeof value !== 'object') throw refused('Only JSON data has a canonical form.')
  if (depth >= MAX_DEPTH) throw refused('The value is nested more than 32 deep.')
  return Array.isArray(value) ? inspectItems(value, depth) : inspectMembers(value, depth)
}

function inspectItems(items: readonly unknown[], depth: number): boolean {
  let ordered = true
  // By index: an array with holes must meet `undefined` and be refused.
  for (let at = 0; at < items.length; at++) ordered = inspect(items[at], depth + 1) && ordered
  return ordered
}

function inspectMembers(value: object, depth: number): boolean {
  if (!isPlain(value)) throw refused('An instance of a class has no canonical form.')
  let ordered = true
  let previous = ''
  for (const name of Object.keys(value)) {
    requireWellFormed(name)
    // ECMAScript puts names like "10" first and in numeric order, so order of insertion alone decides nothing. The
    // empty name sorts before all others and so compares well with the start.
    ordered = inspect(value[name], depth + 1) && ordered && previous <= name
    previous = name
  }
  return ordered
}

function isPlain(value: object): value is Readonly<Record<string, unknown>> {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

function write(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(write).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1))
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${write(member)}`).join(',')}}`
}

function requireWellFormed(text: string): true {
  if (!text.isWellFormed()) throw refused('Half a surrogate pair has no canonical form.')
  return true
}

function requireFinite(value: number): true {
  if (!Number.isFinite(value)) throw refused('A number that is not finite has no canonical form.')
  return true
}

function refused(message: string): AuditError {
  return new AuditError('ERR_AUDIT_CANONICAL', message)
}
