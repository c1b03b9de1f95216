import { readToken, signToken } from './id-token.ts'
import type { ProviderKey } from './provider-keys.ts'
import type { AnswerContext } from './spoil-answers.ts'

/** What the settings ask of an answer beyond what the library can do. */
export interface AnswerParts {
  readonly issParameter: boolean
  readonly key: ProviderKey
  /** Seconds that the provider's clock stands ahead of the machine's, on which the library relies. */
  readonly skew: number
}

/** Makes an honest answer what the settings say: without `iss`, and dated by the provider's clock. */
export function adjustAnswer(ctx: AnswerContext, parts: AnswerParts): void {
  if (!parts.issParameter) leaveOutIssuer(ctx)
  if (ctx.path === '/me' && typeof ctx.body === 'string' && parts.skew !== 0) ctx.body = redate(ctx.body, parts)
}

/** A provider without RFC 9207: nothing in the response, and no word of it in the metadata. */
function leaveOutIssuer(ctx: AnswerContext): void {
  const { body } = ctx
  if (ctx.path.startsWith('/.well-known/') && typeof body === 'object' && body !== null) {
    const hidden = 'authorization_response_iss_parameter_supported'
    ctx.body = Object.fromEntries(Object.entries(body).filter(([name]) => name !== hidden))
  }
  const location = ctx.response.get('location')
  if (!ctx.path.startsWith('/auth') || !URL.canParse(location)) return
  const url = new URL(location)
  if (!url.searchParams.has('iss')) return
  url.searchParams.delete('iss')
  ctx.response.set('location', url.href)
}

function redate(token: string, { key, skew }: AnswerParts): string {
  const { header, claims } = readToken(token)
  const times = Object.fromEntries(['iat', 'exp'].map((name) => [name, Number(claims[name]) + skew]))
  return signToken(header, { ...claims, ...times }, key.privateKey)
}
