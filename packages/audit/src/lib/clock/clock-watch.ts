import type { EventPayloads } from '../events/event-payloads.ts'
import { event } from '../events/event.ts'
import type { PendingEvent } from '../events/types.ts'
import type { SystemClocks } from '../system.ts'
import type { TimeSource } from './clock-contract.ts'

/** What a heartbeat says of the clocks. */
export type ClockReading = Pick<EventPayloads['ledger.heartbeat'], 'wallMs' | 'monotonicMs' | 'offsets'>

interface WatchParts {
  readonly clocks: SystemClocks
  /** The database's clock, in milliseconds since the epoch. */
  readonly database: { now(): number }
  /** How far clocks may be apart, in milliseconds. */
  readonly toleranceMs: number
  /** Records an event; rejects when it cannot. */
  readonly record: (pending: PendingEvent) => Promise<void>
}

const SOURCES: readonly TimeSource[] = ['database', 'provider']
// What a date can be.
const MAX_TIME = 8.64e15
// Two clocks of one machine drift apart by themselves: what adds up over longer is no step.
const STEP_WITHIN_MS = 3_600_000
// Steps that may wait while the store is away; further ones are added to the last.
const MAX_STEPS = 16
// Between two readings that belong together: a process that is paused meanwhile would look like a step.
const READ_WITHIN_MS = 10
const READ_TRIES = 3
// Offsets of an hour ago and more say nothing of today's clock.
const FORGOTTEN_AFTER_MS = 3_600_000

interface Offset {
  readonly ms: number
  /** When it was seen, by the clock that nobody sets. */
  readonly at: number
}

/**
 * Compares the system's clock with one that nobody sets, and with what others say: a step and a skew beyond the tolerance
 * become events, once each. It changes no time that is written.
 */
export class ClockWatch {
  readonly #parts: WatchParts
  readonly #offsets = new Map<TimeSource, Offset>()
  readonly #apart = new Set<TimeSource>()
  // Where both clocks stood when their distance was measured last.
  #anchor: { readonly wall: number; readonly monotonic: number }
  // Steps that are not recorded yet, the oldest first.
  readonly #steps: number[] = []

  constructor(parts: WatchParts) {
    this.#parts = parts
    this.#anchor = this.#read()
  }

  /**
   * The database's clock is out of tolerance, or a step of our own was seen that is not recorded yet. Providers have no part
   * in it: whoever forges a time of theirs is to raise an alarm and no more.
   */
  get isApart(): boolean {
    return this.#apart.has('database') || this.#steps.length > 0
  }

  /** See `AuditClock.observeTime`. */
  observe(source: TimeSource, at: number): void {
    if (!SOURCES.includes(source) || !Number.isFinite(at) || Math.abs(at) > MAX_TIME) return
    const { wall, monotonic } = this.#read()
    this.#offsets.set(source, { ms: Math.round(wall - at), at: monotonic })
  }

  /** Reads all clocks, the database's too. */
  reading(): ClockReading {
    this.observe('database', this.#parts.database.now())
    this.#forget()
    const { wall, monotonic } = this.#read()
    const offsets = Object.fromEntries([...this.#offsets].map(([source, { ms }]) => [source, ms]))
    return { wallMs: Math.round(wall), monotonicMs: Math.round(monotonic), offsets }
  }

  /** Records what is out of tolerance since the last look, and what has come back. Rejects when it cannot; the next look does it. */
  async look(): Promise<void> {
    await this.#lookForStep()
    this.#forget()
    for (const [source, { ms }] of this.#offsets) await this.#lookAt(source, ms)
  }

  /** A source that has gone silent is neither apart nor in agreement. */
  #forget(): void {
    const { monotonic } = this.#read()
    for (const [source, { at }] of this.#offsets) {
      if (monotonic - at < FORGOTTEN_AFTER_MS) continue
      this.#offsets.delete(source)
      this.#apart.delete(source)
    }
  }

  async #lookForStep(): Promise<void> {
    const { toleranceMs } = this.#parts
    const now = this.#read()
    const passed = now.monotonic - this.#anchor.monotonic
    const stepMs = Math.round(now.wall - this.#anchor.wall - passed)
    const isStep = Math.abs(stepMs) > toleranceMs
    if (isStep && this.#steps.length === MAX_STEPS) this.#steps.push((this.#steps.pop() ?? 0) + stepMs)
    else if (isStep) this.#steps.push(stepMs)
    if (isStep || passed >= STEP_WITHIN_MS) this.#anchor = now
    for (let [step] = this.#steps; step !== undefined; [step] = this.#steps) {
      await this.#record('step', 'system', step)
      this.#steps.shift()
    }
  }

  async #lookAt(source: TimeSource, ms: number): Promise<void> {
    const { toleranceMs } = this.#parts
    const isApart = this.#apart.has(source)
    if (!isApart && Math.abs(ms) > toleranceMs) {
      await this.#record('skew', source, ms)
      this.#apart.add(source)
    }
    // Half of it, so that a clock on the edge is not reported again and again.
    if (isApart && Math.abs(ms) <= toleranceMs / 2) {
      await this.#record('agreed', source, ms)
      this.#apart.delete(source)
    }
  }

  async #record(
    kind: EventPayloads['ledger.clock_deviated']['kind'],
    source: EventPayloads['ledger.clock_deviated']['source'],
    offsetMs: number,
  ): Promise<void> {
    const { record, toleranceMs } = this.#parts
    await record(event('ledger.clock_deviated', { data: { kind, source, offsetMs, toleranceMs } }))
  }

  #read(): { readonly wall: number; readonly monotonic: number } {
    const { wallMs, monotonicMs } = this.#parts.clocks
    for (let tries = 1; ; tries++) {
      const before = monotonicMs()
      const wall = wallMs()
      const monotonic = monotonicMs()
      if (monotonic - before <= READ_WITHIN_MS || tries === READ_TRIES) return { wall, monotonic }
    }
  }
}
