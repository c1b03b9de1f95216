import { randomBytes } from 'node:crypto'

/** Gives that many unpredictable bytes. */
export type RandomBytes = (size: number) => Uint8Array

// Asking the system for a few bytes costs as much as for thousands. Ids and nonces come from a pool; keys never do.
const POOL_BYTES = 4_096
const MAX_FROM_POOL = 16

/** The system's cryptographic random generator. */
export const systemRandomBytes: RandomBytes = fromPool(randomBytes)

/** Milliseconds since the process began, by a clock that nobody sets. */
export const systemMonotonicMs = (): number => performance.now()

function fromPool(source: RandomBytes): RandomBytes {
  let pool: Uint8Array = new Uint8Array()
  return (size) => {
    if (size > MAX_FROM_POOL) return source(size)
    if (pool.length < size) pool = source(POOL_BYTES)

    const taken = pool.slice(0, size)
    pool = pool.subarray(size)
    return taken
  }
}
