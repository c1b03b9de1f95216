import { sortableId, type Commit, type Committed, type Entry, type Store, type Write } from '@sallyport/store'

import { requireEventType } from './closed-words.ts'
import { commitSurely, isAway, isOutcomeUnknown } from './commit-surely.ts'
import type { Audit } from '../audit-contract.ts'
import type { EntryBuilder, Draft } from './entry-builder.ts'
import { AuditError } from '../errors.ts'
import { isReadable } from './event-input.ts'
import { event } from '../events/event.ts'
import type { FloodLimits } from './flood-options.ts'
import { FloodWriter } from './flood-writer.ts'
import { Gaps } from './gaps.ts'
import type { LevelRule } from './level-rule.ts'
import { shapeEvent } from './levels.ts'
import { isDoneWithin } from '../running/is-done-within.ts'
import type { ErasureState } from '../privacy/erased-persons.ts'
import type { RandomBytes } from '../system.ts'
import { EVENTS, isEventType } from '../events/registry.ts'
import type { PendingEvent, WriterStamp } from '../events/types.ts'
import type { WriterCount } from './writer-count.ts'

interface WriterParts {
  readonly store: Store
  readonly builder: EntryBuilder
  readonly count: WriterCount
  readonly randomBytes: RandomBytes
  readonly budgetMs: number
  readonly queueLimit: number
  /** How much of an event that is emitted is recorded; everything if not given. */
  readonly levels?: readonly LevelRule[] | undefined
  /** How many failures of one source are written one by one; all if not given. */
  readonly flood?: FloodLimits | undefined
  /** Tells whether persons were erased since a time; nobody was if not given. */
  readonly findErasure?: ((users: readonly string[], at: number) => Promise<ErasureState>) | undefined
}

interface EventCommit {
  readonly id?: Commit['id'] | undefined
  readonly writes: readonly Write[]
  readonly events: readonly PendingEvent[]
}

// Entries that one commit of counted events takes; the store's own bound.
const BATCH = 64

/** What became of an event as far as its cause has waited; see `Audit.emit`. */
export type Emitted = Awaited<ReturnType<Audit['emit']>>

/** The way of every event into the store: with record writes, awaited within a budget, or counted. */
export class EventWriter {
  readonly #parts: WriterParts
  readonly #gaps = new Gaps()
  readonly #underWay = new Set<Promise<unknown>>()
  readonly #flood: FloodWriter | undefined
  #queue: PendingEvent[] = []
  #draining: Promise<void> | undefined

  constructor(parts: WriterParts) {
    this.#parts = parts
    const { flood, store } = parts
    this.#flood =
      flood &&
      new FloodWriter({
        ...flood,
        now: () => store.now(),
        newId: () => this.newId(),
        commit: async (events, writes) => (await this.commit({ writes, events })).ok,
        findErasure: parts.findErasure ?? (async () => ({ isErased: false, checks: [] })),
        lose: (type, count) => this.#gaps.lost(type, count),
      })
  }

  /** Makes the id of a commit. */
  newId(): string {
    const { store, randomBytes } = this.#parts
    return sortableId(store.now(), randomBytes(10))
  }

  /** Commits writes and events together; see `Audit.commit`. */
  async commit(commit: EventCommit): Promise<Committed> {
    return await this.#track(this.#commit(commit))
  }

  /** Commits as `commit` does, together with the numbers of what was lost or delayed since they were written down last. */
  async commitWithGaps(commit: EventCommit): Promise<Committed> {
    const counts = this.#gaps.take()
    if (counts === undefined) return await this.commit(commit)

    let isRecorded = false
    try {
      const gaps = event('ledger.gap_recorded', { data: counts })
      const committed = await this.commit({ ...commit, events: [gaps, ...commit.events] })
      isRecorded = committed.ok
      return committed
    } finally {
      if (!isRecorded) this.#gaps.giveBack(counts)
    }
  }

  /** Records one event without writes; see `Audit.emit`. */
  async emit(pending: PendingEvent): Promise<Emitted> {
    requireEventType(pending.type)
    const { durability } = EVENTS[pending.type]
    if (durability === 'barrier') {
      throw new AuditError(
        'ERR_AUDIT_BARRIER',
        `Events of type ${pending.type} accompany a record write: give them to commit().`,
      )
    }
    if (!isReadable(pending)) return this.#lose(pending)

    const { levels = [] } = this.#parts
    const shaped = levels.length === 0 ? pending : shapeEvent(levels, pending)
    if (shaped === undefined) return 'left_out'

    const admitted = this.#flood === undefined ? shaped : this.#flood.admit(pending, shaped)
    if (admitted === undefined) return 'pending'
    return durability === 'counted' ? this.#enqueue(admitted) : await this.#recordWithinBudget(admitted)
  }

  /** Forgets what waits in memory and would be sealed for a person; what is under way is done within milliseconds. */
  forget(user: string): void {
    this.#flood?.forget(user)
  }

  /** Writes what was counted of failures whose window has ended, or of `all`. What cannot be written counts as lost. Never rejects. */
  async recordFloods(which: 'ended' | 'all'): Promise<void> {
    await this.#flood?.record(which)
  }

