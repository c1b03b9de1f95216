import { sortableId } from '@sallyport/store'

import type { Audit, Job, Sink } from './audit-contract.ts'
import { resolveOptions, type AuditOptions, type ResolvedOptions } from './audit-options.ts'
import { checkpointFile } from './checkpoint-file.ts'
import { EntryBuilder } from './entry-builder.ts'
import { AuditError } from './errors.ts'
import { event } from './event.ts'
import { EventWriter } from './event-writer.ts'
import { isDoneWithin } from './is-done-within.ts'
import { Lease } from './lease.ts'
import { queryLedger } from './query.ts'
import { Repeat } from './repeat.ts'
import { createSigner, type Signer } from './signer.ts'
import { checkName, SinkRunner } from './sink-runner.ts'
import { SubjectKeys } from './subject-keys.ts'
import { WriterCount } from './writer-count.ts'

const GAPS_EVERY_MS = 1_000
const MAX_INTERVAL_MS = 86_400_000
// How long closing waits for work that is not the ledger's own: jobs, sinks, and the closing of sinks.
const CLOSE_WAIT_MS = 5_000

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
 * the checkpoint file cannot be used.
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
  readonly #signer: Signer
  readonly #boot: string
  readonly #sinks: { readonly runner: SinkRunner; readonly repeat: Repeat }[] = []
  readonly #repeats: Repeat[] = []
  readonly #leases = new Map<string, Lease>()
  #closing: Promise<void> | undefined
  #isSigning = true

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
    const place = options.checkpointFile === undefined ? undefined : checkpointFile(options.checkpointFile, randomBytes)
    this.#signer = createSigner({ store, keyring, origin, clock: store, randomBytes, place })
  }

  async open(): Promise<void> {
    const { checkpointFile: hasFile, origin, pollMs, store } = this.#options
    await this.#signer.requireNoRollback()
    await this.#signer.begin()
    await this.#signer.signUpTo()
    await this.#writer.commit({
      writes: [],
      events: [event('ledger.opened', { data: { origin, size: await store.size() } })],
    })
    // A file that cannot be written is to be noticed now, and not when it is needed.
    if (hasFile !== undefined) await this.#signer.signUpTo()
    this.#repeats.push(new Repeat(() => this.#sign(), pollMs))
    this.#repeats.push(new Repeat(() => this.#writer.recordGaps(), GAPS_EVERY_MS))
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

  addSink(sink: Sink): void {
    this.#refuseWhenClosed()
    checkName('sink', sink.name)
    const lease = this.#lease(`sink-${sink.name}`)
    // A sink may fail while the ledger closes; that is still to be recorded.
    const commit: Audit['commit'] = async (one) => await this.#writer.commit(one)
    const runner = new SinkRunner(sink, { store: this.#options.store, lease, commit })
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
    await this.#signer.signUpTo()
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
      await this.#writer.commit({
        writes: [],
        events: [event('ledger.closed', { data: { origin: this.#options.origin } })],
      })
      // A sink that is down keeps its place for the next start; it must not keep the ledger from closing.
      await isDoneWithin(CLOSE_WAIT_MS, Promise.allSettled(this.#sinks.map(({ repeat }) => repeat.now())))
      await this.#signer.signUpTo()
    } finally {
      await isDoneWithin(CLOSE_WAIT_MS, this.#letGo())
    }
  }

  async #letGo(): Promise<void> {
    // The last round has ended, or it never will: there is nothing to wait for.
    for (const { repeat } of this.#sinks) void repeat.stop()
    await Promise.allSettled([
      ...[...this.#leases.values()].map((lease) => lease.release()),
      ...this.#sinks.map(async ({ runner }) => runner.sink.close?.()),
    ])
  }

  async #sign(): Promise<void> {
    try {
      await this.#signer.signUpTo()
      this.#isSigning = true
    } catch (error) {
      if (this.#isSigning) warnUnsigned(error)
      this.#isSigning = false
    }
  }

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
