import type { FactorName, Reason } from '@sallyport/audit'
import type { Json } from '@sallyport/store'

/** What a proof shows beyond its factor. */
export type StrengthName = 'phishing_resistant' | 'user_verified' | 'device_bound'

/** A proved fact about the holder of a session. */
export interface Evidence {
  readonly factor: FactorName
  /** When it was proved, milliseconds since the epoch. For the identity provider: its `auth_time`, never our clock. */
  readonly at: number
  /** Whether it counts as a second factor by itself; a plain login at the identity provider does not. */
  readonly strong: boolean
  readonly strength: readonly StrengthName[]
  /** The authenticator used; evidence goes when its authenticator goes. */
  readonly authenticator?: string
  readonly issuer?: string
  readonly acr?: string
  readonly amr?: readonly string[]
}

/** One authenticator of one user, as a factor sees it: `state` is the factor's own and stored sealed. */
export interface AuthenticatorState {
  readonly id: string
  readonly state: Json
}

/** What a person sees of a factor's enrolment or challenge: blocks that the pages know how to draw, in order. */
export type ViewBlock =
  /** A paragraph from the messages of the pages. */
  | { readonly kind: 'text'; readonly message: string }
  /** A QR code as an SVG element, made by the factor; `label` is its text alternative. */
  | { readonly kind: 'qr'; readonly svg: string; readonly label: string }
  /** A value to copy, shown in groups; `id` is the id of its element. */
  | { readonly kind: 'secret'; readonly id: string; readonly label: string; readonly text: string }
  /** The field for a one-time code, named `code`. */
  | { readonly kind: 'code'; readonly digits: number }

/** What the browser sent: the fields of the form or the members of the JSON body; strings of at most 4,096 characters, at most 32. */
export type FactorInput = Readonly<Record<string, string>>

/** A factor's judgement of an answer. `next` is the authenticator's state from now on, committed together with the outcome. */
export type FactorOutcome =
  | { readonly ok: true; readonly next: Json; readonly strength: readonly StrengthName[] }
  | { readonly ok: false; readonly reason: Reason }

/**
 * A kind of proof. A factor is pure: it takes state, input and time and returns what it found; only `step-up` writes.
 * It throws nothing for bad input (that is an outcome) and keeps no state of its own.
 */
export interface Factor {
  readonly name: FactorName
  /** Whether success counts as a second factor by itself. */
  readonly strong: boolean
  /** What any success of this factor is known to show; `verify` may add more. */
  readonly strength: readonly StrengthName[]
  readonly enrolment: {
    /** Begins an enrolment. `pending` is stored sealed until `finish`; `view` is shown once. */
    start(input: EnrolmentStart): Promise<{ readonly pending: Json; readonly view: readonly ViewBlock[] }>
    /** Shows a pending enrolment again after a wrong answer, from `pending` alone. */
    view(pending: Json, input: EnrolmentStart): Promise<readonly ViewBlock[]>
    /** Judges the answer; `next` becomes the new authenticator's state. */
    finish(pending: Json, input: FactorInput, now: number): Promise<FactorOutcome>
  }
  /** Begins a challenge; `state` is stored with it until its end, `view` is shown. */
  start(
    authenticators: readonly AuthenticatorState[],
    now: number,
  ): Promise<{ readonly state: Json; readonly view: readonly ViewBlock[] }>
  /** Judges an answer to a challenge against one authenticator. */
  verify(authenticator: AuthenticatorState, state: Json, input: FactorInput, now: number): Promise<FactorOutcome>
}

/** What an enrolment is made from. */
export interface EnrolmentStart {
  /** The name that the application shows in the authenticator. */
  readonly issuer: string
  /** How the person recognises the account; controlled by the identity provider. */
  readonly account: string
  readonly now: number
  randomBytes(size: number): Uint8Array
}
