// What can end a line, move a cursor, or show another text than there is, as in the one-line formats of the ledger; and
// the backslash that escapes it.
const UNSAFE = /[\\\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu
const SHORT: Readonly<Record<string, string>> = { '\\': '\\\\', '\r': '\\r', '\n': '\\n' }

/**
 * Copies an event for whatever will write it: in all its texts and names, `\` becomes `\\`, line ends become `\r` and `\n`, and
 * other controls, line separators, invisible and bidirectional characters and halves of surrogate pairs become `\uXXXX`.
 * Nothing is lost: reading the escapes gives the same texts.
 *
 * @param value As the ledger gave it: texts, numbers, booleans, lists and plain objects.
 */
export function plainCopy(value: unknown): unknown {
  if (typeof value === 'string') return plainText(value)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(plainCopy)

  const members = Object.entries(value).map(([name, one]): [string, unknown] => [plainText(name), plainCopy(one)])
  return Object.fromEntries(members)
}

/** Escapes one text as `plainCopy` does. */
export function plainText(text: string): string {
  return text.replace(UNSAFE, (unsafe) => SHORT[unsafe] ?? unitsOf(unsafe))
}

// By UTF-16 code units, as JSON has it.
function unitsOf(unsafe: string): string {
  const units = Array.from({ length: unsafe.length }, (_, at) => unsafe.charCodeAt(at))
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('')
}
