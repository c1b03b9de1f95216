import { AuditError } from '../errors.ts'
import { isDoneWithin } from './is-done-within.ts'

/** The time within which several pieces of work have to be done, one after the other. */
export class Deadline {
  readonly #milliseconds: number
  readonly #monotonicMs: () => number
  readonly #until: number

  /**
   * @param milliseconds From now on.
   * @param monotonicMs Milliseconds from any start, never set.
   */
  constructor(milliseconds: number, monotonicMs: () => number) {
    this.#milliseconds = milliseconds
    this.#monotonicMs = monotonicMs
    this.#until = monotonicMs() + milliseconds
  }

  /**
   * Gives what a piece of work gives; when the time is over it is left to itself.
   *
   * @param what What is waited for, as the message names it.
   * @param work The work; its rejection is passed on.
   * @throws `AuditError` with `ERR_AUDIT_UNSIGNED` when it was not done in time.
   */
  async require<T>(what: string, work: Promise<T>): Promise<T> {
    if (await isDoneWithin(Math.max(0, this.#until - this.#monotonicMs()), work)) return await work
    const message = `The ledger was not closed within ${this.#milliseconds} ms: it still waits for ${what}. Close it again.`
    throw new AuditError('ERR_AUDIT_UNSIGNED', message)
  }
}
