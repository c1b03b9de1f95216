import { sortableId, StoreError, type Commit, type Committed, type Store, type Write } from '@sallyport/store'

import type { EntryBuilder, Draft } from './entry-builder.ts'
import { AuditError } from './errors.ts'
import { event } from './event.ts'
import type { EventType } from './event-payloads.ts'
import { Gaps } from './gaps.ts'
import type { RandomBytes } from './random.ts'
import { EVENTS } from './registry.ts'
import type { PendingEvent, WriterStamp } from './types.ts'
import type { WriterCount } from './writer-count.ts'

interface WriterParts {
  readonly store: Store
  readonly builder: EntryBuilder
  readonly count: WriterCount
  readonly randomBytes: RandomBytes
  readonly budgetMs: number
  readonly queueLimit: number
}

// Entries that one commit of counted events takes; the store's own bound.
const BATCH = 64

/** The way of every event into the store: with record writes, awaited within a budget, or counted. */
export class EventWriter {
  readonly #parts: WriterParts
  readonly #gaps = new Gaps()
  readonly #underWay = new Set<Promise<unknown>>()
  #queue: PendingEvent[] = []
  #draining: Promise<void> | undefined

  constructor(parts: WriterParts) {
    this.#parts = parts
  }

  /** Commits writes and events together; see `Audit.commit`. */
  async commit(commit: {
    readonly id?: Commit['id']
    readonly writes: readonly Write[]
    readonly events: readonly PendingEvent[]
  }): Promise<Committed> {
    const drafts = await Promise.all(commit.events.map((pending) => this.#parts.builder.draft(pending)))
    return await this.#commitDrafts(drafts, commit)
  }

  /** Records one event without writes; see `Audit.emit`. */
  async emit(pending: PendingEvent): Promise<void> {
    const { durability } = EVENTS[pending.type]
    if (durability === 'barrier') {
      throw new AuditError(
        'ERR_AUDIT_BARRIER',
        `Events of type ${pending.type} accompany a record write: give them to commit().`,
      )
    }
    if (durability === 'counted') this.#enqueue(pending)
    else await this.#withinBudget(pending.type, this.#record([pending]))
  }

  /** Resolves when every event given so far is on disk or counted as lost, and tries to record the gaps. */
  async drain(): Promise<void> {
    while (this.#underWay.size > 0 || this.#queue.length > 0) {
      this.#startDraining()
      await Promise.allSettled(this.#underWay)
    }
    await this.recordGaps()
  }

  /** Writes down what was lost or delayed since the last time. */
  async recordGaps(): Promise<void> {
    const counts = this.#gaps.take()
    if (counts === undefined) return

    try {
      await this.commit({ writes: [], events: [event('ledger.gap_recorded', { data: counts })] })
    } catch {
      // The store is still away: the numbers wait for the next time.
      this.#gaps.giveBack(counts)
    }
  }

  async #commitDrafts(
    drafts: readonly Draft[],
    commit: { readonly id?: Commit['id']; readonly writes: readonly Write[] },
  ): Promise<Committed> {
    const { store, builder, count, randomBytes } = this.#parts
    const id = commit.id ?? sortableId(store.now(), randomBytes(10))
    // Nothing is awaited between the stamp and the store, so that numbers and log indexes have one order.
    const stamps: WriterStamp[] = []
    try {
      const entries = drafts.map((draft) => {
        const stamp = count.next()
        stamps.push(stamp)
        return builder.finish(draft, stamp)
      })
      const committed = await commitSurely(store, { id, writes: commit.writes, entries })
      if (committed.ok) for (const draft of drafts) builder.committed(draft)
      else count.refuse(stamps)
      return committed
    } catch (cause) {
      count.refuse(stamps)
      throw cause
    }
  }

  #enqueue(pending: PendingEvent): void {
    if (this.#queue.length >= this.#parts.queueLimit) this.#gaps.lost(pending.type)
    else this.#queue.push(pending)
    this.#startDraining()
  }

  #startDraining(): void {
    if (this.#draining !== undefined || this.#queue.length === 0) return

    this.#draining = this.#track(this.#drainQueue()).finally(() => {
      this.#draining = undefined
    })
  }

  async #drainQueue(): Promise<void> {
    while (this.#queue.length > 0) await this.#record(this.#queue.splice(0, BATCH)).catch(() => undefined)
  }

  /** Commits events that nobody takes back: what fails is counted as lost. */
  async #record(pending: readonly PendingEvent[]): Promise<void> {
    try {
      await this.#track(this.commit({ writes: [], events: pending }))
    } catch (cause) {
      for (const { type } of pending) this.#gaps.lost(type)
      throw cause
    }
  }

  async #withinBudget(type: EventType, recorded: Promise<void>): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const spent = new Promise<'spent'>((resolve) => {
      timer = setTimeout(resolve, this.#parts.budgetMs, 'spent')
    })
    // A failure is in the gap counts already; the action goes on.
    const outcome = await Promise.race([recorded.catch(() => undefined), spent])
    clearTimeout(timer)
    if (outcome === 'spent') this.#gaps.delayed(type)
  }

  #track<T>(work: Promise<T>): Promise<T> {
    this.#underWay.add(work)
    const done = (): void => void this.#underWay.delete(work)
    work.then(done, done)
    return work
  }
}

/** Commits, and asks again where the outcome is unknown: repeating one commit id is safe and tells what became of it. */
async function commitSurely(store: Store, commit: Commit): Promise<Committed> {
  try {
    return await store.commit(commit)
  } catch (error) {
    if (!(error instanceof StoreError) || error.code !== 'ERR_STORE_OUTCOME_UNKNOWN') throw error
    return await store.commit(commit)
  }
}
