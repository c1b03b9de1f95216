import { canonicalize } from '../events/canonical.ts'
import type { LedgerEvent } from '../events/types.ts'
import { createLifecycleChecker } from '../verifying/lifecycle.ts'
import { createWriterChecker } from '../verifying/verdict-writers.ts'
import type { Carry, CarriedWriter } from './pruned-note.ts'

// Far more than is under way at any moment; of a note that may be 1 MB, and of a record that may be 256 kB.
const MAX_BYTES = 64_000
const MAX_NUMBERS = 1_000

/** Follows what is under way from entry to entry, by the rules by which a ledger is verified. */
export class CarryOver {
  readonly #lifecycle = createLifecycleChecker()
  readonly #writers = createWriterChecker()

  /** @param carry what was under way before the first entry */
  constructor(carry: Carry) {
    this.#lifecycle.resume(carry.challenges)
    this.#writers.resume(carry.writers)
  }

  /** Takes the next event. What is wrong with it was the verifier's to say, before it is dropped. */
  take({ type, challenge, index, writer, data }: LedgerEvent): void {
    this.#lifecycle.add({ type, challenge, index })
    this.#writers.add({ writer, index, type, data })
  }

  /** What is under way now. Of too much what was heard of longest ago is left out. */
  get carry(): Carry {
    const numbers = (one: CarriedWriter): number => one.ahead.length + one.pardoned.length
    const writers = newest(
      this.#writers.open().filter((one) => numbers(one) <= MAX_NUMBERS),
      MAX_BYTES / 2,
    )
    return { challenges: newest(this.#lifecycle.open(), MAX_BYTES / 2), writers }
  }
}

/** Gives as many of the last as fit into so many bytes. */
function newest<T extends string | CarriedWriter>(all: readonly T[], maxBytes: number): readonly T[] {
  let bytes = 0
  const older = all.findLastIndex((one) => {
    bytes += Buffer.byteLength(canonicalize(one)) + 1
    return bytes > maxBytes
  })
  return all.slice(older + 1)
}
