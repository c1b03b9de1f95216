import { createHash } from 'node:crypto'
import type { Store } from '@sallyport/store'
import { TlogError, treeRoot } from '@sallyport/tlog'
import type { LedgerEvent } from '../events/types.ts'
import { findIndex } from '../retention/find-index.ts'
import {
  NOTHING_CARRIED,
  RANGE,
  readBeginning,
  readPruned,
  type Carry,
  type Pruning,
} from '../retention/pruned-note.ts'
import { getAll, parseTile, tileKey, tileReader } from '../signing/tree-store.ts'
import type { TrustedKeys } from '../signing/trusted-keys.ts'
import type { SignedRoot } from './verdict-checkpoints.ts'
import { problemOf, type ProblemList } from './verdict.ts'

const TILES = 64
// At the end of a verification, each after a pruning that came meanwhile.
const MAX_LOOKS = 100

/** What the beginning of a ledger is judged by. */
export interface PrunedParts {
  readonly store: Store
  readonly problems: ProblemList
  /** Judges the manifests as they are now; absent when no key was given: then the statement is taken as it is. */
  readonly keysNow: (() => Promise<TrustedKeys>) | undefined
}

/** A `ledger.pruned` that holds. */
type Said = Pick<Pruning, 'to' | 'size' | 'root' | 'entryDays' | 'event'> & { readonly index: number }

/**
 * Judges what is gone from the beginning of a ledger: a statement signed by a key of the ledger has to account for all of
 * it, and an entry has to say so.
 */
export class PrunedJudge {
  readonly #parts: PrunedParts
  #first = 0
  #hasRecord = false
  #pruning: Pruning | undefined
  #signers: readonly string[] = []
  #hasMoved = false
  #newest: Said | undefined

  constructor(parts: PrunedParts) {
    this.#parts = parts
  }

  /** The first entry that is there. */
  get first(): number {
    return this.#first
  }

  /** What the statement says, if it is one of the ledger's. */
  get pruning(): Pruning | undefined {
    return this.#pruning
  }

  /** What was under way at the first entry. */
  get carry(): Carry {
    return this.#pruning?.to === this.#first ? this.#pruning.carry : NOTHING_CARRIED
  }

  /** The root that the statement names. */
  get stated(): readonly SignedRoot[] {
    const { size, root } = this.#pruning ?? {}
    return size === undefined || root === undefined ? [] : [{ size, root: Buffer.from(root, 'base64'), stored: false }]
  }

  /** Looks where the ledger begins now: it may be pruned while it is verified. Tells whether that has changed. */
  async look(): Promise<boolean> {
    const { store, keysNow } = this.#parts
    const { first, value } = await readBeginning(store)
    const before = this.#first
    const read = readPruned(value)
    const keys = await keysNow?.()
    this.#signers = read === undefined ? [] : (keys?.signersAt(read.note, read.pruning.size) ?? [])
    this.#pruning = keys === undefined || this.#signers.length > 0 ? read?.pruning : undefined
    this.#hasRecord = value !== undefined
    this.#first = first
    return first !== before
  }

  /** Looks again, in the middle of the entries. */
  async lookAgain(): Promise<boolean> {
    const moved = await this.look()
    this.#hasMoved ||= moved
    return moved
  }

  /** Judges what entries say of pruning, in the order of the log. */
  async judge(events: readonly LedgerEvent[]): Promise<void> {
    for (const event of events) {
      const said = await this.#judgeOne(event)
      if (said === undefined) this.#parts.problems.add(problemOf('pruned_differs', event.index))
      else this.#newest = said
    }
  }

