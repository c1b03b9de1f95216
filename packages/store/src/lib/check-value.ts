import { inputError } from './errors.ts'

const MAX_VALUE_BYTES = 256 * 1024
const MAX_DEPTH = 64

/**
 * Checks the value of a record: plain JSON, at most 64 levels deep and 262,144 bytes of UTF-8 when serialised.
 *
 * @param value the caller's value
 * @throws StoreError `ERR_STORE_INPUT` for anything that JSON would drop or change, and for values too large
 */
export function checkValue(value: unknown): void {
  checkPlain(value, 0)
  const serialised = JSON.stringify(value)
  if (serialised.length > MAX_VALUE_BYTES || Buffer.byteLength(serialised) > MAX_VALUE_BYTES) {
    throw inputError('A value must not be longer than 256 kB when serialised.')
  }
}

function checkPlain(value: unknown, depth: number): void {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw inputError('A value must not contain NaN or an infinite number.')
    return
  }
  if (typeof value !== 'object') throw inputError('A value must be plain JSON.')
  if (depth >= MAX_DEPTH) throw inputError('A value must not be more than 64 levels deep.')
  if (Array.isArray(value)) {
    // An index loop, because iteration methods skip the holes of a sparse array, which JSON would turn into null.
    for (let index = 0; index < value.length; index++) checkPlain(value[index], depth + 1)
    return
  }
  if (!isPlainObject(value)) throw inputError('A value must be plain JSON: an object of a class is not.')
  for (const member of Object.values(value)) checkPlain(member, depth + 1)
}

// Plain also when made in another realm: its prototype is the end of the chain.
function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || (typeof prototype === 'object' && Object.getPrototypeOf(prototype) === null)
}
