import { sortableId } from '@sallyport/store'

import type { Audit, Job, Sink } from './audit-contract.ts'
import { resolveOptions, type AuditOptions, type ResolvedOptions } from './audit-options.ts'
import { thisPlace } from './running/boot-record.ts'
import { checkpointFile } from './signing/checkpoint-file.ts'
import { Deadline } from './running/deadline.ts'
import { EntryBuilder } from './writing/entry-builder.ts'
import { AuditError } from './errors.ts'
import { event } from './events/event.ts'
import { EventWriter } from './writing/event-writer.ts'
import { Heartbeat } from './running/heartbeat.ts'
import { isDoneWithin } from './running/is-done-within.ts'
import { Leases } from './running/leases.ts'
import { LedgerKeys } from './signing/ledger-keys.ts'
import { once } from './running/once.ts'
import { queryLedger } from './querying/query.ts'
import { makeReceipt } from './receipts/receipt.ts'
import { Repeat } from './running/repeat.ts'
import { acceptRollback } from './signing/rollback.ts'
import { createSigner, type Signer } from './signing/signer.ts'
import { SigningRounds } from './signing/signing-rounds.ts'
import type { CheckpointPlace } from './signing/signer-place.ts'
import { checkName, SinkRunner } from './sinks/sink-runner.ts'
import { SubjectKeys } from './privacy/subject-keys.ts'
import { systemMonotonicMs } from './system.ts'
import { readHead } from './signing/tree-store.ts'
import type { PendingEvent } from './events/types.ts'
import { WAITS, type Waits } from './running/waits.ts'
import type { Witness } from './witnessing/witness-contract.ts'
import { WitnessRunner } from './witnessing/witness-runner.ts'
import { WriterCount } from './writing/writer-count.ts'

const GAPS_EVERY_MS = 1_000
const WITNESS_EVERY_MS = 1_000
const MAX_INTERVAL_MS = 86_400_000
// How long a receipt waits for an event that is on its way.
const ARRIVAL_MS = 5_000
// Others that open the ledger or sign it meanwhile.
const OPEN_TRIES = 100

/**
 * Opens the ledger and starts its jobs: signer, sinks, and whatever `addJob` brings.
 *
 * Guarantees that an acknowledged event is on disk and will be covered by a checkpoint; says nothing of events that the
 * application never emits. While the ledger cannot be signed (the key service is away, the log was rolled back under
 * the running process), it goes on recording and says so by a process warning with the error's code; `settle` and
 * `close` reject.
 *
 * @param options What the ledger is made of.
 * @returns The open ledger. Close it before the store.
 * @throws `AuditError` with `ERR_AUDIT_INPUT` for an option out of bounds, with `ERR_AUDIT_ROLLED_BACK` or
 * `ERR_AUDIT_TREE_CORRUPT` when the stored log contradicts its last checkpoint, with `ERR_AUDIT_CHECKPOINT_FILE` when
 * the checkpoint file cannot be used, with `ERR_AUDIT_KEYS` when the key ring has no key that may sign this ledger.
 */
export async function openAudit(options: AuditOptions): Promise<Audit> {
  return await openLedger(options)
}

/** Opens the ledger as `openAudit` does, for a test with less patience. */
export async function openLedger(options: AuditOptions, waits: Partial<Waits> = {}): Promise<Audit> {
  const ledger = new Ledger(resolveOptions(options), { ...WAITS, ...waits })
  try {
    await ledger.open()
  } catch (error) {
    await ledger.abandon()
    throw error
  }
  return ledger
}

class Ledger implements Audit {
  readonly #options: ResolvedOptions
  readonly #subjects: SubjectKeys
  readonly #writer: EventWriter
  readonly #keys: LedgerKeys
  readonly #place: CheckpointPlace | undefined
  readonly #signer: Signer
  readonly #signing: SigningRounds
  readonly #heartbeat: Heartbeat
  readonly #waits: Waits
  readonly #boot: string
  readonly #sinks: { readonly runner: SinkRunner; readonly repeat: Repeat }[] = []
  readonly #witnesses: Repeat[] = []
  readonly #repeats: Repeat[] = []
  readonly #leases: Leases
  readonly #closeOnce = once(() => this.#close())
  readonly #recordOnce = once(() => this.#recordClosed())
  readonly #letGoOnce = once(() => this.#letGo())
  #isClosed = false
  #hasLetGo = false

