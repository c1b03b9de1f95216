const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const TIME_PAIRS = 5
const RANDOM_BYTES = 10
const MAX_TIME = 2 ** 48 - 1

/**
 * Makes an id that sorts by time: 26 characters of Crockford base32, 48 bits of milliseconds and then 80 random bits.
 *
 * Use it for entries, commits and records that keep growing in number, so that databases append instead of scattering.
 * It is unique but no secret: the time is readable and 80 bits are not meant to be guessed against.
 *
 * @param now milliseconds since the epoch, 0 to 2^48 - 1
 * @param random at least 10 random bytes, of which the first 10 are used
 * @returns 26 characters; ids of a later millisecond sort after those of an earlier one
 * @throws RangeError when `now` or `random` is out of range
 */
export function sortableId(now: number, random: Uint8Array): string {
  if (!Number.isInteger(now) || now < 0 || now > MAX_TIME) {
    throw new RangeError('sortableId needs a time in whole milliseconds between 0 and 2^48 - 1.')
  }
  if (random.length < RANDOM_BYTES) throw new RangeError('sortableId needs at least 10 random bytes.')
  return formatTime(now) + formatBits(random, 0) + formatBits(random, 5)
}

// Two characters at a time: half the steps, and every event of a ledger has such an id.
const PAIRS = Array.from({ length: 1_024 }, (_, value) => ALPHABET.charAt(value >> 5) + ALPHABET.charAt(value & 31))

function formatTime(now: number): string {
  return formatPairs(now, TIME_PAIRS)
}

// Five bytes are forty bits are four pairs.
function formatBits(bytes: Uint8Array, offset: number): string {
  let value = 0
  for (let at = offset; at < offset + 5; at++) value = value * 256 + (bytes[at] ?? 0)
  return formatPairs(value, 4)
}

function formatPairs(value: number, pairs: number): string {
  let rest = value
  let text = ''
  for (let place = 0; place < pairs; place++) {
    text = (PAIRS[rest % PAIRS.length] ?? '') + text
    rest = Math.floor(rest / PAIRS.length)
  }
  return text
}
