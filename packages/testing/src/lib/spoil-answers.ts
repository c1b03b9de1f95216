import { createHash } from 'node:crypto'
import { FAULT_TABLE } from './faults.ts'
import { readToken, signToken } from './id-token.ts'
import type { Fault, FaultName, FaultTools, JsonAnswer } from './faults.ts'
import type { TokenParts } from './id-token.ts'

/** The part of a Koa context that is read and written. */
export interface AnswerContext {
  readonly path: string
  status: number
  type: string
  body: unknown
  readonly response: { get(name: string): string; set(name: string, value: string): void }
}

/** What spoiling needs to know at the time of each answer. */
export interface SpoilParts {
  readonly active: ReadonlySet<FaultName>
  readonly tools: FaultTools
  /** Seconds that the provider's clock stands ahead of the machine's, on which the library relies. */
  readonly skew: number
}

const PLACES = { '/token': 'token', '/jwks': 'jwks', '/me': 'userinfo' } as const
const DISCOVERY = '/.well-known/openid-configuration'

/** Changes an answer of the provider as the active faults say; does nothing when there are none and no skew. */
export function spoilAnswer(ctx: AnswerContext, parts: SpoilParts): void {
  const faults = [...parts.active].map((name) => FAULT_TABLE[name])
  if (ctx.path === '/auth' || ctx.path.startsWith('/auth/')) return spoilRedirect(ctx, faults, parts.tools.issuer)
  const place = ctx.path === DISCOVERY ? 'discovery' : Object.entries(PLACES).find(([path]) => path === ctx.path)?.[1]
  if (place === undefined || !isObject(ctx.body)) return
  let answer: JsonAnswer = { status: ctx.status, body: ctx.body }
  if (place === 'token') answer = spoilToken(answer, faults, parts)
  for (const fault of faults) if (fault.on === place) answer = fault.spoil(answer, parts.tools)
  ctx.status = answer.status
  if (typeof answer.body === 'string') ctx.type = 'text/html'
  ctx.body = answer.body
  if (answer.location !== undefined) ctx.response.set('location', answer.location)
}

function spoilToken(answer: JsonAnswer, faults: readonly Fault[], parts: SpoilParts): JsonAnswer {
  if (typeof answer.body === 'string' || typeof answer.body['id_token'] !== 'string') return answer
  const original = readToken(answer.body['id_token'])
  let claims: TokenParts['claims'] = {
    ...shifted(original.claims, parts.skew),
    at_hash: accessTokenHash(answer.body['access_token']),
  }
  for (const fault of faults) if (fault.on === 'claims') claims = fault.spoil(claims, parts.tools)
  let token = signToken(original.header, claims, parts.tools.key.privateKey)
  for (const fault of faults) if (fault.on === 'id_token') token = fault.spoil(readToken(token), parts.tools)
  return { ...answer, body: { ...answer.body, id_token: token } }
}

function shifted(claims: Readonly<Record<string, unknown>>, skew: number): Readonly<Record<string, unknown>> {
  return { ...claims, iat: Number(claims['iat']) + skew, exp: Number(claims['exp']) + skew }
}

/** OpenID Connect Core §3.1.3.6; the library leaves it out of the code flow, most providers do not. */
function accessTokenHash(accessToken: unknown): string {
  return createHash('sha256').update(String(accessToken)).digest().subarray(0, 16).toString('base64url')
}

function spoilRedirect(ctx: AnswerContext, faults: readonly Fault[], issuer: string): void {
  const location = ctx.response.get('location')
  if (location === '' || !URL.canParse(location) || location.startsWith(issuer)) return
  const url = new URL(location)
  for (const fault of faults) if (fault.on === 'redirect') fault.spoil(url.searchParams)
  ctx.response.set('location', url.href)
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
