const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const TIME_CHARACTERS = 10
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

function formatTime(now: number): string {
  let rest = now
  let text = ''
  for (let place = 0; place < TIME_CHARACTERS; place++) {
    text = ALPHABET.charAt(rest % 32) + text
    rest = Math.floor(rest / 32)
  }
  return text
}

// Five bytes are forty bits are eight characters.
function formatBits(bytes: Uint8Array, offset: number): string {
  let rest = 0
  for (const byte of bytes.subarray(offset, offset + 5)) rest = rest * 256 + byte
  let text = ''
  for (let place = 0; place < 8; place++) {
    text = ALPHABET.charAt(rest % 32) + text
    rest = Math.floor(rest / 32)
  }
  return text
}
