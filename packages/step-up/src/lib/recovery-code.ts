// Crockford's base 32: without I, L, O and U, which people misread.
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const BITS = 5n
// Room for any grouping of the characters, and no more.
const MAX_TYPED = 64

/** Characters of one code: 120 bits, five in each. */
export const RECOVERY_CODE_LENGTH = 24

/** Writes 15 random bytes as a code. */
export function writeCode(bytes: Uint8Array): string {
  let rest = BigInt(`0x${Buffer.from(bytes).toString('hex')}`)
  let code = ''
  for (let place = 0; place < RECOVERY_CODE_LENGTH; place += 1) {
    code = `${ALPHABET[Number(rest & 31n)] ?? ''}${code}`
    rest >>= BITS
  }
  return code
}

/** Shows a code in groups of four. */
export function formatCode(code: string): string {
  return code.replace(/(.{4})(?=.)/g, '$1-')
}

/**
 * Reads a code as people type it: in any case, with spaces and dashes anywhere, O for zero and I or L for one.
 *
 * @param typed Controlled by the client.
 * @returns The code as `writeCode` writes it, or `undefined` for what is no code.
 */
export function readCode(typed: unknown): string | undefined {
  if (typeof typed !== 'string' || typed.length > MAX_TYPED) return undefined

  const code = typed
    .replace(/[\s\p{Pd}]/gu, '')
    .toUpperCase()
    .replaceAll('O', '0')
    .replace(/[IL]/g, '1')
  return code.length === RECOVERY_CODE_LENGTH && /^[0-9A-HJKMNP-TV-Z]+$/.test(code) ? code : undefined
}
