import { member } from './member.ts'
import { refuseOption } from './option-names.ts'
import { MAX_RETURN_TO } from './return-to.ts'
import type { Asked, Secrets } from './protocol/protocol.ts'

/**
 * What a round trip to the provider is for. An answer counts for its own purpose only: a step-up signs nobody in, and a
 * login satisfies no step-up.
 */
export type Purpose =
  | { readonly for: 'login' }
  /** Fresh proof for a session's open step-up; `bind` ties it to one challenge. */
  | { readonly for: 'step_up'; readonly user: string; readonly stepUp: string; readonly bind: string }
  /** A further identity for the user of a session; `session` is a digest of its handle, so that no other one comes back. */
  | { readonly for: 'link'; readonly user: string; readonly session: string }

/** All that one round trip has to remember between leaving for the provider and coming back. */
export interface Transaction extends Secrets, Asked {
  readonly purpose: Purpose
  readonly issuer: string
  readonly clientId: string
  /** Where the answer is expected: the redirect URI of this very provider. */
  readonly callbackUrl: string
  /** Of the login that begins here, or of the session that asks. */
  readonly lineage: string
  readonly flow: string
  /** A checked path of this application. */
  readonly returnTo: string
  /** Milliseconds since the epoch. */
  readonly startedAt: number
  /** What the application wants back with the answer, as JSON. */
  readonly appState?: string | undefined
}

const TEXTS = [
  'state',
  'nonce',
  'verifier',
  'issuer',
  'clientId',
  'callbackUrl',
  'lineage',
  'flow',
  'returnTo',
] as const
const PURPOSES: Readonly<Record<Purpose['for'], readonly string[]>> = {
  login: [],
  step_up: ['user', 'stepUp', 'bind'],
  link: ['user', 'session'],
}

// Sealed, and with the name and attributes of its cookie, it stays below what browsers take: 4,096.
const MAX_BYTES = 2_900

/** Writes a transaction as bytes, to be sealed. */
export function formatTransaction(transaction: Transaction): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(transaction))
}

/**
 * Refuses a transaction whose cookie a browser would not take, whatever path its person goes to afterwards.
 *
 * @throws OidcError `ERR_OIDC_OPTION`: what is not bounded by itself comes from the application.
 */
export function checkRoom(transaction: Transaction): void {
  const returnTo = '/'.padEnd(Math.max(transaction.returnTo.length, MAX_RETURN_TO), 'x')
  if (formatTransaction({ ...transaction, returnTo }).length <= MAX_BYTES) return
  refuseOption(
    'A sign-in does not fit into a cookie: what it remembers of the options state, acrValues, issuer, client id and callback URL is too long together.',
  )
}

/** The inverse of `formatTransaction`; `undefined` for anything else, though only our own key can have sealed it. */
export function parseTransaction(bytes: Uint8Array): Transaction | undefined {
  const value: unknown = JSON.parse(new TextDecoder().decode(bytes))
  return isTransaction(value) ? value : undefined
}

function isTransaction(value: unknown): value is Transaction {
  const of = (name: string): unknown => member(value, name)
  const acrValues = of('acrValues')
  return (
    TEXTS.every((name) => typeof of(name) === 'string') &&
    isPurpose(of('purpose')) &&
    Number.isSafeInteger(of('startedAt')) &&
    (of('prompt') === undefined || typeof of('prompt') === 'string') &&
    (of('appState') === undefined || typeof of('appState') === 'string') &&
    (of('maxAge') === undefined || Number.isSafeInteger(of('maxAge'))) &&
    (acrValues === undefined || (Array.isArray(acrValues) && acrValues.every((one) => typeof one === 'string')))
  )
}

function isPurpose(value: unknown): value is Purpose {
  const purpose = member(value, 'for')
  if (purpose !== 'login' && purpose !== 'step_up' && purpose !== 'link') return false
  return PURPOSES[purpose].every((name) => typeof member(value, name) === 'string')
}
