/** Longest text with signatures that is looked at, in bytes of UTF-8. */
export const MAX_NOTE_BYTES = 1_000_000

/** Tells whether a text may be in a note: UTF-8 can hold it and it has no control character but the newline. */
export function isNoteText(text: string): boolean {
  if (text.length > MAX_NOTE_BYTES || !text.isWellFormed() || Buffer.byteLength(text) > MAX_NOTE_BYTES) return false
  // eslint-disable-next-line no-control-regex -- control characters are what the format forbids
  return !/[\u0000-\u0009\u000b-\u001f]/.test(text)
}

/** Tells whether a text may name a key: not empty, no white space, no plus sign. */
export function isKeyName(name: string): boolean {
  return name !== '' && isNoteText(name) && !/[\s\u0085+]/u.test(name)
}
