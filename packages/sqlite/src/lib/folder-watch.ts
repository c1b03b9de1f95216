import { statSync } from 'node:fs'

// A folder's times are those of the system's last tick, a few milliseconds ago; on some file systems whole seconds.
const TICK_MS = 100
const WHOLE_SECONDS_MS = 2_500

interface FolderState {
  readonly dev: number
  readonly ino: number
  readonly changedAt: number
  readonly seenAt: number
}

/**
 * Tells whether names in a folder may have come, gone or been given to another file, by the time that the system notes at
 * every such change.
 *
 * A change in the same tick as an earlier one leaves no trace, so a state is trusted only once it is older than a tick and
 * the names were looked at again after that.
 */
export class FolderWatch {
  readonly #path: string
  readonly #monotonic: () => number
  #state: FolderState | undefined
  #lookedAt = 0
  #isTrusted = false

  /** @param monotonic milliseconds from any start, never stepping back */
  constructor(path: string, monotonic: () => number) {
    this.#path = path
    this.#monotonic = monotonic
  }

  /** Tells whether nothing can have changed since `checked` was called. If not, the names are to be looked at now. */
  isSettled(): boolean {
    const found = statSync(this.#path, { throwIfNoEntry: false })
    if (found === undefined) return this.forget()
    const { dev, ino, ctimeMs: changedAt } = found
    const isSame = this.#state?.ino === ino && this.#state.dev === dev && this.#state.changedAt === changedAt
    if (isSame && this.#isTrusted) return true
    this.#lookedAt = this.#monotonic()
    if (!isSame) this.#state = { dev, ino, changedAt, seenAt: this.#lookedAt }
    return (this.#isTrusted = false)
  }

  /** Notes that the names were looked at after `isSettled` had asked for it, and are right. */
  checked(): void {
    if (this.#state === undefined) return
    const { changedAt, seenAt } = this.#state
    const tick = changedAt % 1_000 === 0 ? WHOLE_SECONDS_MS : TICK_MS
    this.#isTrusted = this.#lookedAt - seenAt > tick
  }

  /** Trusts nothing that was seen before. */
  forget(): false {
    this.#state = undefined
    return (this.#isTrusted = false)
  }
}