  constructor(options: ResolvedOptions, waits: Waits) {
    const { store, keyring, origin, randomBytes, app } = options
    this.#options = options
    this.#waits = waits
    this.#boot = sortableId(store.now(), randomBytes(10))
    this.#leases = new Leases({ store, randomBytes, monotonicMs: systemMonotonicMs, holder: this.#boot })
    this.#subjects = new SubjectKeys({ store: options.subjects, keyring, randomBytes })
    this.#writer = new EventWriter({
      store,
      builder: new EntryBuilder({ keyring, subjects: this.#subjects, app, clock: store, randomBytes }),
      count: new WriterCount(options.writer, this.#boot),
      randomBytes,
      budgetMs: options.durableBudgetMs,
      queueLimit: options.queueLimit,
    })
    this.#keys = new LedgerKeys({ store, keyring, origin })
    const file = options.checkpointFile
    this.#place = file === undefined ? undefined : checkpointFile(file, randomBytes)
    this.#signer = createSigner({ store, keys: this.#keys, origin, clock: store, randomBytes, place: this.#place })
    this.#signing = new SigningRounds(this.#signer, waits.signMs)
    this.#heartbeat = new Heartbeat({
      store,
      writer: this.#writer,
      self: { boot: this.#boot, writer: options.writer, place: thisPlace(), pid: process.pid },
      everyMs: options.heartbeatMs,
      monotonicMs: systemMonotonicMs,
    })
  }

