import type { PendingEvent } from '../events/types.ts'
import { impersonal } from '../privacy/impersonal.ts'
import type { FloodLimits } from './flood-options.ts'
import { floodSource, type FloodSource } from './flood-source.ts'
import { isKeepable } from './keepable.ts'

/** An event that has its id before it is written. */
type NamedEvent = PendingEvent & { readonly input: { readonly id: string } }

/** What is to be written of a source whose window has ended: at least one failure was counted instead of written. */
export interface Burst extends Pick<FloodSource, 'type' | 'reason'> {
  readonly sources: 'one' | 'many'
  /** How many were counted, the last one included. */
  readonly counted: number
  /** The id of the first failure of the window. */
  readonly first: string
  /** The last one, to be written whole; none when each of them was too large to be kept. */
  readonly last: NamedEvent | undefined
  /** When the first and the last of them happened, in milliseconds since the epoch. */
  readonly from: number
  readonly to: number
}

interface CounterParts extends FloodLimits {
  /** Gives the time by which windows end, in milliseconds since the epoch. */
  readonly now: () => number
  /** Makes the id of an event that happens now. */
  readonly newId: () => string
  /** To be told of a source whose count there is no more room for. */
  readonly drop: (burst: Burst) => void
}

type Counted = { -readonly [name in keyof Burst]: Burst[name] }
type Window = Counted & { written: number }

/**
 * Decides which failures are written one by one, and counts the others by their source. Of one source so many are written
 * in a window that begins with its first failure; the rest is counted, and the last one kept.
 */
export class FloodCounter {
  readonly #parts: CounterParts
  // Both in the order in which the windows began.
  readonly #windows = new Map<string, Window>()
  readonly #shared = new Map<string, Window>()
  #ended: Counted[] = []
  #counted = 0

  constructor(parts: CounterParts) {
    this.#parts = parts
  }

  /** How many failures were counted and are in no burst that was taken. */
  get counted(): number {
    return this.#counted
  }

  /**
   * Gives the event as it is to be written now, or `undefined` when it was counted.
   *
   * @param pending The event as it happened; it decides whose it is.
   * @param shaped The same as it is to be recorded.
   */
  admit(pending: PendingEvent, shaped: PendingEvent): PendingEvent | undefined {
    const source = floodSource(pending)
    if (source === undefined) return shaped

    const now = this.#parts.now()
    const event = this.#named(shaped)
    const window = this.#windowOf(source, now)
    if (window === undefined) return this.#begin(source, event, now)
    if (window.written < this.#parts.whole) {
      window.written += 1
      return event
    }
    this.#count(window, event, now)
    return undefined
  }

  /** Takes what is to be written of every window that has ended; with `all` of those that have not, too. */
  take(which: 'ended' | 'all'): readonly Burst[] {
    const now = this.#parts.now()
    const bursts = this.#ended
    this.#ended = []
    for (const windows of [this.#windows, this.#shared]) {
      for (const [key, window] of windows) {
        // All that began later end later.
        if (which === 'ended' && !this.#isOver(window, now)) break
        windows.delete(key)
        if (window.counted > 0) bursts.push(window)
      }
    }
    for (const { counted } of bursts) this.#counted -= counted
    return bursts
  }

  /** Forgets what would be sealed for a person of the last failures that are kept. */
  forget(user: string): void {
    for (const bursts of [this.#windows.values(), this.#shared.values(), this.#ended]) {
      for (const burst of bursts) {
        const { actor, subject } = burst.last?.input ?? {}
        if (burst.last !== undefined && (actor?.user === user || subject === user)) burst.last = impersonal(burst.last)
      }
    }
  }

  #windowOf({ key, sharedKey }: FloodSource, now: number): Window | undefined {
    const own = this.#current(this.#windows, key, now)
    if (own !== undefined || this.#windows.size < this.#parts.sources) return own
    return this.#current(this.#shared, sharedKey, now)
  }

  #current(windows: Map<string, Window>, key: string, now: number): Window | undefined {
    const window = windows.get(key)
    if (window === undefined || !this.#isOver(window, now)) return window
    windows.delete(key)
    if (window.counted > 0) this.#keep(window)
    return undefined
  }

  // A clock that was put back must not make a window last for hours; one that wavers must not end it.
  #isOver({ from }: Window, now: number): boolean {
    return Math.abs(now - from) >= this.#parts.windowMs
  }

  #begin({ type, reason, key, sharedKey }: FloodSource, event: NamedEvent, now: number): PendingEvent {
    const isOwn = this.#windows.size < this.#parts.sources
    const sources = isOwn ? 'one' : 'many'
    const first = event.input.id
    const window: Window = { type, reason, sources, counted: 0, written: 1, first, last: undefined, from: now, to: now }
    if (isOwn) this.#windows.set(key, window)
    else this.#shared.set(sharedKey, window)
    return event
  }

  #count(window: Window, event: NamedEvent, now: number): void {
    window.counted += 1
    this.#counted += 1
    window.to = now
    if (isKeepable(event.input)) window.last = event
  }

  // Until it is taken. A store that takes nothing must not fill the memory with what would be written.
  #keep(burst: Counted): void {
    if (this.#ended.length < this.#parts.sources) this.#ended.push(burst)
    else {
      this.#counted -= burst.counted
      this.#parts.drop(burst)
    }
  }

  // Its id says when it happened, also where it is written at the end of the window.
  #named({ type, input }: PendingEvent): NamedEvent {
    return { type, input: { ...input, id: input.id ?? this.#parts.newId() } }
  }
}
