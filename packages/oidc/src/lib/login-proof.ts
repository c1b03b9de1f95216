import { event } from '@sallyport/audit'
import { assess } from './assurance.ts'
import { sha256 } from './base64url.ts'
import { clean, isToken } from './text.ts'
import type { Authn, PendingEvent } from '@sallyport/audit'
import type { EventContext } from '@sallyport/audit/context'
import type { EventPayloads } from '@sallyport/audit/vocabulary'
import type { Evidence, Login } from '@sallyport/step-up'
import type { Write } from '@sallyport/store'
import type { Owner } from './linking/links.ts'
import type { Completed } from './protocol/protocol.ts'
import type { Settings } from './settings.ts'
import type { Clock } from './system.ts'
import type { Transaction } from './transaction.ts'

/** A login that passed every check: what a session is begun with. */
export interface LoginProof {
  readonly login: Login
  /** `oidc.login.succeeded`, to be committed together with the session. */
  readonly succeeded: PendingEvent
  /** To be committed together with the session: whom this identity signs in as has not changed meanwhile. */
  readonly writes: readonly Write[]
  /** A checked path of this application. */
  readonly returnTo: string
}

const MAX_ACCOUNT = 128
const MAX_IDENTITY = 256
/** The most methods of one token that are kept. */
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
  return `u_${sha256(`${issuer}\n${subject}`).slice(0, 32)}`
}

/** What a proof is made with, beside what the provider said. */
export interface Proving {
  readonly settings: Pick<Settings, 'assurance' | 'dpop' | 'levelClaim' | 'proof' | 'provider'> & {
    /** By whose clock evidence is judged. */
    readonly store: Clock
  }
  readonly context: EventContext | undefined
  readonly owner: Owner
}

/** Says what a completed round trip proves. */
export function proveLogin(completed: Completed, transaction: Transaction, proving: Proving): LoginProof {
  const { claims, userinfo = {} } = completed
  const { issuer, lineage, flow, returnTo, purpose } = transaction
  const { user, unchanged } = proving.owner
  const about = { ...claims, ...userinfo }
  const evidence = proofOf(claims, transaction, proving.settings)
  const succeeded = event('oidc.login.succeeded', {
    context: proving.context,
    // Who links an identity acts as who they are already; that it was theirs is what comes of it.
    actor: { user: purpose.for === 'link' ? purpose.user : user },
    authn: authnOf(evidence),
    outcome: 'success',
    lineage,
    flow,
    data: succeededData(completed, transaction, proving.settings),
  })
  const account = firstText(about, ACCOUNT_CLAIMS) ?? claims.sub
  const identity = { issuer: clean(issuer, MAX_IDENTITY), subject: claims.sub, ...texts(about) }
  const login = { user, account: clean(account, MAX_ACCOUNT), identity, evidence, lineage, flow }
  return { login, succeeded, writes: [unchanged], returnTo }
}

function succeededData(
  { claims, header, digest }: Completed,
  { issuer, purpose }: Transaction,
  { dpop, proof, provider }: Proving['settings'],
): EventPayloads['oidc.login.succeeded'] {
  return {
    issuer,
    provider,
    purpose: purpose.for,
    digest,
    algorithm: header.alg,
    client: proof.by,
    dpop,
    ...(isToken(header.kid, 128) ? { keyId: header.kid } : {}),
    ...(isWhole(claims['auth_time']) ? { authTime: claims['auth_time'] } : {}),
  }
}

/** A sign-in of unknown age is never fresh, and what no rule speaks of is the weakest. */
function proofOf(
  claims: Completed['claims'],
  { issuer, acrValues = [] }: Transaction,
  { assurance, levelClaim, provider, store }: Proving['settings'],
): Evidence {
  const { auth_time: authTime, acr, acrs } = claims
  const amr = tokens(claims['amr'], 64)
  const levels = [...(isToken(acr, 255) ? [acr] : []), ...(levelClaim === 'acrs' ? (tokens(acrs, 255) ?? []) : [])]
  // Of several that were reached the one that was asked for, else the first that means something here.
  const named = assurance.flatMap((rule) => rule.acr ?? [])
  const level = [...acrValues, ...named].find((one) => levels.includes(one)) ?? levels[0]
  const methods = amr && foremost(amr, new Set(assurance.flatMap((rule) => rule.amr ?? [])))
  return {
    factor: 'oidc',
    // Nobody signed in later than now: a provider whose clock is a little ahead of ours only says so.
    at: typeof authTime === 'number' ? Math.min(authTime * 1000, store.now()) : 0,
    ...assess(assurance, { levels, amr: amr ?? [] }),
    issuer,
    provider,
    ...(level === undefined ? {} : { acr: level }),
    ...(methods === undefined ? {} : { amr: methods }),
  }
}

function tokens(value: unknown, length: number): readonly string[] | undefined {
  return Array.isArray(value) ? value.filter((one) => isToken(one, length)) : undefined
}

/** Of too many, those that rules name, and then the others, in the order they came. */
function foremost(methods: readonly string[], named: ReadonlySet<string>): readonly string[] {
  if (methods.length <= MAX_METHODS) return methods
  const before = methods.filter((one) => named.has(one))
  return [...before, ...methods.filter((one) => !named.has(one))].slice(0, MAX_METHODS)
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

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value)
}
