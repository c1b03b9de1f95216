import { hostname } from 'node:os'

import type { Keyring } from '@sallyport/keyring'
import { sortableId, type Store } from '@sallyport/store'

import type { Audit, Job, Sink } from './audit-contract.ts'
import { EntryBuilder } from './entry-builder.ts'
import { AuditError } from './errors.ts'
import { event } from './event.ts'
import { EventWriter } from './event-writer.ts'
import { Lease } from './lease.ts'
import { queryLedger } from './query.ts'
import { systemRandomBytes, type RandomBytes } from './random.ts'
import { Repeat } from './repeat.ts'
import { createSigner, type Signer } from './signer.ts'
import { SinkRunner } from './sink-runner.ts'
import { SubjectKeys } from './subject-keys.ts'
import { WriterCount } from './writer-count.ts'

/** What `openAudit` needs. */
export interface AuditOptions {
  /** Where the ledger and all records are. The caller closes it, after the ledger. */
  readonly store: Store
  /** Where the keys of persons are: a store of its own, so that erasing a key does not leave copies in the ledger's backups. */
  readonly subjects: Store
  readonly keyring: Keyring
  /** The ledger's name in every checkpoint, for example `bank.example/ledger`: no spaces, no `+`, no scheme; never derived from a request. */
  readonly origin: string
  /** The application's name, written as `target.app`; at most 64 characters. */
  readonly app: string
  /** Names this instance in its events; the host name if not given. */
  readonly writer?: string | undefined
  /** How long a durable event is awaited, in milliseconds (1 to 10,000); 250 if not given. */
  readonly durableBudgetMs?: number | undefined
  /** How many counted events may wait, 1 to 1,000,000; 10,000 if not given. Beyond it they are recorded as numbers. */
  readonly queueLimit?: number | undefined
  /** How often signer and sinks look for new entries, in milliseconds (10 to 1,000); 250 if not given. */
  readonly pollMs?: number | undefined
  readonly randomBytes?: RandomBytes | undefined
}

type Resolved = { readonly [name in keyof AuditOptions]-?: Exclude<AuditOptions[name], undefined> }

const OPTION_NAMES = [
  'store',
  'subjects',
  'keyring',
  'origin',
  'app',
  'writer',
  'durableBudgetMs',
  'queueLimit',
  'pollMs',
  'randomBytes',
]
const GAPS_EVERY_MS = 1_000

/**
 * Opens the ledger and starts its jobs: signer, sinks, and whatever `addJob` brings.
 *
 * Guarantees that an acknowledged event is on disk and will be covered by a checkpoint; says nothing of events that the
 * application never emits.
 *
 * @param options What the ledger is made of.
 * @returns The open ledger. Close it before the store.
 * @throws `AuditError` with `ERR_AUDIT_INPUT` for an option out of bounds, with `ERR_AUDIT_ROLLED_BACK` or
 * `ERR_AUDIT_TREE_CORRUPT` when the stored log contradicts its last checkpoint.
 */
export async function openAudit(options: AuditOptions): Promise<Audit> {
  const resolved = resolve(options)
  const ledger = new Ledger(resolved)
  await ledger.open()
  return ledger
}

class Ledger implements Audit {
  readonly #options: Resolved
  readonly #subjects: SubjectKeys
  readonly #writer: EventWriter
  readonly #signer: Signer
  readonly #boot: string
  readonly #sinks: { readonly runner: SinkRunner; readonly repeat: Repeat; readonly lease: Lease }[] = []
  readonly #repeats: Repeat[] = []
  readonly #leases: Lease[] = []
  #closing: Promise<void> | undefined

