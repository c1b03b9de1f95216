import { createHash } from 'node:crypto'
import { event } from '@sallyport/audit'
import type { Authn, PendingEvent } from '@sallyport/audit'
import type { EventContext } from '@sallyport/audit/context'
import type { Evidence, Login } from '@sallyport/step-up'
import type { Completed } from './protocol/protocol.ts'
import type { Transaction } from './transaction.ts'

/** A login that passed every check: what a session is begun with. */
export interface LoginProof {
  readonly login: Login
  /** `oidc.login.succeeded`, to be committed together with the session. */
  readonly succeeded: PendingEvent
  /** A checked path of this application. */
  readonly returnTo: string
}

const MAX_ACCOUNT = 128
const MAX_IDENTITY = 256
const MAX_METHODS = 10
const ACCOUNT_CLAIMS = ['email', 'preferred_username', 'name'] as const
const IDENTITY_CLAIMS = ['name', 'preferred_username', 'email'] as const

/**
 * Gives the id of a user: from issuer and subject alone, so that a changed or reassigned e-mail address moves nobody.
 *
 * @param issuer The configured issuer.
 * @param subject The `sub` of a checked ID token.
 * @returns `u_` and 32 characters of base64url (192 bits).
 * @see OpenID Connect Core 1.0 §5.7
 */
export function userId(issuer: string, subject: string): string {
  const digest = createHash('sha256').update(`${issuer}\n${subject}`).digest('base64url')
  return `u_${digest.slice(0, 32)}`
}

/** Says what a completed sign-in proves. */
export function proveLogin(
  completed: Completed,
  transaction: Transaction,
  context: EventContext | undefined,
): LoginProof {
  const { claims, header, userinfo = {} } = completed
  const { issuer, lineage, flow, returnTo } = transaction
  const about = { ...claims, ...userinfo }
  const user = userId(issuer, claims.sub)
  const evidence = proofOf(claims, issuer)
  const succeeded = event('oidc.login.succeeded', {
    context,
    actor: { user },
    authn: authnOf(evidence),
    outcome: 'success',
    lineage,
    flow,
    data: {
      issuer,
      algorithm: header.alg,
      ...(header.kid !== undefined && isToken(header.kid, 128) ? { keyId: header.kid } : {}),
      ...(isWhole(claims['auth_time']) ? { authTime: claims['auth_time'] } : {}),
    },
  })
  const account = firstText(about, ACCOUNT_CLAIMS) ?? claims.sub
  const identity = { issuer: clean(issuer, MAX_IDENTITY), subject: claims.sub, ...texts(about) }
  return {
    login: { user, account: clean(account, MAX_ACCOUNT), identity, evidence, lineage, flow },
    succeeded,
    returnTo,
  }
}

/** A sign-in of unknown age is never fresh; only `mfa` in `amr` makes it a second factor (RFC 8176 §2). */
function proofOf(claims: Completed['claims'], issuer: string): Evidence {
  const { auth_time: authTime, acr, amr } = claims
  const methods = Array.isArray(amr) ? amr.filter((one) => isToken(one, 64)).slice(0, MAX_METHODS) : undefined
  return {
    factor: 'oidc',
    at: typeof authTime === 'number' ? authTime * 1000 : 0,
    strong: methods?.includes('mfa') ?? false,
    strength: [],
    issuer,
    ...(isToken(acr, 255) ? { acr } : {}),
    ...(methods === undefined ? {} : { amr: methods }),
  }
}

function authnOf({ acr, amr }: Evidence): Authn {
  return {
    factor: 'oidc',
    protocol: 'oidc',
    ...(acr === undefined ? {} : { acr }),
    ...(amr === undefined ? {} : { amr }),
  }
}

function texts(about: Readonly<Record<string, unknown>>): Record<string, string> {
  const found: Record<string, string> = {}
  for (const name of IDENTITY_CLAIMS) {
    const value = about[name]
    if (typeof value === 'string' && value !== '') found[name] = clean(value, MAX_IDENTITY)
  }
  return found
}

function firstText(about: Readonly<Record<string, unknown>>, names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = about[name]
    if (typeof value === 'string' && clean(value, MAX_ACCOUNT) !== '') return value
  }
  return undefined
}

/** Text of the provider for people to read: no control or direction characters, no halves of characters, bounded. */
function clean(text: string, length: number): string {
  const unprintable = /[\p{Cc}\p{Cf}\p{Cs}]/gu
  return text.slice(0, length).replace(unprintable, '')
}

function isToken(value: unknown, length: number): value is string {
  return typeof value === 'string' && value.length <= length && /^[\x21-\x7e]+$/.test(value)
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value)
}
