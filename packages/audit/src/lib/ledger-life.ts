import type { Audit, Job } from './audit-contract.ts'
import { enterLedger } from './entering.ts'
import { AuditError } from './errors.ts'
import { event } from './events/event.ts'
import type { PendingEvent } from './events/types.ts'
import type { LedgerParts } from './ledger-parts.ts'
import { Deadline } from './running/deadline.ts'
import { isDoneWithin } from './running/is-done-within.ts'
import { once } from './running/once.ts'
import { Repeat } from './running/repeat.ts'
import type { Sink } from './sinks/sink-contract.ts'
import { checkName, checkSink } from './sinks/check-sink.ts'
import { SinkRunner } from './sinks/sink-runner.ts'
import { systemMonotonicMs } from './system.ts'
import type { Witness } from './witnessing/witness-contract.ts'
import { WitnessRunner } from './witnessing/witness-runner.ts'

const GAPS_EVERY_MS = 1_000
const FLOODS_EVERY_MS = 1_000
const CLOCK_EVERY_MS = 1_000
const WITNESS_EVERY_MS = 1_000
const MAX_INTERVAL_MS = 86_400_000

/** The life of an open ledger, from the first entry of this process to its last: what writes, what repeats, what ends. */
export class LedgerLife {
  readonly #parts: LedgerParts
  readonly #sinks: { readonly runner: SinkRunner; readonly repeat: Repeat }[] = []
  readonly #witnesses: Repeat[] = []
  readonly #repeats: Repeat[] = []
  readonly #closeOnce = once(() => this.#close())
  readonly #recordOnce = once(() => this.#recordClosed())
  readonly #letGoOnce = once(() => this.#letGo())
  #isClosed = false
  #hasLetGo = false

  constructor(parts: LedgerParts) {
    this.#parts = parts
  }

  /** Tells whether it was closed, or begins to be. */
  get isClosed(): boolean {
    return this.#isClosed
  }

