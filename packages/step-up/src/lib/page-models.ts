import type { FactorName } from '@sallyport/audit'
import type { ViewBlock } from './types.ts'

/** What is being approved, as the application named it: the name of the action and what it shows, in order. */
export interface ShownAction {
  readonly name: string
  readonly show: readonly (readonly [label: string, value: string])[]
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
      /** The other factors that would do, each with the page's own address for it. */
      readonly others: readonly { readonly factor: FactorName; readonly url: string }[]
      readonly cancelUrl: string
      /** Seconds until the challenge ends. */
      readonly secondsLeft: number
      readonly problem?: PageProblem
      readonly csrf: string
    }
  | {
      readonly page: 'enrol_first'
      readonly account: string
      readonly action?: ShownAction
      readonly authenticatorsUrl: string
      readonly cancelUrl: string
      readonly csrf: string
    }
  | {
      readonly page: 'authenticators'
      readonly account: string
      readonly authenticators: readonly ListedAuthenticator[]
      readonly factors: readonly { readonly factor: FactorName; readonly startUrl: string }[]
      /** Where the person wanted to go before being sent here. */
      readonly continueUrl?: string
      readonly notice?: 'enrolled' | 'removed' | 'renamed'
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
  readonly renameUrl: string
  readonly removeUrl: string
}

/** What went wrong with the last answer, in words the person can use. */
export type PageProblem = 'wrong_code' | 'code_reused' | 'invalid_input' | 'try_again'

/** The messages that stand on a page of their own. */
export type MessageName =
  | 'cancelled'
  | 'challenge_ended'
  | 'challenge_unknown'
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

/** Turns a page into a complete HTML document. `nonce` is the response's CSP nonce for the one style element. */
export type Template = (
  page: Page,
  context: { readonly nonce: string; readonly language: string; readonly mount: string },
) => string
