import type { Json, Store, Write } from '@sallyport/store'
import { signNote } from '@sallyport/tlog/note'
import type { Audit } from '../audit-contract.ts'
import { AuditError } from '../errors.ts'
import { event } from '../events/event.ts'
import { readHolds } from '../privacy/hold-record.ts'
import type { Requester } from '../privacy/privacy-contract.ts'
import { askedBy } from '../privacy/requester.ts'
import type { LedgerKeys } from '../signing/ledger-keys.ts'
import { requireSignedHead } from '../signing/signer-place.ts'
import { checkpointKey, readHead, type Head } from '../signing/tree-store.ts'
import { slowestCursor, type Readers } from './cursors.ts'
import { findOldEntries, type OldEntries } from './old-entries.ts'
import {
  formatPruned,
  NOTHING_CARRIED,
  PRUNED_KEY,
  RANGE,
  readBeginning,
  readPruned,
  type Beginning,
  type Carry,
} from './pruned-note.ts'
import type { Pruned } from './retention-contract.ts'

const DAY_MS = 86_400_000
// So many entries are dropped by one commit: their hashes are read and their content is parsed beforehand.
const MAX_DROPPED = 65_536
// And so many times as many where nothing can be cut any earlier.
const MAX_TIMES = 16
// Others that prune, hold or renew keys meanwhile.
const MAX_TRIES = 100

/** What a pruner needs. */
export interface PrunerParts {
  readonly store: Store
  readonly keys: LedgerKeys
  readonly origin: string
  readonly commit: Audit['commit']
  /** Makes the id of an event. */
  readonly newId: () => string
  readonly entryDays: number
  /** The sinks and witnesses of this instance. */
  readonly readers: () => Readers
  /** How many entries one commit drops, and 16 times as many if they cannot be cut before; 65,536 if not given. */
  readonly maxDropped?: number | undefined
}

/** What came of one step; `lost` when somebody else was at work on the same. */
type Step = Pruned | 'lost'

/** Drops entries that are older than the policy says, by whole ranges from the beginning of the ledger. */
export class Pruner {
  readonly #parts: PrunerParts

  constructor(parts: PrunerParts) {
    this.#parts = parts
  }

  /**
   * Drops all that may be dropped now.
   *
   * @throws AuditError `ERR_AUDIT_TREE_CORRUPT` when entries are not what was signed, or are gone already without a
   * statement; `ERR_AUDIT_ENTRY` when one is no event; what store and key ring reject with
   */
  async prune(by: Requester): Promise<Pruned> {
    let done: Extract<Pruned, { ok: true }> | undefined
    for (let tries = 1; tries <= MAX_TRIES; tries++) {
      const step = await this.#step(by)
      if (step === 'lost') continue
      // What was dropped before a hold came is dropped.
      if (!step.ok || step.from === step.to) return done ?? step
      done = { ...step, from: done?.from ?? step.from }
      tries = 0
    }
    const first = await this.#parts.store.first()
    return done ?? { ok: true, from: first, to: first }
  }

  async #step(by: Requester): Promise<Step> {
    const { store } = this.#parts
    const { holds, check } = await readHolds(store)
    const beginning = await readBeginning(store)
    const { first } = beginning
    const [hold] = holds
    if (hold !== undefined) return { ok: false, code: 'held', hold: hold.name }
    try {
      const carry = await this.#requireAccounted(beginning)
      const { head } = await readHead(store)
      await requireSignedHead(this.#parts, head)
      const old = await this.#findOld(first, head, carry)
      if (old === undefined) return { ok: true, from: first, to: first }
      if (old === 'under_way') return { ok: false, code: old }
      return await this.#drop({ by, beginning, head, old, checks: [check] })
    } catch (error) {
      // Whoever was faster has dropped what was being read here.
      if (error instanceof AuditError && (await store.first()) !== first) return 'lost'
      throw error
    }
  }

  /** Gives what was under way at the first entry. Nobody goes on where entries are gone that nobody pruned. */
  async #requireAccounted({ first, value }: Beginning): Promise<Carry> {
    if (first === 0 && value === undefined) return NOTHING_CARRIED
    const { note, pruning } = readPruned(value) ?? {}
    const { keys, origin } = this.#parts
    if (note !== undefined && pruning?.to === first && pruning.origin === origin) {
      if (await keys.isSignedAt(note, pruning.size)) return pruning.carry
    }
    throw new AuditError(
      'ERR_AUDIT_TREE_CORRUPT',
      'The ledger does not begin where a signed statement says that it was pruned: run sallyport verify.',
    )
  }

  async #findOld(first: number, head: Head, carry: Carry): ReturnType<typeof findOldEntries> {
    const { store, entryDays, readers, maxDropped = MAX_DROPPED } = this.#parts
    // The newest signed entry stays: by it a signer finds that the log is the one which was signed.
    const limit = Math.min(first + maxDropped * MAX_TIMES, head.size - 1, await slowestCursor(store, readers()))
    if (limit < first + RANGE) return undefined
    const until = store.now() - entryDays * DAY_MS
    return await findOldEntries({ store, head, first, limit, enough: maxDropped, until, carry })
  }

  async #drop(plan: {
    readonly by: Requester
    readonly beginning: Beginning
    readonly head: Head
    readonly old: OldEntries
    readonly checks: readonly Write[]
  }): Promise<Step> {
    const { store, keys, origin, entryDays, newId } = this.#parts
    const { by, head, old } = plan
    const { first: from, version } = plan.beginning
    const { to, digest, newest, carry } = old
    const id = newId()
    const signed = { size: head.size, root: head.root }
    const text = formatPruned({ origin, to, ...signed, event: id, entryDays, carry })
    const value: Json = { note: await signNote(text, [await keys.signer()]) }
    const [checkpoint] = await store.get([checkpointKey(head.size)])
    const data = { from, to, digest, ...signed, entryDays, newest }
    const committed = await this.#parts.commit({
      writes: [
        ...plan.checks,
        ...(await keys.checks()),
        // A store that was put back to an older copy meanwhile has not this checkpoint.
        { op: 'check', key: checkpointKey(head.size), expect: checkpoint?.version ?? '' },
        { op: 'put', key: PRUNED_KEY, value, expect: version },
        { op: 'drop', below: to, expect: from },
      ],
      events: [event('ledger.pruned', { ...askedBy(by), id, outcome: 'success', data })],
    })
    if (committed.ok) return { ok: true, from, to }
    keys.forget()
    return 'lost'
  }
}
