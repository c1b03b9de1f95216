import { isDoneWithin } from '../running/is-done-within.ts'
import type { SignedUpTo, Signer } from './signer.ts'

/** The rounds of a process that signs again and again, and says so when it cannot. */
export class SigningRounds {
  readonly #signer: Pick<Signer, 'signUpTo'>
  readonly #slowMs: number
  #isWell = true
  #signed: SignedUpTo | undefined

  /**
   * @param signer Signs.
   * @param slowMs After so many milliseconds a round counts as one that does not come to an end.
   */
  constructor(signer: Pick<Signer, 'signUpTo'>, slowMs: number) {
    this.#signer = signer
    this.#slowMs = slowMs
  }

  /** What this process has signed last. */
  get signed(): SignedUpTo | undefined {
    return this.#signed
  }

  /** Signs what there is. Rejects as `Signer.signUpTo` does. */
  async sign(): Promise<void> {
    const signed = await this.#signer.signUpTo()
    if (signed.signed) this.#signed = signed
  }

  /** One round. Never rejects: that the ledger cannot be signed, or not soon, is said by one process warning. */
  async run(): Promise<void> {
    const signing = this.sign()
    const isSoon = await isDoneWithin(this.#slowMs, signing)
    if (!isSoon) this.#warn('The audit ledger goes on, but signing it does not come to an end.')
    try {
      await signing
      this.#isWell = isSoon
    } catch (error) {
      this.#warn('The audit ledger goes on, but cannot be signed.', error)
    }
  }

  // Once for each time that signing stops: a ledger that nobody signs must not look like one that is signed.
  #warn(message: string, error?: unknown): void {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'ERR_AUDIT_UNSIGNED'
    if (this.#isWell) process.emitWarning(message, { type: 'AuditWarning', code })
    this.#isWell = false
  }
}
