const MAX_DEPTH = 16
const QUOTE = 0x22
const BACKSLASH = 0x5c
const BLANK = /\s/

/**
 * Parses JSON that says one thing only: a single object, in which no object has the same name twice.
 *
 * `JSON.parse` keeps the last of two members of one name and other parsers the first, so a text with both is a way to
 * show two readers two different claims.
 *
 * @param text Controlled by the provider; its length is bounded by the caller.
 * @returns The object, or `undefined` for anything else: no JSON, no object, a name twice (however it is escaped), the
 * name `__proto__`, or more than 16 levels.
 * @see RFC 8259 §4; RFC 7515 §4; RFC 7519 §4
 */
export function parseStrictObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) && namesAreUnique(text) ? value : undefined
  } catch {
    return undefined
  }
}

/** Tells an object from the other things that JSON has. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Decodes UTF-8; `undefined` when it is none. */
export function decodeUtf8(bytes: Uint8Array | ArrayBuffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}

/** Goes through a text that is known to be JSON. Not recursive: the text may consist of brackets. */
function namesAreUnique(text: string): boolean {
  // For each open bracket the names so far, of an object; of a list, nothing.
  const open: (Set<string> | undefined)[] = []
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at]
    if (character === '{' || character === '[') {
      if (open.push(character === '{' ? new Set() : undefined) > MAX_DEPTH) return false
    } else if (character === '}' || character === ']') {
      open.pop()
    } else if (character === '"') {
      const end = endOfString(text, at)
      if (isName(text, end) && !addName(open.at(-1), text.slice(at, end + 1))) return false
      at = end
    }
  }
  return true
}

function addName(names: Set<string> | undefined, literal: string): boolean {
  const name: unknown = JSON.parse(literal)
  if (typeof name !== 'string' || name === '__proto__' || names?.has(name)) return false
  names?.add(name)
  return true
}

/** The place of the closing quote. */
function endOfString(text: string, start: number): number {
  let at = start + 1
  while (at < text.length && text.charCodeAt(at) !== QUOTE) at += text.charCodeAt(at) === BACKSLASH ? 2 : 1
  return at
}

/** In JSON, only a name is followed by a colon. */
function isName(text: string, end: number): boolean {
  let at = end + 1
  while (at < text.length && BLANK.test(text.charAt(at))) at += 1
  return text[at] === ':'
}
