import { types } from 'node:util'

import { isErrorCode, isSecretName, isSecretUnder } from './secret-names.ts'
import { REDACTED, redactText } from './secret-text.ts'

const MAX_DEPTH = 8
const MAX_MEMBERS = 100
const MAX_VALUES = 2_000
const MAX_TEXT = 16_384
const MAX_CHARACTERS = 131_072
const MAX_JUDGED = 512
const CUT = '… [left out]'
// `{ name: 'password', value: … }` and its like, as forms, header lists and validators have it.
const NAMING: readonly { readonly names: readonly string[]; readonly values: readonly string[] }[] = [
  {
    names: ['name', 'key', 'field', 'header', 'id', 'type', 'label', 'param', 'parameter', 'property', 'path'],
    values: ['value', 'val', 'input', 'received', 'actual', 'originalValue'],
  },
  { names: ['instancePath', 'dataPath'], values: ['data'] },
]

type Member = readonly [string, unknown]

/** Copies values for a log, without what must not be in one. One copier is for one line: it counts what it has copied. */
export class Redactor {
  readonly #emails: boolean
  readonly #path = new Set<object>()
  #left = MAX_VALUES
  #characters = MAX_CHARACTERS

  /** @param emails Whether e-mail addresses are taken out, too. */
  constructor(emails: boolean) {
    this.#emails = emails
  }

  /**
   * Copies a value into plain objects, lists and texts. Never throws, whatever getters and proxies do, and ends, whatever
   * refers to itself: beyond 8 levels, 100 members, 2,000 values, 16,384 characters of a text or 131,072 of all the rest is left out, and said so.
   */
  copy(value: unknown): unknown {
    try {
      return this.#copy(value)
    } catch {
      return '[unreadable]'
    }
  }

  /** Copies what stands under a name. */
  copyNamed(name: string, value: unknown): unknown {
    if (value === null || value === undefined || typeof value === 'boolean') return value
    if (isSecretName(name) && !(name === 'code' && isErrorCode(value))) return REDACTED
    if (typeof value === 'string' && isSecretUnder(name, value.slice(0, MAX_JUDGED))) return REDACTED
    return this.copy(value)
  }

  /** Copies a text. */
  text(text: string): string {
    const most = Math.min(MAX_TEXT, this.#characters)
    this.#characters -= Math.min(text.length, most)
    const isWhole = text.length <= most
    return redactText(isWhole ? text : text.slice(0, most), this.#emails) + (isWhole ? '' : CUT)
  }

  #copy(value: unknown): unknown {
    if (this.#left-- <= 0) return CUT
    if (typeof value === 'string') return this.text(value)
    if (typeof value === 'bigint' || typeof value === 'symbol') return this.text(String(value))
    if (typeof value === 'function') return '[function]'
    if (typeof value !== 'object' || value === null) return value
    if (this.#path.has(value)) return '[circular]'
    if (this.#path.size >= MAX_DEPTH) return CUT

    this.#path.add(value)
    try {
      return this.#copyObject(value)
    } finally {
      this.#path.delete(value)
    }
  }

  #copyObject(value: object): unknown {
    if (Array.isArray(value)) return this.#copyList(value)
    if (types.isStringObject(value)) return this.text(String.prototype.valueOf.call(value))
    if (value instanceof Error) return this.#copyError(value)
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? '[no date]' : value.toISOString()
    if (value instanceof URL || value instanceof RegExp) return this.text(String(value))
    if (value instanceof Set) return this.#copyList([...take(value)])
    if (value instanceof Map || value instanceof URLSearchParams || value instanceof Headers) {
      return this.#copyMembers([...take<readonly [unknown, unknown]>(value)].map(([name, one]) => [nameOf(name), one]))
    }
    const toJSON: unknown = Reflect.get(value, 'toJSON')
    if (typeof toJSON === 'function') return this.#copy(Reflect.apply(toJSON, value, []))
    const names = Object.keys(value)
    return this.#copyMembers(membersOf(value, names), names.length)
  }

  #copyList(list: readonly unknown[]): readonly unknown[] {
    const copied = list.slice(0, MAX_MEMBERS).map((value, place) => {
      const before: unknown = list[place - 1]
      // The headers of a raw request stand as name, value, name, value.
      return typeof before === 'string' ? this.copyNamed(before, value) : this.copy(value)
    })
    return list.length > MAX_MEMBERS ? [...copied, `[${list.length - MAX_MEMBERS} left out]`] : copied
  }

  #copyError(error: Error): unknown {
    const { name, message, stack, cause } = error
    const first: readonly Member[] = Object.entries({ name, message, stack, ...(cause === undefined ? {} : { cause }) })
    const own = Object.keys(error).filter((one) => !['name', 'message', 'stack', 'cause'].includes(one))
    return this.#copyMembers([...first, ...membersOf(error, own)], first.length + own.length)
  }

  #copyMembers(members: readonly Member[], count = members.length): Readonly<Record<string, unknown>> {
    const copied: Record<string, unknown> = {}
    const copiable = members.slice(0, MAX_MEMBERS)
    const secret = secretsAmong(copiable)
    for (const [name, value] of copiable) {
      const shown = secret.includes(name) ? REDACTED : this.copyNamed(name, value)
      // Defined, not assigned: a member may be called __proto__.
      Object.defineProperty(copied, this.text(name), {
        value: shown,
        enumerable: true,
        writable: true,
        configurable: true,
      })
    }
    if (count > MAX_MEMBERS) copied['…'] = `[${count - MAX_MEMBERS} left out]`
    return copied
  }
}

/** The names whose values are secrets because of what another member says. */
function secretsAmong(members: readonly Member[]): readonly string[] {
  return NAMING.filter(({ names }) =>
    members.some(([name, value]) => names.includes(name) && namesSecret(value)),
  ).flatMap(({ values }) => values)
}

/** Tells whether a text is a secret's name, or a path has one in it. */
function namesSecret(value: unknown): boolean {
  const parts: readonly unknown[] = Array.isArray(value) ? value.slice(0, MAX_MEMBERS) : [value]
  return parts.some((part) => typeof part === 'string' && isSecretName(part))
}

/** Reads the members that will be copied, and no others. */
function membersOf(value: object, names: readonly string[]): readonly Member[] {
  return names.slice(0, MAX_MEMBERS).map((name) => [name, readMember(value, name)])
}

/** Reads a member, whatever its getter does. */
export function readMember(value: object, name: string | symbol): unknown {
  try {
    return Reflect.get(value, name)
  } catch {
    return '[unreadable]'
  }
}

function* take<T>(values: Iterable<T>): Generator<T> {
  let left = MAX_MEMBERS + 1
  for (const value of values) {
    if (left-- === 0) return
    yield value
  }
}

function nameOf(name: unknown): string {
  return typeof name === 'string' ? name : typeof name
}
