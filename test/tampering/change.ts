import { canonicalize } from '@sallyport/audit'
import type { Json, StoredEntry } from '@sallyport/store'

/** A value within JSON: the names and places that lead to it. */
export type Path = readonly (string | number)[]

/** Copies bytes with one bit of one of them flipped. */
export function flipBit(bytes: Uint8Array, at: number, bit = 0): Uint8Array {
  return bytes.map((byte, place) => (place === at ? byte ^ (1 << bit) : byte))
}

/** Copies a text with one bit of one of its characters flipped. */
export function flipCharacter(text: string, at: number, bit = 0): string {
  return text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ (1 << bit)) + text.slice(at + 1)
}

/** Copies a list with two of its items in each other's place. */
export function swap<Item>(items: readonly Item[], one: number, other: number): readonly Item[] {
  const [a, b] = [items[one], items[other]]
  if (a === undefined || b === undefined) throw new Error('nothing to swap')
  return items.with(one, b).with(other, a)
}

/** The event in an entry, as plain data. */
export function eventOf({ bytes }: StoredEntry): Readonly<Record<string, Json>> {
  return JSON.parse(Buffer.from(bytes).toString())
}

/** Copies an entry with another event in it, in canonical form. */
export function withEvent(entry: StoredEntry, event: Json): StoredEntry {
  return { ...entry, bytes: Buffer.from(canonicalize(event)) }
}

/** The paths of all values of JSON that hold no others. */
export function leavesOf(value: Json, path: Path = []): readonly Path[] {
  if (typeof value !== 'object' || value === null) return [path]
  const names = Array.isArray(value) ? [...value.keys()] : Object.keys(value)
  return names.flatMap((name) => leavesOf(memberOf(value, name), [...path, name]))
}

/** Copies JSON with one of its leaves changed into another value of its type. */
export function changeLeaf(value: Json, [name, ...rest]: Path): Json {
  if (name === undefined) return otherThan(value)
  const member = changeLeaf(memberOf(value, name), rest)
  if (Array.isArray(value)) return value.with(Number(name), member)
  return { ...Object(value), [name]: member }
}

// Another value of the same type.
function otherThan(value: Json): Json {
  if (typeof value === 'number') return value + 1
  if (typeof value === 'boolean') return !value
  if (typeof value !== 'string') return 'something'
  return value === 'access.allowed' ? 'access.denied' : value.slice(0, -1) + (value.endsWith('A') ? 'B' : 'A')
}

function memberOf(value: Json, name: string | number): Json {
  const member: Json | undefined = Reflect.get(Object(value), name)
  return member ?? null
}
