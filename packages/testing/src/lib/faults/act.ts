import type { SigningKey } from '../id-token.ts'

/** The members of a JSON object. */
export type Json = Readonly<Record<string, unknown>>

/** An ID token that is about to be signed. */
export interface Draft {
  readonly header: Json
  /** The claims as JSON text. */
  readonly payload: string
}

/** A JSON answer as it will be sent. */
export interface Answer {
  readonly status: number
  readonly json: Json
  /** Goes out in place of `json`. */
  readonly raw?: string | Buffer
  /** The content type; by default JSON's. */
  readonly type?: string
  readonly headers?: Readonly<Record<string, string>>
  /** `late` is a moment, `drip` a byte at a time for longer than anybody waits. */
  readonly pace?: 'late' | 'drip' | 'never'
}

/** What the provider gave out before, the newest last. */
export interface Earlier {
  readonly responses: readonly URLSearchParams[]
  readonly idTokens: readonly string[]
}

/** What a fault may use. */
export interface FaultTools {
  readonly issuer: string
  /** The provider's own key. */
  readonly key: SigningKey
  readonly clientSecret: string
  /** Seconds since the epoch. */
  readonly now: number
  readonly earlier: Earlier
}

/** Signs an ID token, rightly or not. */
export type Sign = (draft: Draft, tools: FaultTools) => string
/** Changes an answer. */
export type Change = (answer: Answer, tools: FaultTools) => Answer

/** What a fault or its twin does, place by place; a place that is not named stays honest. */
export interface Act {
  /** The provider's own key signs what comes of it, so that nothing but the claim is wrong. */
  readonly claims?: (claims: Json, tools: FaultTools) => Json
  /** The claims as text, for what no JSON writer would write. */
  readonly payload?: (text: string) => string
  readonly sign?: Sign
  /** The parameters of the authorization response. */
  readonly response?: (parameters: URLSearchParams, tools: FaultTools) => void
  readonly token?: Change
  readonly jwks?: Change
  readonly userinfo?: Change
  readonly discovery?: Change
  /** Breaks every connection. */
  readonly hangUp?: true
}

/** A fault, and the same machinery doing the honest thing. */
export interface FaultPair {
  readonly fault: Act
  readonly twin: Act
}

/** Whom tampered answers speak for. */
export const OTHER_ISSUER = 'https://attacker.example'
/** Where redirects of the provider's answers lead. */
export const ELSEWHERE = '/elsewhere'
/** The words of a provider that would be run if a page showed them. */
export const MARKUP = '<script>alert("provider text")</script>'

/** Leaves out the members that are `undefined`. */
export function defined(value: Json): Json {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined))
}
