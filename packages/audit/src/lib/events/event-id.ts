const FORM = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const TIME_CHARACTERS = 10
// RFC 3339 has years of four digits.
const MAX_TIME = Date.UTC(9999, 11, 31, 23, 59, 59, 999)

/**
 * Gives the time that stands in the id of an event: an event's id begins with the milliseconds of its `at`, so that it is
 * found by its id alone.
 *
 * @param id any text; attacker-controlled
 * @returns milliseconds since the epoch; `undefined` when no event has such an id
 * @see SPEC.md §1
 */
export function eventTime(id: string): number | undefined {
  if (!FORM.test(id)) return undefined
  let at = 0
  for (const character of id.slice(0, TIME_CHARACTERS)) at = at * ALPHABET.length + ALPHABET.indexOf(character)
  return at <= MAX_TIME ? at : undefined
}
