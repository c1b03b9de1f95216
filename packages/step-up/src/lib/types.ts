import type { FactorName, Reason } from '@sallyport/audit'
import type { EventPayloads } from '@sallyport/audit/vocabulary'
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
  /** The name under which the application knows the provider; 1 to 64 characters. */
  readonly provider?: string
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
  /** A paragraph: the name of one of the pages' messages, or the words themselves. */
  | { readonly kind: 'text'; readonly message: string }
  /** A QR code as an SVG element, made by the factor; `label` is its text alternative. */
  | { readonly kind: 'qr'; readonly svg: string; readonly label: string }
  /** A value to copy, shown in groups; `id` is the id of its element. */
  | { readonly kind: 'secret'; readonly id: string; readonly label: string; readonly text: string }
  /** Values to keep, such as recovery codes: to be copied or printed, each good once. */
  | { readonly kind: 'codes'; readonly label: string; readonly codes: readonly string[] }
  /** The field for a one-time code, named `code`: `digits` of them, or letters and digits when it says so. */
  | { readonly kind: 'code'; readonly digits: number; readonly letters?: boolean }
  /**
   * A ceremony with a passkey, by the page's script. `options` is the JSON form of the options (WebAuthn L3 §5.1.8 and
   * §5.1.9), the answer's JSON text goes into the field `credential`. `autofill`: offered in the browser's autofill.
   */
  | {
      readonly kind: 'passkey'
      readonly ceremony: 'create' | 'get'
      readonly options: Json
      readonly autofill?: boolean
    }
  /**
   * A way out to another page of the application, which leads on to where the proof is given, such as the identity provider:
   * a link that looks like the page's button. `url` is a path of this application; the page adds `return_to` to it, the path by
   * which the person comes back to this very challenge. `message` is the name of one of the pages' messages, or the words.
   */
  | { readonly kind: 'leave'; readonly url: string; readonly message: string }
  /** Tells the browser's passkey manager which passkeys still count (WebAuthn L3 §5.1.10, Signal API); shows nothing. */
  | { readonly kind: 'passkey_signal'; readonly signal: PasskeySignal; readonly value: Json }

/** The methods of the WebAuthn Signal API. */
export type PasskeySignal = 'unknownCredential' | 'allAcceptedCredentials' | 'currentUserDetails'

/**
 * What the browser sent: the fields of the form or the members of the JSON body; at most 32 texts of at most 32,768
 * characters. Controlled by the client, every word of it.
 */
export type FactorInput = Readonly<Record<string, string>>

/** An event of a factor's own, committed together with the outcome that it belongs to. */
export type FactorEvent = {
  [T in FactorEventType]: { readonly type: T; readonly data: EventPayloads[T] }
}[FactorEventType]

type FactorEventType =
  | 'authenticator.counter_regressed'
  | 'recovery_codes.generated'
  | 'recovery_code.used'
  | 'recovery_codes.exhausted'

/** A factor's refusal of an answer. */
export interface FactorRefusal {
  readonly ok: false
  readonly reason: Reason
  readonly events?: readonly FactorEvent[]
}

/** What only the proof itself can tell, such as the one that comes from an identity provider. */
export interface ProofEvidence {
  /** When it was proved, milliseconds since the epoch: the provider's `auth_time`, never our clock. 0 when it is unknown. */
  readonly at: number
  /** Whether it counts as a second factor by itself. */
  readonly strong: boolean
  readonly issuer?: string
  /** The name under which the application knows the provider; 1 to 64 characters. */
  readonly provider?: string
  readonly acr?: string
}

/** A factor's judgement of an answer. */
export type FactorOutcome =
  | {
      readonly ok: true
      /**
       * The authenticator's state from now on, committed together with the outcome. Nothing is written of an authenticator that
       * is `given`: there it is `null`.
       */
      readonly next: Json
      /** What this proof showed beyond what the factor always shows. */
      readonly strength: readonly StrengthName[]
      /** RFC 8176 values of this proof. */
      readonly amr?: readonly string[]
      /** What the proof itself says of it, where the factor cannot know it beforehand; without it, it was proved now. */
      readonly evidence?: ProofEvidence
      readonly events?: readonly FactorEvent[]
      /** What is needed to prove the answer once more later, such as the public parts of an assertion: sealed in the challenge's event. */
      readonly proof?: Readonly<Record<string, string>>
      /** Digest of the public key that proved it; see `challenge.verified`. */
      readonly key?: string
      /** To be shown once, before the person goes on: a new recovery code in place of the used one. */
      readonly view?: readonly ViewBlock[]
    }
  | FactorRefusal

/** A factor's judgement of the answer that ends an enrolment; `next` becomes the new authenticator's state. */
export type EnrolmentOutcome =
  | {
      readonly ok: true
      readonly next: Json
      /** Names the authenticator among those of all users, such as a credential id: nobody can enrol it a second time. */
      readonly unique?: string
      /** What the ledger says of the new authenticator. */
      readonly about?: Pick<EventPayloads['authenticator.enrolled'], 'key' | 'model' | 'attested' | 'backedUp'>
      /** How the list calls it until its owner says otherwise: at most 64 characters. */
      readonly label?: string
      readonly events?: readonly FactorEvent[]
    }
  | (FactorRefusal & { readonly about?: Pick<EventPayloads['authenticator.enrolment_failed'], 'model'> })

/** What an enrolment is made from. */
export interface EnrolmentStart {
  /** The name that the application shows in the authenticator. */
  readonly issuer: string
  /** How the person recognises the account; controlled by the identity provider. */
  readonly account: string
  /** The user's authenticators of this factor. */
  readonly existing: readonly AuthenticatorState[]
  readonly now: number
  randomBytes(size: number): Uint8Array
}

