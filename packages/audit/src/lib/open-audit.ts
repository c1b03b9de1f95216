import { sortableId } from '@sallyport/store'

import type { Audit, Job, Sink } from './audit-contract.ts'
import { resolveOptions, type AuditOptions, type ResolvedOptions } from './audit-options.ts'
import { thisPlace } from './boot-record.ts'
import { checkpointFile } from './checkpoint-file.ts'
import { EntryBuilder } from './entry-builder.ts'
import { AuditError } from './errors.ts'
import { event } from './event.ts'
import { EventWriter } from './event-writer.ts'
import { Heartbeat } from './heartbeat.ts'
import { isDoneWithin } from './is-done-within.ts'
import { Lease } from './lease.ts'
import { LedgerKeys } from './ledger-keys.ts'
import { queryLedger } from './query.ts'
import { makeReceipt } from './receipt.ts'
import { Repeat } from './repeat.ts'
import { acceptRollback } from './rollback.ts'
import { createSigner, type SignedUpTo, type Signer } from './signer.ts'
import type { CheckpointPlace } from './signer-place.ts'
import { checkName, SinkRunner } from './sink-runner.ts'
import { SubjectKeys } from './subject-keys.ts'
import { systemMonotonicMs } from './system.ts'
import { readHead } from './tree-store.ts'
import type { Witness } from './witness-contract.ts'
import { WitnessRunner } from './witness-runner.ts'
import { WriterCount } from './writer-count.ts'

const GAPS_EVERY_MS = 1_000
const WITNESS_EVERY_MS = 1_000
const MAX_INTERVAL_MS = 86_400_000
// How long closing waits for work that is not the ledger's own: jobs, sinks, and the closing of sinks.
const CLOSE_WAIT_MS = 5_000
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
  const resolved = resolveOptions(options)
  const ledger = new Ledger(resolved)
  await ledger.open()
  return ledger
}

class Ledger implements Audit {
  readonly #options: ResolvedOptions
  readonly #subjects: SubjectKeys
  readonly #writer: EventWriter
  readonly #keys: LedgerKeys
  readonly #place: CheckpointPlace | undefined
  readonly #signer: Signer
  readonly #heartbeat: Heartbeat
  readonly #boot: string
  readonly #sinks: { readonly runner: SinkRunner; readonly repeat: Repeat }[] = []
  readonly #witnesses: Repeat[] = []
  readonly #repeats: Repeat[] = []
  readonly #leases = new Map<string, Lease>()
  #closing: Promise<void> | undefined
  #isSigning = true
  #signed: SignedUpTo | undefined

  constructor(options: ResolvedOptions) {
    const { store, keyring, origin, randomBytes, app } = options
    this.#options = options
    this.#boot = sortableId(store.now(), randomBytes(10))
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
    if (this.#place !== undefined) await this.#signUpTo()
    await this.#heartbeat.recordSilent()
    this.#repeats.push(new Repeat(() => this.#sign(), pollMs))
    this.#repeats.push(new Repeat(() => this.#recordGaps(), GAPS_EVERY_MS))
    this.#repeats.push(new Repeat(() => this.#heartbeat.beat(this.#signed), heartbeatMs))
    this.#repeats.push(new Repeat(() => this.#heartbeat.recordSilent(), heartbeatMs))
    for (const runner of runners) this.#witnesses.push(new Repeat(() => runner.run(), WITNESS_EVERY_MS))
  }

  readonly emit: Audit['emit'] = async (type, input) => {
    this.#refuseWhenClosed()
    return await this.#writer.emit(event(type, input))
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
      arrival: this.#closing === undefined ? () => isDoneWithin(CLOSE_WAIT_MS, this.#writer.drain()) : undefined,
    })

