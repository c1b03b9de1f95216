import type { Json } from '@sallyport/store'

import type { AuthenticatorState, FactorInput, GivenTo, ViewBlock } from '../types.ts'

/** An enrolment as the person's device sees it. */
export interface EnrolmentAsked {
  readonly pending: Json
  readonly view: readonly ViewBlock[]
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** A challenge as the person's device sees it. */
export interface ChallengeAsked {
  readonly state: Json
  readonly view: readonly ViewBlock[]
  /** Milliseconds since the epoch; each challenge of a test is two minutes after the one before. */
  readonly now: number
}

/** What the suite has to know of any factor to answer its challenges as a person would. */
export interface ChallengeHooks<Device> {
  /** Answers a challenge rightly; called once for each challenge, the device may change by it. */
  prove(device: Device, asked: ChallengeAsked): Promise<FactorInput>
  /**
   * How long an answer is good: for one use, after which the authenticator's new state refuses it everywhere, as with codes;
   * for one challenge, as with what is signed; or, in stand-ins for tests only, always.
   */
  readonly goodFor: 'one_use' | 'one_challenge' | 'always'
  /** The secrets in an authenticator's state, as texts that no challenge may show; none if it holds public parts only. */
  secrets(authenticator: AuthenticatorState): readonly string[]
}

/**
 * What the suite has to know of a factor to answer as a person would. `Device` is what stays with the person from the
 * enrolment on: an app's secret, a key pair, a printed list.
 */
export interface FactorHooks<Device> extends ChallengeHooks<Device> {
  /** Answers an enrolment rightly, and gives what the person's device keeps of it. */
  enrol(asked: EnrolmentAsked): Promise<{ readonly input: FactorInput; readonly device: Device }>
}

/**
 * What the suite has to know of a factor that people have without enrolling it. `Device` is that by which the person answers,
 * such as their account at the identity provider.
 */
export interface GivenFactorHooks<Device> extends ChallengeHooks<Device> {
  /** Makes the session of a person who has the factor, another person for each number, with what they answer by. */
  give(number: number): { readonly session: GivenTo; readonly device: Device }
  /** The session of somebody who has nothing of the kind, such as one that began by other means. */
  readonly without: GivenTo
}
