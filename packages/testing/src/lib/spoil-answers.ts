import { createHash } from 'node:crypto'
import { ELSEWHERE } from './faults/act.ts'
import { signDraft } from './faults/attacker.ts'
import { sendAnswer } from './faults/send-answer.ts'
import { readToken } from './id-token.ts'
import { hashOf } from './signing.ts'
import type { Act, Answer, FaultTools, Json } from './faults/act.ts'
import type { ActiveFaults } from './faults/active-faults.ts'
import type { AnswerContext } from './faults/send-answer.ts'

export type { AnswerContext } from './faults/send-answer.ts'

/** What spoiling needs to know at the time of each answer. */
export interface SpoilParts {
  readonly active: ActiveFaults
  readonly tools: Omit<FaultTools, 'earlier'>
  /** Seconds that the provider's clock stands ahead of the machine's, on which the library relies. */
  readonly skew: number
}

interface Spoiling extends SpoilParts {
  readonly tools: FaultTools
}

const PLACES = {
  '/token': 'token',
  '/jwks': 'jwks',
  '/me': 'userinfo',
  '/.well-known/openid-configuration': 'discovery',
} as const

/** Changes an answer of the provider as the active faults say; does nothing when there are none and no skew. */
export function spoilAnswer(ctx: AnswerContext, parts: SpoilParts): void {
  const spoiling: Spoiling = { ...parts, tools: { ...parts.tools, earlier: parts.active.earlier } }
  if (ctx.path === ELSEWHERE && parts.active.elsewhere) return sendAnswer(ctx, parts.active.elsewhere)
  if (ctx.path === '/auth' || ctx.path.startsWith('/auth/')) return spoilResponse(ctx, spoiling)
  const place = Object.entries(PLACES).find(([path]) => path === ctx.path)?.[1]
  if (place === 'userinfo' && typeof ctx.body === 'string')
    parts.active.sent({ status: ctx.status, json: {}, raw: ctx.body })
  if (place === undefined || !isObject(ctx.body)) return
  let answer: Answer = { status: ctx.status, json: ctx.body }
  if (place === 'token') answer = spoilToken(answer, spoiling)
  const right = answer
  for (const act of spoiling.active.acts) answer = act[place]?.(answer, spoiling.tools) ?? answer
  if (place === 'token' || place === 'userinfo') spoiling.active.sent(answer)
  if (answer.status >= 300 && answer.headers?.['location'] !== undefined) parts.active.remember({ elsewhere: right })
  sendAnswer(ctx, answer)
}

/** Signs the ID token anew: honestly, unless an active fault has its own idea of that. */
function spoilToken(answer: Answer, { active, tools, skew }: Spoiling): Answer {
  const { id_token: original, access_token: accessToken } = answer.json
  if (typeof original !== 'string') return answer
  const { header, claims } = readToken(original)
  const right = { ...shifted(claims, skew), at_hash: accessTokenHash(accessToken, hashOf(header['alg'])) }
  let spoilt: Json = right
  for (const act of active.acts) spoilt = act.claims?.(spoilt, tools) ?? spoilt
  let payload = JSON.stringify(spoilt)
  for (const act of active.acts) payload = act.payload?.(payload) ?? payload
  const sign = active.acts.findLast((act: Act) => act.sign !== undefined)?.sign
  const idToken = (sign ?? signHonestly)({ header, payload }, tools)
  active.remember({ idToken: signHonestly({ header, payload: JSON.stringify(right) }, tools) })
  return { ...answer, json: { ...answer.json, id_token: idToken } }
}

function signHonestly(draft: { readonly header: Json; readonly payload: string }, { key }: FaultTools): string {
  return signDraft(draft, key.privateKey)
}

function shifted(claims: Json, skew: number): Json {
  return { ...claims, iat: Number(claims['iat']) + skew, exp: Number(claims['exp']) + skew }
}

/** OpenID Connect Core §3.1.3.6; the library leaves it out of the code flow, most providers do not. */
function accessTokenHash(accessToken: unknown, hash: string): string {
  const whole = createHash(hash).update(String(accessToken)).digest()
  return whole.subarray(0, whole.length / 2).toString('base64url')
}

function spoilResponse(ctx: AnswerContext, { active, tools }: Spoiling): void {
  const location = ctx.response.get('location')
  if (location === '' || !URL.canParse(location) || location.startsWith(tools.issuer)) return
  const url = new URL(location)
  const right = new URLSearchParams(url.searchParams)
  for (const act of active.acts) act.response?.(url.searchParams, tools)
  active.remember({ response: right })
  active.sent(url.searchParams)
  ctx.response.set('location', url.href)
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