  addSink(sink: Sink): void {
    this.#refuseWhenClosed()
    checkName('sink', sink.name)
    const lease = this.#lease(`sink-${sink.name}`)
    const runner = new SinkRunner(sink, { store: this.#options.store, lease, commit: this.#ownCommit })
    this.#sinks.push({ runner, repeat: new Repeat(() => runner.run(), this.#options.pollMs) })
  }

  addJob(job: Job): void {
    this.#refuseWhenClosed()
    checkName('job', job.name)
    if (!Number.isInteger(job.everyMs) || job.everyMs < 1 || job.everyMs > MAX_INTERVAL_MS) {
      throw new AuditError('ERR_AUDIT_INPUT', `everyMs is a whole number from 1 to ${MAX_INTERVAL_MS}.`)
    }
    const lease = this.#lease(`job-${job.name}`)
    this.#repeats.push(new Repeat(() => lease.during(() => job.run()), job.everyMs))
  }

  async settle(): Promise<void> {
    await this.#writer.drain()
    await this.#signUpTo()
    await Promise.all(this.#sinks.map(({ repeat }) => repeat.now()))
  }

  async close(): Promise<void> {
    this.#closing ??= this.#close()
    await this.#closing
  }

  async #close(): Promise<void> {
    await isDoneWithin(CLOSE_WAIT_MS, Promise.all(this.#repeats.map((repeat) => repeat.stop())))
    try {
      await this.#writer.drain()
      if (this.#writer.hasUnnamed) await this.#heartbeat.beat(undefined)
      const { settled } = this.#writer.state
      await this.#heartbeat.close(event('ledger.closed', { data: { origin: this.#options.origin, settled } }))
      // A sink that is down keeps its place for the next start; it must not keep the ledger from closing.
      await isDoneWithin(CLOSE_WAIT_MS, Promise.allSettled(this.#sinks.map(({ repeat }) => repeat.now())))
      await this.#signUpTo()
      // A witness that is away has no say in whether the ledger is closed; it is asked again after the next start.
      await isDoneWithin(CLOSE_WAIT_MS, Promise.allSettled(this.#witnesses.map((repeat) => repeat.now())))
    } finally {
      await isDoneWithin(CLOSE_WAIT_MS, this.#letGo())
    }
  }

  async #letGo(): Promise<void> {
    // The last round has ended, or it never will: there is nothing to wait for.
    for (const { repeat } of this.#sinks) void repeat.stop()
    for (const repeat of this.#witnesses) void repeat.stop()
    await Promise.allSettled([
      ...[...this.#leases.values()].map((lease) => lease.release()),
      ...this.#sinks.map(async ({ runner }) => runner.sink.close?.()),
    ])
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

  async #signUpTo(): Promise<void> {
    const signed = await this.#signer.signUpTo()
    if (signed.signed) this.#signed = signed
  }

  /** What was lost is said, and so are the numbers of refused commits, which would look like lost events. */
  async #recordGaps(): Promise<void> {
    await this.#writer.recordGaps()
    if (this.#writer.hasUnnamed) await this.#heartbeat.beat(this.#signed)
  }

  async #sign(): Promise<void> {
    try {
      await this.#signUpTo()
      this.#isSigning = true
    } catch (error) {
      if (this.#isSigning) warnUnsigned(error)
      this.#isSigning = false
    }
  }

  #witnessRunner(witness: Witness): WitnessRunner {
    const { store } = this.#options
    const lease = this.#lease(`witness-${witness.name}`)
    return new WitnessRunner(witness, { store, lease, commit: this.#ownCommit })
  }

  // A sink or witness may fail while the ledger closes; that is still to be recorded.
  readonly #ownCommit: Audit['commit'] = async (one) => await this.#writer.commit(one)

  #lease(job: string): Lease {
    if (this.#leases.has(job)) throw new AuditError('ERR_AUDIT_INPUT', 'There is a sink or job of this name already.')
    const { store, randomBytes } = this.#options
    const lease = new Lease({ store, randomBytes, holder: this.#boot, job })
    this.#leases.set(job, lease)
    return lease
  }

  #refuseWhenClosed(): void {
    if (this.#closing !== undefined) throw new AuditError('ERR_AUDIT_CLOSED', 'The ledger was closed.')
  }
}

// Once for each time that signing stops: a ledger that nobody signs must not look like one that is signed.
function warnUnsigned(error: unknown): void {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'ERR_AUDIT_UNSIGNED'
  process.emitWarning('The audit ledger goes on, but cannot be signed.', { type: 'AuditWarning', code })
}
