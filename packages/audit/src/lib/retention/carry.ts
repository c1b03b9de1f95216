import { canonicalize } from '../events/canonical.ts'
import { eventTime } from '../events/event-id.ts'
import type { LedgerEvent } from '../events/types.ts'
import { createLifecycleChecker } from '../verifying/lifecycle.ts'
import { createWriterChecker } from '../verifying/verdict-writers.ts'
import type { Carry, CarriedWriter } from './pruned-note.ts'

// Of a record, which may be 256 kB: it holds the statement as a string of JSON, with a backslash before each quotation mark.
const MAX_BYTES = 200_000
const WRITERS_BYTES = 40_000

/** Follows what is under way from entry to entry, by the rules by which a ledger is verified. */
export class CarryOver {
  readonly #lifecycle = createLifecycleChecker()
  readonly #writers = createWriterChecker()
  readonly #forgotten: number | undefined

  /** @param carry what was under way before the first entry */
  constructor(carry: Carry) {
    this.#lifecycle.resume(carry.challenges)
    this.#writers.resume(carry.writers, carry.forgotten)
    this.#forgotten = carry.forgotten
  }

  /** Takes the next event. What is wrong with it was the verifier's to say, before it is dropped. */
  take({ type, challenge, index, writer, data }: LedgerEvent): void {
    this.#lifecycle.add({ type, challenge, index })
    this.#writers.add({ writer, index, type, data })
  }

  /**
   * What is under way now, in as little time as may be spent again and again; `fitCarry` makes a carry of it. `undefined`
   * when more challenges are open than a statement can hold: entries cannot be cut here without accusing who ends them.
   */
  get underWay(): Carry | undefined {
    const challenges = this.#lifecycle.open()
    if (!fits(challenges, MAX_BYTES - WRITERS_BYTES)) return undefined
    return { challenges, writers: this.#writers.open(), forgotten: this.#forgotten }
  }
}

/**
 * Leaves out the boots for which a statement has no room, those of which was heard longest ago first, and says up to which
 * time they were started: such a one is judged from the first number that is seen of it.
 */
export function fitCarry({ challenges, writers, forgotten }: Carry): Carry {
  let bytes = challenges.reduce((sum, one) => sum + bytesOf(one), 0)
  const kept: CarriedWriter[] = []
  const left: CarriedWriter[] = []
  for (const one of writers.toReversed()) {
    const more = bytesOf(one)
    const hasRoom = bytes + more <= MAX_BYTES
    if (hasRoom) bytes += more
    const list = hasRoom ? kept : left
    list.push(one)
  }
  const upTo = left.reduce((time, { boot }) => Math.max(time, eventTime(boot) ?? 1), forgotten ?? 1)
  const carry = { challenges, writers: kept.toReversed() }
  return forgotten === undefined && left.length === 0 ? carry : { ...carry, forgotten: upTo }
}

function fits(all: readonly string[], maxBytes: number): boolean {
  let bytes = 0
  return all.every((one) => {
    bytes += bytesOf(one)
    return bytes <= maxBytes
  })
}

/** Gives how long something is with its comma, in canonical JSON in a string of JSON. */
function bytesOf(one: string | CarriedWriter): number {
  const text: string = JSON.stringify(canonicalize(one))
  return Buffer.byteLength(text) - '""'.length + ','.length
}