  async open(): Promise<void> {
    const { options, writer, signing, heartbeat, clockWatch } = this.#parts
    const { heartbeatMs, pollMs, witnesses } = options
    // Before anything is written: a name or key that is none is the application's mistake.
    const runners = witnesses.map((witness) => this.#witnessRunner(witness))
    await enterLedger(this.#parts)
    this.repeat(() => signing.run(), pollMs)
    this.repeat(() => this.#recordGaps(), GAPS_EVERY_MS)
    this.repeat(() => writer.recordFloods('ended'), FLOODS_EVERY_MS)
    this.repeat(() => clockWatch.look(), CLOCK_EVERY_MS)
    this.repeat(() => heartbeat.beat(signing.signed), heartbeatMs)
    this.repeat(() => heartbeat.recordSilent(), heartbeatMs)
    for (const runner of runners) this.#witnesses.push(new Repeat(() => runner.run(), WITNESS_EVERY_MS))
  }

  /** Repeats a piece of the ledger's own work until it is closed; `now` of what it gives does not wait for the first time. */
  repeat(work: () => Promise<void>, everyMs: number): Repeat {
    const repeat = new Repeat(work, everyMs)
    this.#repeats.push(repeat)
    return repeat
  }

  readonly emit: Audit['emit'] = async (type, input) => {
    const pending = event(type, input)
    if (this.#isClosed) this.#parts.writer.refuse(pending)
    this.#refuseWhenClosed()
    return await this.#parts.writer.emit(pending)
  }

  readonly commit: Audit['commit'] = async (commit) => {
    this.#refuseWhenClosed()
    return await this.#parts.writer.commit(commit)
  }

  readonly addSink = (sink: Sink): void => {
    this.#refuseWhenClosed()
    checkSink(sink)
    const { options, leases, subjects } = this.#parts
    const runner = new SinkRunner(sink, {
      store: options.store,
      subjects,
      lease: leases.add(`sink-${sink.name}`),
      commit: this.#ownCommit,
      randomBytes: options.randomBytes,
      monotonicMs: systemMonotonicMs,
    })
    this.#sinks.push({ runner, repeat: new Repeat(() => runner.run(), options.pollMs) })
  }

  /** Names the sinks that were added here. */
  get sinkNames(): readonly string[] {
    return this.#sinks.map(({ runner }) => runner.sink.name)
  }

  readonly addJob = (job: Job): void => {
    this.#refuseWhenClosed()
    checkName('job', job.name)
    if (!Number.isInteger(job.everyMs) || job.everyMs < 1 || job.everyMs > MAX_INTERVAL_MS) {
      throw new AuditError('ERR_AUDIT_INPUT', `everyMs is a whole number from 1 to ${MAX_INTERVAL_MS}.`)
    }
    const lease = this.#parts.leases.add(`job-${job.name}`)
    this.repeat(() => lease.during(() => job.run()), job.everyMs)
  }

  readonly settle = async (): Promise<void> => {
    await this.#parts.writer.drain()
    await this.#parts.signing.sign()
    await Promise.all(this.#offers())
  }

  readonly close = async (): Promise<void> => {
    this.#isClosed = true
    await this.#closeOnce()
  }

  /** Takes back what an opening that failed has said of this process, as far as that is possible. */
  async abandon(): Promise<void> {
    this.#isClosed = true
    await this.#isDone(this.#parts.heartbeat.abandon(this.#lastEvent()))
  }

  async #close(): Promise<void> {
    const deadline = new Deadline(this.#parts.waits.closeMs, systemMonotonicMs)
    await this.#isDone(Promise.all(this.#repeats.map((repeat) => repeat.stop())))
    try {
      await deadline.require('its last events to be on disk', this.#recordOnce())
      // A sink that is down keeps its place for the next start; it must not keep the ledger from closing.
      await this.#isDone(this.#runAll(() => this.#offers()))
      await deadline.require('its last checkpoint to be signed', this.#parts.signing.sign())
      // A witness that is away has no say in whether the ledger is closed; it is asked again after the next start.
      await this.#isDone(this.#runAll(() => this.#witnesses.map((repeat) => repeat.now())))
    } finally {
      this.#hasLetGo = true
      await this.#isDone(this.#letGoOnce())
    }
  }

  async #recordClosed(): Promise<void> {
    const { writer, heartbeat } = this.#parts
    await writer.recordFloods('all')
    await writer.drain()
    if (writer.hasUnnamed) await heartbeat.beat(undefined)
    await heartbeat.close(this.#lastEvent())
  }

  #lastEvent(): PendingEvent {
    const { options, writer } = this.#parts
    return event('ledger.closed', { data: { origin: options.origin, settled: writer.state.settled } })
  }

  /** Runs the last round of what is not the ledger's own, unless an earlier try to close has let it go. */
  async #runAll(start: () => readonly Promise<void>[]): Promise<void> {
    if (!this.#hasLetGo) await Promise.allSettled(start())
  }

  /** A round of every sink, whatever pause it is in. */
  #offers(): readonly Promise<void>[] {
    return this.#sinks.map(({ runner, repeat }) => repeat.now(() => runner.runAtOnce()))
  }

  async #isDone(work: Promise<unknown>): Promise<boolean> {
    return await isDoneWithin(this.#parts.waits.othersMs, work)
  }

  async #letGo(): Promise<void> {
    // The last round has ended, or it never will: there is nothing to wait for.
    for (const { repeat } of this.#sinks) void repeat.stop()
    for (const repeat of this.#witnesses) void repeat.stop()
    const closings = this.#sinks.map(async ({ runner }) => runner.sink.close?.())
    await Promise.allSettled([this.#parts.leases.release(), ...closings])
  }

  /** What was lost is said, and so are the numbers of refused commits, which would look like lost events. */
  async #recordGaps(): Promise<void> {
    const { writer, heartbeat, signing } = this.#parts
    await writer.recordGaps()
    if (writer.hasUnnamed) await heartbeat.beat(signing.signed)
  }

  #witnessRunner(witness: Witness): WitnessRunner {
    const { options, leases } = this.#parts
    const lease = leases.add(`witness-${witness.name}`)
    return new WitnessRunner(witness, {
      store: options.store,
      lease,
      commit: this.#ownCommit,
      monotonicMs: systemMonotonicMs,
    })
  }

  // A sink or witness may fail while the ledger closes; that is still to be recorded.
  readonly #ownCommit: Audit['commit'] = async (one) => await this.#parts.writer.commit(one)

  #refuseWhenClosed(): void {
    if (this.#isClosed) throw new AuditError('ERR_AUDIT_CLOSED', 'The ledger was closed.')
  }
}
