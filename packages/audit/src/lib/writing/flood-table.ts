import type { PendingEvent } from '../events/types.ts'
import { impersonal } from '../privacy/impersonal.ts'
import type { FloodLimits } from './flood-options.ts'
import type { FloodSource } from './flood-source.ts'
import { isKeepable } from './keepable.ts'

/** An event that has its id before it is written. */
export type NamedEvent = PendingEvent & { readonly input: { readonly id: string } }

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

type Counted = { -readonly [name in keyof Burst]: Burst[name] }
type Window = Counted & { written: number }

/** The sources that share the room for so many: a window for each, and fewer for what there is no room for. */
export class FloodTable {
  readonly #limits: FloodLimits
  // By the keys of a source, from the narrowest; each in the order in which the windows began.
  readonly #levels: Map<string, Window>[] = []
  #ended: Counted[] = []

  constructor(limits: FloodLimits) {
    this.#limits = limits
  }

  /** Tells whether a failure is to be written now; else it was counted. */
  admit(source: FloodSource, event: NamedEvent, now: number): 'written' | 'counted' {
    const [level, key, window] = this.#find(source, now)
    if (window === undefined) {
      const { type, reason } = source
      const [sources, first] = [level === 0 ? 'one' : 'many', event.input.id] as const
      const began: Window = {
        type,
        reason,
        sources,
        counted: 0,
        written: 1,
        first,
        last: undefined,
        from: now,
        to: now,
      }
      this.#levelAt(level).set(key, began)
      return 'written'
    }
    if (window.written < this.#limits.whole) {
      window.written += 1
      return 'written'
    }
    window.counted += 1
    window.to = now
    if (isKeepable(event.input)) window.last = event
    return 'counted'
  }

  /** Takes what is to be written of every window that has ended; with `all` of those that have not, too. */
  take(which: 'ended' | 'all', now: number): readonly Burst[] {
    const bursts = this.#ended
    this.#ended = []
    for (const windows of this.#levels) {
      for (const [key, window] of windows) {
        // All that began later end later.
        if (which === 'ended' && !this.#isOver(window, now)) break
        windows.delete(key)
        if (window.counted > 0) bursts.push(window)
      }
    }
    return bursts
  }

  /** Takes what there is no room for while nobody takes the rest. A store that takes nothing must not fill the memory. */
  takeExcess(): readonly Burst[] {
    return this.#ended.splice(this.#limits.sources)
  }

  /** Forgets what would be sealed for a person of the last failures that are kept. */
  forget(user: string): void {
    for (const bursts of [...this.#levels.map((windows) => windows.values()), this.#ended]) {
      for (const burst of bursts) {
        const { actor, subject } = burst.last?.input ?? {}
        if (burst.last !== undefined && (actor?.user === user || subject === user)) burst.last = impersonal(burst.last)
      }
    }
  }

  /** The window that counts for a source, or where it is to begin: at the narrowest level that has it or has room for it. */
  #find({ keys }: FloodSource, now: number): readonly [level: number, key: string, window: Window | undefined] {
    const widest = keys.length - 1
    for (const [level, key] of keys.entries()) {
      const window = this.#current(level, key, now)
      const hasRoom = level === widest || this.#levelAt(level).size < this.#limits.sources
      if (window !== undefined || hasRoom) return [level, key, window]
    }
    throw new RangeError('A source has a key.')
  }

  #current(level: number, key: string, now: number): Window | undefined {
    const windows = this.#levelAt(level)
    const window = windows.get(key)
    if (window === undefined || !this.#isOver(window, now)) return window
    windows.delete(key)
    if (window.counted > 0) this.#ended.push(window)
    return undefined
  }

  #levelAt(level: number): Map<string, Window> {
    return (this.#levels[level] ??= new Map())
  }

  // A clock that was put back must not make a window last for hours; one that wavers must not end it.
  #isOver({ from }: Window, now: number): boolean {
    return Math.abs(now - from) >= this.#limits.windowMs
  }
}
