import { TlogError } from './errors.ts'

/**
 * Tells whether a number can be the size of a tree: a whole number from 0 to 2^53−1.
 *
 * The format allows 64 bits. Above 2^53−1 a JavaScript number rounds, and a rounded size would prove another tree.
 */
export function isSize(size: number): boolean {
  return Number.isSafeInteger(size) && size >= 0
}

/** Throws `ERR_TLOG_SIZE` unless the number can be the size of a tree. */
export function requireSize(size: number): void {
  if (!isSize(size)) throw new TlogError('ERR_TLOG_SIZE', 'A tree size must be a whole number from 0 to 2^53-1.')
}

/** Reads a size or index in ASCII decimal without sign or leading zeros; `undefined` when it is not one. */
export function parseDecimal(text: string): number | undefined {
  if (!/^(?:0|[1-9][0-9]{0,15})$/.test(text)) return undefined
  const value = Number(text)
  return isSize(value) ? value : undefined
}