/** An answer to an enrolment. */
export interface EnrolmentAnswer {
  readonly pending: Json
  readonly input: FactorInput
  readonly now: number
}

/** What a challenge is made from. */
export interface ChallengeStart {
  /** The id of the step-up that it belongs to; empty at a sign-in. */
  readonly stepUp: string
  /** The id of the user who is asked; empty at a sign-in, when nobody is known yet. */
  readonly user: string
  /** The user's authenticators of this factor that may be used: one at least; empty at a sign-in, when nobody is known yet. */
  readonly authenticators: readonly AuthenticatorState[]
  /** What the requirement demands; a factor that can ask its authenticators for it does. */
  readonly demanded: readonly StrengthName[]
  /** The authentication contexts of which the requirement demands one; empty when it demands none. */
  readonly acr: readonly string[]
  /** How fresh the proof has to be, milliseconds. */
  readonly maxAgeMs: number
  /** Why the last challenge of this factor in this step-up failed, for one that is `given`: so that the next one is asked otherwise. */
  readonly failed?: Reason
  /** The keyed digest of the bound action, as it stands in the ledger: a factor that signs puts it into what is signed. */
  readonly action: string | null
  readonly now: number
  randomBytes(size: number): Uint8Array
}

/** An answer to a challenge. */
export interface Attempt {
  /** What `start` made. */
  readonly state: Json
  readonly input: FactorInput
  readonly now: number
  randomBytes(size: number): Uint8Array
}

/** What every factor is; see `Factor`. */
interface AnyFactor {
  readonly name: FactorName
  /** Whether success counts as a second factor by itself; where only the proof can tell (`ProofEvidence`), whether it can. */
  readonly strong: boolean
  /** What any success of this factor is known to show; `verify` may add more. */
  readonly strength: readonly StrengthName[]
  /** What a success may show at best; `strength` if not given. Nobody is asked for what the factor could never show. */
  readonly mayShow?: readonly StrengthName[]
  /**
   * Whether its answers can be guessed, as codes can. Then wrong ones count against the authenticator, which is locked for a
   * while and finally disabled; an answer that cannot be guessed never blocks its authenticator.
   */
  readonly guessable: boolean
  /**
   * Tells whether a proof can reach one of these authentication contexts (never an empty list), so that nobody is asked in
   * vain. Without it, the factor tells no context: only a requirement without `acr` asks for it.
   */
  mayReach?(acr: readonly string[]): boolean
  /** Begins a challenge; the result is stored with it until its end. It holds nothing secret. */
  start(input: ChallengeStart): Promise<Json>
  /** Shows an open challenge, from its state and the authenticators. */
  view(state: Json, authenticators: readonly AuthenticatorState[]): Promise<readonly ViewBlock[]>
  /** Judges an answer against one authenticator; for one that the answer does not name, the reason is `authenticator_unknown`. */
  verify(authenticator: AuthenticatorState, attempt: Attempt): Promise<FactorOutcome>
}

/** A factor that people have once they have set up an authenticator of it. */
export interface EnrolledFactor extends AnyFactor {
  readonly enrolment: {
    /** Whether a new authenticator takes the place of the user's earlier one of this factor. */
    readonly replaces?: boolean
    /** Begins an enrolment; the result is stored sealed until `finish`. */
    start(input: EnrolmentStart): Promise<Json>
    /** Shows a pending enrolment, from `pending` alone. */
    view(pending: Json, input: EnrolmentStart): Promise<readonly ViewBlock[]>
    /** Judges the answer. */
    finish(answer: EnrolmentAnswer): Promise<EnrolmentOutcome>
  }
  readonly given?: never
  /** For factors by which a person can sign in without saying who they are. */
  readonly signIn?: {
    /** Shows a challenge that was started without authenticators. */
    view(state: Json): Promise<readonly ViewBlock[]>
    /** The `unique` name of the authenticator that an answer comes from, unproved; `undefined` when it names none. */
    named(input: FactorInput): string | undefined
  }
  /** What the list of authenticators shows or does for this factor, beside the list itself. */
  listed?(authenticators: readonly AuthenticatorState[], account: string): readonly ViewBlock[]
}

/** Who holds a session, and what they proved for it, as a factor sees it that people have without enrolling it. */
export interface GivenTo {
  readonly user: string
  /** What counts now: of the login itself, and what was proved since. */
  readonly evidence: readonly Evidence[]
}

/**
 * A factor that people have without enrolling it, such as the identity provider by which their session began. It is never
 * offered for enrolment, stands in no list and cannot be removed, and it says nothing about which authenticators an account
 * has. Its proof ends the challenge either way: one that does not satisfy what was demanded of it has failed, so that nobody
 * is sent round and round.
 */
export interface GivenFactor extends AnyFactor {
  /** Gives the authenticator that this session's holder has, or `undefined` when they have none. Pure, like all of a factor. */
  given(session: GivenTo): AuthenticatorState | undefined
  readonly enrolment?: never
  readonly signIn?: never
  readonly listed?: never
}

/**
 * A kind of proof, either enrolled or given. A factor is pure: it takes state, input and time and returns what it found; only
 * `step-up` writes. It throws nothing for bad input (that is an outcome) and keeps no state of its own. What `start` returns is
 * stored until the end; `view` shows it as often as the page is looked at, always the same.
 */
export type Factor = EnrolledFactor | GivenFactor
