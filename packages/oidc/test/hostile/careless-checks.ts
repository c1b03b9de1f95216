// What the careless client can be told to leave out, and how it judges claims.
import { createHash } from 'node:crypto'

/** The members of a JSON object. */
export type Json = Readonly<Record<string, unknown>>

/** The checks, in the order in which a sign-in comes by them. */
export const EVERY_CHECK = [
  'time',
  'redirect',
  'status',
  'content_type',
  'size',
  'json',
  'shape',
  'doubled_member',
  'depth',
  'discovery_issuer',
  'endpoints',
  'metadata',
  'state',
  'single',
  'response_issuer',
  'error',
  'front_channel',
  'pkce',
  'error_beside_tokens',
  'access_token',
  'token_type',
  'id_token',
  'form',
  'critical',
  'type',
  'algorithm',
  'key_source',
  'key_choice',
  'key_use',
  'key_size',
  'key_count',
  'private_key',
  'encoding',
  'signature',
  'iss',
  'sub',
  'aud',
  'azp',
  'exp',
  'nbf',
  'iat',
  'nonce',
  'acr',
  'auth_time',
  'at_hash',
  'userinfo_signature',
  'userinfo_subject',
] as const

/** One of them. */
export type Check = (typeof EVERY_CHECK)[number]

/** A check said no. */
export class Refused extends Error {
  readonly by: Check
  constructor(by: Check) {
    super(by)
    this.by = by
  }
}

/** Goes on when the check is fulfilled or left out. */
export type Demand = (check: Check, fulfilled: boolean) => void

/** Makes the demands of a client that leaves some checks out. */
export function demanding(without: readonly Check[]): Demand {
  return (check, fulfilled) => {
    if (!fulfilled && !without.includes(check)) throw new Refused(check)
  }
}

/** What the client asked for. */
export interface Expected {
  readonly issuer: string
  readonly clientId: string
  readonly nonce: string
  readonly startedAt: number
  readonly acr?: string | undefined
  readonly maxAge?: number | undefined
}

const TOLERANCE = 30

/** Judges the claims of an ID token whose signature has been judged. */
export function checkClaims(demand: Demand, claims: Json, expected: Expected): void {
  const { iss, sub, aud, azp, exp, nbf, iat, nonce, acr, auth_time: authTime } = claims
  const now = Date.now() / 1000
  const isTime = (value: unknown): value is number => typeof value === 'number'
  demand('iss', iss === expected.issuer)
  demand('sub', typeof sub === 'string' && sub !== '' && sub.length <= 255)
  demand('aud', aud === expected.clientId || (Array.isArray(aud) && aud.length === 1 && aud[0] === expected.clientId))
  demand('azp', azp === undefined || azp === expected.clientId)
  demand('exp', isTime(exp) && exp > now - TOLERANCE)
  demand('nbf', nbf === undefined || (isTime(nbf) && nbf < now + TOLERANCE))
  demand('iat', isTime(iat) && iat < now + TOLERANCE && iat > expected.startedAt - 300)
  demand('nonce', nonce === expected.nonce)
  demand('acr', expected.acr === undefined || acr === expected.acr)
  const oldest = now - (expected.maxAge ?? Number.POSITIVE_INFINITY) - TOLERANCE
  const notSaid = authTime === undefined && expected.maxAge === undefined
  demand('auth_time', notSaid || (isTime(authTime) && authTime < now + TOLERANCE && authTime >= oldest))
}

/** Compares the hash of an access token (Core §3.1.3.6), for algorithms with SHA-256. */
export function checkTokenHash(demand: Demand, atHash: unknown, accessToken: string): void {
  const half = createHash('sha256').update(accessToken).digest().subarray(0, 16).toString('base64url')
  demand('at_hash', atHash === undefined || atHash === half)
}
