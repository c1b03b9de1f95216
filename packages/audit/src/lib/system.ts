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

/** The clocks of the machine, in milliseconds. */
export interface SystemClocks {
  /** Since the epoch; whoever runs the machine sets it. */
  readonly wallMs: () => number
  /** From any start; nobody sets it. */
  readonly monotonicMs: () => number
}

/** The system's own clocks. What is written has the store's time; this one is only compared. */
export const systemClocks: SystemClocks = { wallMs: () => Date.now(), monotonicMs: systemMonotonicMs }

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