  /** Counts an event that comes too late to be recorded; of a barrier event its change has not happened either. */
  refuse(pending: PendingEvent): void {
    if (isEventType(pending.type) && EVENTS[pending.type].durability !== 'barrier') this.#lose(pending)
  }

  /** Resolves when every event given so far is on disk or counted as lost, and tries to record the gaps. */
  async drain(): Promise<void> {
    do {
      this.#startDraining()
      // Those under way now: under load there are always others.
      await Promise.allSettled(this.#underWay)
    } while (this.#queue.length > 0)
    await this.recordGaps()
  }

  /** What waits in memory, and how far the count of this boot is on disk: what a heartbeat says. */
  get state(): { readonly queued: number; readonly pending: number; readonly settled: number } {
    const queued = this.#queue.length + (this.#flood?.waiting ?? 0)
    return { queued, pending: this.#underWay.size, settled: this.#parts.count.settled }
  }

  /** Tells whether numbers were refused that no event has named yet: until one does, they look like lost events. */
  get hasUnnamed(): boolean {
    return this.#parts.count.hasUnnamed
  }

  /** Writes down what was lost or delayed since the last time. */
  async recordGaps(): Promise<void> {
    if (this.#gaps.isEmpty) return
    // While the store is still away the numbers wait for the next time.
    await this.commitWithGaps({ writes: [], events: [] }).catch(() => undefined)
  }

  async #commit(commit: EventCommit): Promise<Committed> {
    const { store, builder, count } = this.#parts
    const drafts = await Promise.all(commit.events.map((pending) => builder.draft(pending)))
    const id = commit.id ?? this.#idOf(commit.events, drafts)
    // Nothing is awaited between the stamp and the store, so that numbers and log indexes have one order.
    const stamps: WriterStamp[] = []
    try {
      const entries = drafts.map((draft) => this.#stamp(draft, stamps))
      const committed = await commitSurely(store, { id, writes: commit.writes, entries })
      if (!committed.ok) count.refuse(stamps, 'refused')
      // An id that the caller chose may have been used before: then the store answers for that commit.
      else if (commit.id !== undefined && !(await isLogged(store, committed, entries))) count.refuse(stamps, 'doubtful')
      else {
        count.settle(stamps)
        for (const draft of drafts) builder.committed(draft)
      }
      return committed
    } catch (cause) {
      count.refuse(stamps, isOutcomeUnknown(cause) ? 'doubtful' : 'refused')
      throw cause
    }
  }

  // The id of its first event is as good a name for a commit as any, unless somebody chose it.
  #idOf(events: readonly PendingEvent[], [first]: readonly Draft[]): string {
    return first === undefined || events.some(({ input }) => input.id !== undefined) ? this.newId() : first.id
  }

  #stamp(draft: Draft, stamps: WriterStamp[]): Entry {
    const stamp = this.#parts.count.next()
    stamps.push(stamp)
    return this.#parts.builder.finish(draft, stamp)
  }

  #enqueue(pending: PendingEvent): Emitted {
    if (this.#queue.length >= this.#parts.queueLimit) return this.#lose(pending)

    this.#queue.push(pending)
    this.#startDraining()
    return 'pending'
  }

  #lose({ type }: PendingEvent): 'lost' {
    this.#gaps.lost(type)
    return 'lost'
  }

  #startDraining(): void {
    if (this.#draining !== undefined || this.#queue.length === 0) return

    this.#draining = this.#track(this.#drainQueue()).finally(() => {
      this.#draining = undefined
      // One may have come between the last look and now.
      this.#startDraining()
    })
  }

  async #drainQueue(): Promise<void> {
    while (this.#queue.length > 0) await this.#record(this.#queue.splice(0, BATCH))
  }

  /** Commits events that nobody takes back: what fails is counted as lost. Never rejects; tells whether all are on disk. */
  async #record(pending: readonly PendingEvent[]): Promise<boolean> {
    try {
      await this.#commit({ writes: [], events: pending })
      return true
    } catch (cause) {
      if (pending.length === 1 || isAway(cause)) for (const one of pending) this.#lose(one)
      // One that cannot be written takes no others with it.
      else for (const one of pending) await this.#record([one])
      return false
    }
  }

  async #recordWithinBudget(pending: PendingEvent): Promise<Emitted> {
    const { budgetMs, queueLimit } = this.#parts
    // A store that neither takes nor refuses must not fill the memory.
    if (this.#underWay.size >= queueLimit) return this.#lose(pending)

    const recorded = this.#track(this.#record([pending]))
    if (await isDoneWithin(budgetMs, recorded)) return (await recorded) ? 'recorded' : 'lost'
    this.#gaps.delayed(pending.type)
    return 'pending'
  }

  #track<T>(work: Promise<T>): Promise<T> {
    this.#underWay.add(work)
    const done = (): void => void this.#underWay.delete(work)
    work.then(done, done)
    return work
  }
}

/** Tells whether a commit that succeeded wrote these entries, and not those of an earlier commit with its id. */
async function isLogged(
  store: Store,
  committed: Extract<Committed, { ok: true }>,
  entries: readonly Entry[],
): Promise<boolean> {
  const [first] = entries
  if (first === undefined) return true
  if (committed.firstIndex === undefined) return false
  const [logged] = await store.read(committed.firstIndex, 1).catch(() => [])
  return logged?.id === first.id
}
