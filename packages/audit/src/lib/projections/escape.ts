// Controls, invisible format characters (bidi controls among them), line and paragraph separators, and halves of
// surrogate pairs: what can end a line, move a cursor, or show another text than there is.
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu
const PLAIN = /^[\x20-\x7e]*$/

/** What has an escape of two characters. */
const SHORT: Readonly<Record<string, string>> = { '\r': '\\r', '\n': '\\n' }

/**
 * Writes every character that a terminal, a log shipper or a reader's eye could take for something else as `\uXXXX`, by
 * UTF-16 code units. In JSON text such characters stand only inside of strings, where the escape means the same.
 *
 * @param json JSON text as `JSON.stringify` makes it without indentation.
 * @returns JSON text of the same value, on one line.
 * @see RFC 8259 §7
 */
export function escapeJson(json: string): string {
  return PLAIN.test(json) ? json : json.replace(UNSAFE, unitsOf)
}

/**
 * Escapes a text for a format that is not JSON: `\` becomes `\\`, CR and LF become `\r` and `\n`, and what `escapeJson`
 * escapes becomes `\uXXXX`. Nothing is lost: reading the escapes gives the same text.
 *
 * @param text any text, possibly an attacker's
 */
export function escapeText(text: string): string {
  const doubled = text.includes('\\') ? text.replaceAll('\\', '\\\\') : text
  return PLAIN.test(doubled) ? doubled : doubled.replace(UNSAFE, (unsafe) => SHORT[unsafe] ?? unitsOf(unsafe))
}

/** Tells whether a text has none of the characters that have to be escaped. */
export function isPlain(text: string): boolean {
  return PLAIN.test(text) || text.search(UNSAFE) === -1
}

function unitsOf(unsafe: string): string {
  let escaped = ''
  for (let at = 0; at < unsafe.length; at++) escaped += `\\u${unsafe.charCodeAt(at).toString(16).padStart(4, '0')}`
  return escaped
}