  async open(): Promise<void> {
    const { heartbeatMs, pollMs, witnesses } = this.#options
    // Before anything is written: a name or key that is none is the application's mistake.
    const runners = witnesses.map((witness) => this.#witnessRunner(witness))
    await this.#requireSameLine()
    const isPlaceBegun = await this.#isPlaceBegun()
    // An emptied second place is filled again only once the ledger says that it was empty.
    if (!isPlaceBegun) await this.#signer.signUpTo()
    await this.#enter(isPlaceBegun)
    // A file that cannot be written is to be noticed now, and not when it is needed.
    if (this.#place !== undefined) await this.#signing.sign()
    await this.#heartbeat.recordSilent()
    this.#repeats.push(new Repeat(() => this.#signing.run(), pollMs))
    this.#repeats.push(new Repeat(() => this.#recordGaps(), GAPS_EVERY_MS))
    this.#repeats.push(new Repeat(() => this.#heartbeat.beat(this.#signing.signed), heartbeatMs))
    this.#repeats.push(new Repeat(() => this.#heartbeat.recordSilent(), heartbeatMs))
    for (const runner of runners) this.#witnesses.push(new Repeat(() => runner.run(), WITNESS_EVERY_MS))
  }

  readonly emit: Audit['emit'] = async (type, input) => {
    const pending = event(type, input)
    if (this.#isClosed) this.#writer.refuse(pending)
    this.#refuseWhenClosed()
    return await this.#writer.emit(pending)
  }

  readonly commit: Audit['commit'] = async (commit) => {
    this.#refuseWhenClosed()
    return await this.#writer.commit(commit)
  }

  readonly query: Audit['query'] = async (query, page) => await queryLedger(this.#options, query, page)

  readonly reveal: Audit['reveal'] = async (entry) =>
    entry.sealed && (await this.#subjects.open(entry.id, entry.sealed))

  readonly receipt: Audit['receipt'] = async (eventId) =>
    await makeReceipt(this.#options.store, eventId, {
      // Nothing is under way any more when the ledger is closed, and nothing may be written.
      arrival: this.#isClosed ? undefined : () => isDoneWithin(ARRIVAL_MS, this.#writer.drain()),
    })

  addSink(sink: Sink): void {
    this.#refuseWhenClosed()
    checkName('sink', sink.name)
    const lease = this.#leases.add(`sink-${sink.name}`)
    const runner = new SinkRunner(sink, { store: this.#options.store, lease, commit: this.#ownCommit })
    this.#sinks.push({ runner, repeat: new Repeat(() => runner.run(), this.#options.pollMs) })
  }

  addJob(job: Job): void {
    this.#refuseWhenClosed()
    checkName('job', job.name)
    if (!Number.isInteger(job.everyMs) || job.everyMs < 1 || job.everyMs > MAX_INTERVAL_MS) {
      throw new AuditError('ERR_AUDIT_INPUT', `everyMs is a whole number from 1 to ${MAX_INTERVAL_MS}.`)
    }
    const lease = this.#leases.add(`job-${job.name}`)
    this.#repeats.push(new Repeat(() => lease.during(() => job.run()), job.everyMs))
  }

  async settle(): Promise<void> {
    await this.#writer.drain()
    await this.#signing.sign()
    await Promise.all(this.#sinks.map(({ repeat }) => repeat.now()))
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#closeOnce()
  }

  /** Takes back what an opening that failed has said of this process, as far as that is possible. */
  async abandon(): Promise<void> {
    this.#isClosed = true
    await this.#isDone(this.#heartbeat.abandon(this.#lastEvent()))
  }

  async #close(): Promise<void> {
    const deadline = new Deadline(this.#waits.closeMs, systemMonotonicMs)
    await this.#isDone(Promise.all(this.#repeats.map((repeat) => repeat.stop())))
    try {
      await deadline.require('its last events to be on disk', this.#recordOnce())
      // A sink that is down keeps its place for the next start; it must not keep the ledger from closing.
      await this.#isDone(this.#runAll(this.#sinks.map(({ repeat }) => repeat)))
      await deadline.require('its last checkpoint to be signed', this.#signing.sign())
      // A witness that is away has no say in whether the ledger is closed; it is asked again after the next start.
      await this.#isDone(this.#runAll(this.#witnesses))
    } finally {
      this.#hasLetGo = true
      await this.#isDone(this.#letGoOnce())
    }
  }

  async #recordClosed(): Promise<void> {
    await this.#writer.drain()
    if (this.#writer.hasUnnamed) await this.#heartbeat.beat(undefined)
    await this.#heartbeat.close(this.#lastEvent())
  }

  #lastEvent(): PendingEvent {
    return event('ledger.closed', { data: { origin: this.#options.origin, settled: this.#writer.state.settled } })
  }

  /** Runs the last round of what is not the ledger's own, unless an earlier try to close has let it go. */
  async #runAll(repeats: readonly Repeat[]): Promise<void> {
    if (!this.#hasLetGo) await Promise.allSettled(repeats.map((repeat) => repeat.now()))
  }

  async #isDone(work: Promise<unknown>): Promise<boolean> {
    return await isDoneWithin(this.#waits.othersMs, work)
  }

  async #letGo(): Promise<void> {
    // The last round has ended, or it never will: there is nothing to wait for.
    for (const { repeat } of this.#sinks) void repeat.stop()
    for (const repeat of this.#witnesses) void repeat.stop()
    await Promise.allSettled([this.#leases.release(), ...this.#sinks.map(async ({ runner }) => runner.sink.close?.())])
  }

  /** Goes on only with a ledger that is the one which was signed last, unless the operator says that it is not. */
  async #requireSameLine(): Promise<void> {
    const { acceptRollback: lost, store, origin, randomBytes } = this.#options
    if (lost !== undefined) {
      // The second place keeps the lost checkpoint until the ledger names it, also where an empty one is begun.
      await createSigner({ store, keys: this.#keys, origin, clock: store, randomBytes }).begin()
      await acceptRollback({ store, keys: this.#keys, place: this.#place, commit: this.#ownCommit }, lost)
    }
    await this.#signer.requireNoRollback()
    await this.#signer.begin()
  }

  /** Tells whether the second place holds nothing although something was signed. */
  async #isPlaceBegun(): Promise<boolean> {
    if (this.#place === undefined || (await readHead(this.#options.store)).head.size === 0) return false
    return !(await this.#place.read())
  }

  /** Records that this process has opened the ledger, in one commit with the keys that it brings. */
  async #enter(isPlaceBegun: boolean): Promise<void> {
    const { origin, store } = this.#options
    const place = isPlaceBegun ? { place: 'begun' as const } : {}
    for (let tries = 1; ; tries++) {
      const change = await this.#keys.plan(await readHead(store))
      // A process whose key was retired could only record what others must sign: that is to be noticed at its start.
      if (change === undefined) await this.#keys.signer()
      const opened = event('ledger.opened', { data: { origin, ...place, size: await store.size() } })
      const events = [opened, ...(change?.events ?? [])]
      const done = await this.#heartbeat.open({ writes: change?.writes ?? [], events })
      this.#keys.forget()
      if (done) return
      if (tries === OPEN_TRIES)
        throw new AuditError('ERR_AUDIT_KEYS', 'Others change the keys of the ledger all the time.')
    }
  }

  /** What was lost is said, and so are the numbers of refused commits, which would look like lost events. */
  async #recordGaps(): Promise<void> {
    await this.#writer.recordGaps()
    if (this.#writer.hasUnnamed) await this.#heartbeat.beat(this.#signing.signed)
  }

  #witnessRunner(witness: Witness): WitnessRunner {
    const { store } = this.#options
    const lease = this.#leases.add(`witness-${witness.name}`)
    return new WitnessRunner(witness, { store, lease, commit: this.#ownCommit, monotonicMs: systemMonotonicMs })
  }

  // A sink or witness may fail while the ledger closes; that is still to be recorded.
  readonly #ownCommit: Audit['commit'] = async (one) => await this.#writer.commit(one)

  #refuseWhenClosed(): void {
    if (this.#isClosed) throw new AuditError('ERR_AUDIT_CLOSED', 'The ledger was closed.')
  }
}