  constructor(options: Resolved) {
    const { store, keyring, randomBytes, app } = options
    this.#options = options
    this.#boot = sortableId(store.now(), randomBytes(10))
    this.#subjects = new SubjectKeys({ store: options.subjects, keyring, randomBytes })
    const builder = new EntryBuilder({ keyring, subjects: this.#subjects, app, clock: store, randomBytes })
    const count = new WriterCount(options.writer, this.#boot)
    this.#writer = new EventWriter({
      store,
      builder,
      count,
      randomBytes,
      budgetMs: options.durableBudgetMs,
      queueLimit: options.queueLimit,
    })
    this.#signer = createSigner({ store, keyring, origin: options.origin, clock: store, randomBytes })
  }

  async open(): Promise<void> {
    const { origin, pollMs, store } = this.#options
    await this.#signer.signUpTo()
    await this.#writer.commit({
      writes: [],
      events: [event('ledger.opened', { data: { origin, size: await store.size() } })],
    })
    this.#repeats.push(new Repeat(async () => void (await this.#signer.signUpTo()), pollMs))
    this.#repeats.push(new Repeat(() => this.#writer.recordGaps(), GAPS_EVERY_MS))
  }

  readonly emit: Audit['emit'] = async (type, input) => {
    this.#refuseWhenClosed()
    await this.#writer.emit(event(type, input))
  }

  readonly commit: Audit['commit'] = async (commit) => {
    this.#refuseWhenClosed()
    return await this.#writer.commit(commit)
  }

  readonly query: Audit['query'] = async (query, page) => await queryLedger(this.#options, query, page)

  readonly reveal: Audit['reveal'] = async (entry) =>
    entry.sealed && (await this.#subjects.open(entry.id, entry.sealed))

  addSink(sink: Sink): void {
    const lease = this.#lease(`sink-${sink.name}`)
    const { store, randomBytes, pollMs } = this.#options
    const runner = new SinkRunner(sink, { store, lease, randomBytes, emit: this.#emitAfterClose })
    this.#sinks.push({ runner, lease, repeat: new Repeat(() => runner.run(), pollMs) })
  }

  addJob(job: Job): void {
    const lease = this.#lease(job.name)
    const round = async (): Promise<void> => {
      if (await lease.hold()) await job.run()
    }
    this.#repeats.push(new Repeat(round, job.everyMs))
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
    await Promise.all(this.#repeats.map((repeat) => repeat.stop()))
    await this.#writer.drain()
    await this.#writer.commit({
      writes: [],
      events: [event('ledger.closed', { data: { origin: this.#options.origin } })],
    })
    // A sink that is down keeps its place for the next start; it must not keep the ledger from closing.
    await Promise.allSettled(this.#sinks.map(({ repeat }) => repeat.now()))
    await Promise.all(this.#sinks.map(({ repeat }) => repeat.stop()))
    await this.#signer.signUpTo()
    await Promise.allSettled(this.#leases.map((lease) => lease.release()))
    await Promise.allSettled(this.#sinks.map(({ runner }) => runner.sink.close?.()))
  }

  // A sink may fail while the ledger closes; that is still to be recorded.
  readonly #emitAfterClose: Audit['emit'] = async (type, input) => await this.#writer.emit(event(type, input))

  #lease(job: string): Lease {
    const { store, randomBytes } = this.#options
    const lease = new Lease({ store, randomBytes, holder: this.#boot, job })
    this.#leases.push(lease)
    return lease
  }

  #refuseWhenClosed(): void {
    if (this.#closing !== undefined) throw new AuditError('ERR_AUDIT_CLOSED', 'The ledger was closed.')
  }
}

function resolve(options: AuditOptions): Resolved {
  for (const name of Object.keys(options)) {
    if (!OPTION_NAMES.includes(name))
      throw new AuditError(
        'ERR_AUDIT_INPUT',
        `openAudit has no option ${JSON.stringify(name)}; it has ${OPTION_NAMES.join(', ')}.`,
      )
  }
  if (!/^[^\s+]{1,200}$/.test(options.origin) || options.origin.includes('://')) {
    throw new AuditError(
      'ERR_AUDIT_INPUT',
      `origin names the ledger without spaces, "+" and scheme, such as "bank.example/ledger", not ${JSON.stringify(options.origin)}.`,
    )
  }
  if (options.app.length < 1 || options.app.length > 64)
    throw new AuditError('ERR_AUDIT_INPUT', 'app has 1 to 64 characters.')
  return {
    ...options,
    writer: options.writer ?? hostname(),
    durableBudgetMs: bounded('durableBudgetMs', options.durableBudgetMs ?? 250, 10_000),
    queueLimit: bounded('queueLimit', options.queueLimit ?? 10_000, 1_000_000),
    pollMs: bounded('pollMs', options.pollMs ?? 250, 1_000),
    randomBytes: options.randomBytes ?? systemRandomBytes,
  }
}

function bounded(name: string, value: number, max: number): number {
  if (Number.isInteger(value) && value >= 1 && value <= max) return value
  throw new AuditError('ERR_AUDIT_INPUT', `${name} is a whole number from 1 to ${max}, not ${value}.`)
}
