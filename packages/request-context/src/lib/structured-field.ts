// Only the two forms of RFC 9651 that client hints have: a list of strings with a parameter, and a bare item.

const MAX_FIELD = 512
const MAX_MEMBERS = 16

/** One member of a list: a string and the value of its parameter `v`. */
export interface Brand {
  readonly name: string
  readonly version: string | undefined
}

// Printable ASCII; a quotation mark and a backslash are escaped by a backslash (RFC 9651 §4.2.5).
const STRING = String.raw`"((?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"`
const MEMBER = new RegExp(String.raw`${STRING}((?:; *[a-z*][a-z0-9_.*-]*(?:=${STRING.replace('((', '(?:(')})?)*)`, 'y')
const VERSION = new RegExp(String.raw`; *v=${STRING}`)
const COMMA = /[ \t]*,[ \t]*/y
const WHOLE_STRING = new RegExp(`^${STRING}$`)

/**
 * Reads a list of strings with string parameters, as `Sec-CH-UA` is one.
 *
 * @param field Controlled by the client; more than 512 characters or 16 members are refused.
 * @returns The members, or `undefined` when the field is anything else: then it says nothing at all.
 * @see RFC 9651 §4.2.1
 */
export function parseBrands(field: string): readonly Brand[] | undefined {
  if (field.length > MAX_FIELD) return undefined
  const brands: Brand[] = []
  for (let at = 0; brands.length < MAX_MEMBERS;) {
    MEMBER.lastIndex = at
    const [member, name, parameters = ''] = MEMBER.exec(field) ?? []
    if (member === undefined || name === undefined) return undefined
    brands.push({ name: unescape(name), version: VERSION.exec(parameters)?.[1] })
    at += member.length
    if (at === field.length) return brands
    COMMA.lastIndex = at
    const [comma] = COMMA.exec(field) ?? []
    if (comma === undefined) return undefined
    at += comma.length
  }
  return undefined
}

/**
 * Reads a bare string, as `Sec-CH-UA-Platform` is one.
 *
 * @param field Controlled by the client.
 * @returns The string, or `undefined` when the field is anything else.
 * @see RFC 9651 §4.2.5
 */
export function parseString(field: string): string | undefined {
  const text = field.length > MAX_FIELD ? undefined : WHOLE_STRING.exec(field)?.[1]
  return text === undefined ? undefined : unescape(text)
}

/**
 * Reads a boolean, as `Sec-CH-UA-Mobile` is one.
 *
 * @param field Controlled by the client.
 * @returns The boolean, or `undefined` when the field is anything else.
 * @see RFC 9651 §4.2.8
 */
export function parseBoolean(field: string): boolean | undefined {
  if (field === '?1') return true
  return field === '?0' ? false : undefined
}

function unescape(text: string): string {
  return text.replace(/\\(["\\])/g, '$1')
}
