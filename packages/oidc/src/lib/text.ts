/** Tells whether a value is text of 1 to so many printable ASCII characters without a blank. */
export function isToken(value: unknown, length: number): value is string {
  return typeof value === 'string' && value.length <= length && /^[\x21-\x7e]+$/.test(value)
}

/** Tells whether a value is text of 1 to so many characters. */
export function isText(value: unknown, length: number): value is string {
  return typeof value === 'string' && value !== '' && value.length <= length
}

/** Text of the provider for people to read: no control or direction characters, no halves of characters, bounded. */
export function clean(text: string, length: number): string {
  const unprintable = /[\p{Cc}\p{Cf}\p{Cs}]/gu
  return text.slice(0, length).replace(unprintable, '')
}
