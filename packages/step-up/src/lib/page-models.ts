import type { FactorName } from '@sallyport/audit'
import type { ViewBlock } from './types.ts'

/** What is being approved, as the application named it: the name of the action and what it shows, in order. */
export interface ShownAction {
  readonly name: string
  readonly show: readonly (readonly [label: string, value: string])[]
}

/** A factor, with the page's own address for it. */
export interface OtherWay {
  readonly factor: FactorName
  readonly url: string
}

/** Every page that step-up can show, as data. A template turns one into HTML; nothing in it is HTML but a factor's `svg`. */
export type Page =
  | {
      readonly page: 'challenge'
      readonly account: string
      readonly action?: ShownAction
      /** The factor asked now, its form's target and what it shows. */
      readonly factor: FactorName
      readonly verifyUrl: string
      readonly view: readonly ViewBlock[]
      /** The other factors that would do. */
      readonly others: readonly OtherWay[]
      readonly cancelUrl: string
      /** For "this was not me": ends the challenge and every session of the user. */
      readonly denyUrl: string
      /** Seconds until the challenge ends. */
      readonly secondsLeft: number
      readonly problem?: PageProblem
      readonly csrf: string
    }
  | {
      readonly page: 'enrol_first'
      readonly account: string
      readonly action?: ShownAction
      /** What the person has and has tried: it was not enough, and may be tried again. Empty for whoever has nothing. */
      readonly others: readonly OtherWay[]
      readonly authenticatorsUrl: string
      readonly cancelUrl: string
      readonly csrf: string
    }
  | {
      readonly page: 'authenticators'
      readonly account: string
      readonly authenticators: readonly ListedAuthenticator[]
      readonly factors: readonly { readonly factor: FactorName; readonly startUrl: string }[]
      /** What factors have to say here, such as signals to the passkey manager. */
      readonly view: readonly ViewBlock[]
      /** Where this user is signed in, this session first. */
      readonly sessions: readonly ListedSession[]
      /** Ends all other sessions; absent when there is none. */
      readonly endOthersUrl?: string
      /** Drops what was proved since the login; absent when there is nothing to drop. */
      readonly dropUrl?: string
      /** Where the person wanted to go before being sent here. */
      readonly continueUrl?: string
      readonly notice?: ListNotice
      readonly csrf: string
    }
  | {
      readonly page: 'enrolment'
      readonly account: string
      readonly factor: FactorName
      readonly view: readonly ViewBlock[]
      readonly finishUrl: string
      readonly cancelUrl: string
      readonly problem?: PageProblem
      readonly csrf: string
    }
  | {
      /** What a person has to see once before going on, such as the recovery code in place of the used one. */
      readonly page: 'shown_once'
      readonly account: string
      readonly factor: FactorName
      readonly view: readonly ViewBlock[]
      readonly continueUrl: string
    }
  | {
      /** Signing in with a passkey, before anybody is known. */
      readonly page: 'sign_in'
      readonly factor: FactorName
      /** Another way to sign in, if the application has one. */
      readonly otherUrl?: string
      readonly view: readonly ViewBlock[]
      readonly verifyUrl: string
      readonly problem?: PageProblem
      readonly csrf: string
    }
  | {
      readonly page: 'resume'
      readonly account: string
      readonly action?: ShownAction
      /** The original address; the form goes there, sent by the person. */
      readonly method: 'post'
      readonly url: string
      readonly fields: readonly (readonly [name: string, value: string])[]
      readonly discardUrl: string
      readonly csrf: string
    }
  | {
      readonly page: 'message'
      readonly status: number
      readonly message: MessageName
      readonly code: string
      readonly backUrl?: string
    }

/** One line of the list of authenticators. */
export interface ListedAuthenticator {
  readonly id: string
  readonly factor: FactorName
  readonly label: string
  /** Milliseconds since the epoch. */
  readonly enrolledAt: number
  readonly lastUsedAt?: number
  /** Too many wrong answers: it has to be removed and set up anew. */
  readonly disabled: boolean
  readonly renameUrl: string
  readonly removeUrl: string
}

/** One line of the list of sessions. */
export interface ListedSession {
  /** Browser and system in a few words; empty when unknown. */
  readonly client: string
  /** Milliseconds since the epoch. */
  readonly startedAt: number
  readonly seenAt: number
  /** Absent for the session that looks at the page: it ends by signing out. */
  readonly endUrl?: string
}

/** What was just done, said once above the list of authenticators. */
export type ListNotice = 'enrolled' | 'removed' | 'renamed' | 'dropped' | 'session_ended' | 'sessions_ended'

/** What went wrong with the last answer, in words the person can use. */
export type PageProblem =
  | 'wrong_code'
  | 'code_reused'
  | 'invalid_input'
  | 'try_again'
  /** This authenticator is locked for a while, or disabled: another way has to do. */
  | 'authenticator_locked'
  /** The passkey's answer did not hold, or there is no such passkey here. */
  | 'passkey_failed'
  /** The device did not check that it is its owner who used the passkey. */
  | 'user_not_verified'
  /** This kind of authenticator is not allowed here. */
  | 'not_allowed'
  /** This passkey is set up already. */
  | 'enrolled_already'

/** The messages that stand on a page of their own. */
export type MessageName =
  | 'account_locked'
  | 'cancelled'
  | 'challenge_ended'
  | 'challenge_unknown'
  | 'denied'
  | 'discarded'
  | 'forbidden_origin'
  | 'invalid_input'
  | 'locked'
  | 'login_required'
  | 'not_enough'
  | 'resume_unknown'
  | 'not_resumable'
  | 'session_rotated'
  | 'sign_in_again'
  | 'too_large'
  | 'too_many'
  | 'unavailable'

/** Turns a page into a complete HTML document. Scripts run only on pages that show a passkey block. */
export type Template = (
  page: Page,
  context: {
    /** The CSP nonce of this response, for its style and script elements. */
    readonly nonce: string
    /** The languages that the browser asks for, the best first: BCP 47 tags, at most 16. Controlled by the client. */
    readonly languages: readonly string[]
    readonly mount: string
  },
) => string