  /**
   * To be called after the last entry.
   *
   * @param retired where it is said of keys that they were retired; `undefined` when no entry was looked at
   */
  async end(retired: ReadonlyMap<string, number> | undefined): Promise<void> {
    const { problems, keysNow } = this.#parts
    const found = retired && (await this.#findSaid())
    if (keysNow === undefined || (this.#first === 0 && !this.#hasRecord)) return
    const to = this.#pruning?.to ?? 0
    if (to < this.#first) problems.add(problemOf('pruned_unproved', to, `Missing: ${this.#first - to}.`))
    else if (to !== this.#first || this.#pruning === undefined) problems.add(problemOf('pruned_differs', this.#first))
    else if (retired !== undefined) await this.#judgeSaid(this.#pruning, found, retired)
  }

  async #judgeSaid(pruning: Pruning, index: number | undefined, retired: ReadonlyMap<string, number>): Promise<void> {
    const { problems } = this.#parts
    const said = this.#newest?.event === pruning.event ? this.#newest : undefined
    if (index === undefined) return problems.add(problemOf('pruned_unsaid', pruning.to))
    if (said !== undefined && !isSame(said, pruning)) return problems.add(problemOf('pruned_differs', index))
    // Whoever has a retired key could sign such a statement, but not say so in time.
    if (await this.#isInTime(index, retired)) return
    problems.add(problemOf('pruned_unproved', 0, `Missing: ${pruning.to}. A retired key signed.`))
  }

  async #isInTime(index: number, retired: ReadonlyMap<string, number>): Promise<boolean> {
    const keys = (await this.#parts.keysNow?.())?.manifest?.keys ?? []
    return this.#signers.some((text) => {
      const isActive = keys.find(({ verifierKey }) => verifierKey === text)?.until === undefined
      return isActive || (retired.get(text) ?? -1) > index
    })
  }

  /** Finds the entry that says what is gone. */
  async #findSaid(): Promise<number | undefined> {
    let found = await this.#findNamed()
    // It may have been pruned since the last look: then there is another one.
    for (let looks = 0; found === undefined && looks < MAX_LOOKS && (await this.lookAgain()); looks++) {
      found = await this.#findNamed()
    }
    return found
  }

  /** Finds the entry that the statement names, also if it came while the entries before it were judged. */
  async #findNamed(): Promise<number | undefined> {
    const { event } = this.#pruning ?? {}
    if (event === undefined) return undefined
    if (this.#newest?.event === event) return this.#newest.index
    return this.#hasMoved ? await findIndex(this.#parts.store, event) : undefined
  }

  async #judgeOne(event: LedgerEvent): Promise<Said | undefined> {
    const { from, to, size, entryDays } = numbersOf(event)
    const { digest, root } = event.data
    // Those that follow each other leave nothing out; where what was before them was said is pruned with it.
    const follows = from === (this.#newest?.to ?? from)
    const isRange = from >= 0 && to > from && from % RANGE === 0 && to % RANGE === 0
    if (!follows || !isRange || !(size > to && size <= event.index)) return undefined
    if (to > this.#first && (!(await this.lookAgain()) || to > this.#first)) return undefined
    if (root !== (await this.#rootAt(size)) || digest !== (await this.#digestOf(from, to))) return undefined
    return { to, size, root: String(root), entryDays, event: event.id, index: event.index }
  }

  async #rootAt(size: number): Promise<string | undefined> {
    try {
      return Buffer.from(await treeRoot(size, tileReader(this.#parts.store))).toString('base64')
    } catch (error) {
      if (error instanceof TlogError) return undefined
      throw error
    }
  }

  async #digestOf(from: number, to: number): Promise<string | undefined> {
    const hash = createHash('sha256')
    for (let at = from / RANGE; at < to / RANGE; at += TILES) {
      const count = Math.min(TILES, to / RANGE - at)
      const keys = Array.from({ length: count }, (_, more) => tileKey({ level: 0, index: at + more }))
      for (const record of await getAll(this.#parts.store, keys)) {
        const tile = record && parseTile(record.value)
        if (tile === undefined) return undefined
        hash.update(tile)
      }
    }
    return hash.digest('base64')
  }
}

function isSame(said: Said, pruning: Pruning): boolean {
  const { to, size, root, entryDays } = pruning
  return said.to === to && said.size === size && said.root === root && said.entryDays === entryDays
}

// The entry may say anything.
function numbersOf({ data }: LedgerEvent): Readonly<Record<'from' | 'to' | 'size' | 'entryDays', number>> {
  const number = (name: string): number => (Number.isSafeInteger(data[name]) ? Number(data[name]) : Number.NaN)
  return { from: number('from'), to: number('to'), size: number('size'), entryDays: number('entryDays') }
}
