// OpenID Connect's code flow, written as naively as it works, with a switch for each check that people forget. It shows
// that a tampered answer would be a login where the check is missing: without that, a refusal would prove little.
import { createHash, randomBytes } from 'node:crypto'
import { checkClaims, checkTokenHash, demanding, Refused } from './careless-checks.ts'
import { readSigned } from './careless-token.ts'
import { Lost, createWeb } from './careless-web.ts'
import type { Check, Demand, Expected, Json } from './careless-checks.ts'
import type { Web } from './careless-web.ts'

/** Who signs in where, and what is asked. */
export interface Visit {
  readonly issuer: string
  readonly client: { readonly clientId: string; readonly clientSecret: string }
  readonly callback: string
  /** Takes the browser to the provider; gives the address at which it comes back. */
  readonly goThere: (url: string) => Promise<string>
  readonly acr?: string | undefined
  readonly maxAge?: number | undefined
  /** Ends what would not end by itself. */
  readonly end: AbortSignal
  readonly patienceMs: number
}

/** How a sign-in ended: `failed` has nothing to accept, `lost` sent something elsewhere. */
export type Verdict =
  | { readonly kind: 'accepted'; readonly subject: unknown }
  | { readonly kind: 'refused'; readonly by: Check }
  | { readonly kind: 'failed' | 'lost' }

interface Client extends Visit {
  readonly demand: Demand
  readonly web: Web
}

interface Secrets {
  readonly state: string
  readonly nonce: string
  readonly verifier: string
}

const SAME_FOR_ALL = 'the-one-verifier-that-this-client-uses-for-everybody'

/** Signs in, without some checks. */
export async function carelessLogin(visit: Visit, without: readonly Check[]): Promise<Verdict> {
  const demand = demanding(without)
  const client = { ...visit, demand, web: createWeb(demand, without, visit) }
  const secret = (): string => randomBytes(32).toString('base64url')
  const verifier = without.includes('pkce') ? SAME_FOR_ALL : secret()
  try {
    return await login(client, { state: secret(), nonce: secret(), verifier })
  } catch (error) {
    if (error instanceof Refused) return { kind: 'refused', by: error.by }
    return { kind: error instanceof Lost ? 'lost' : 'failed' }
  }
}

async function login(client: Client, secrets: Secrets): Promise<Verdict> {
  const { demand, web, issuer } = client
  const metadata = await web.json(`${issuer}/.well-known/openid-configuration`)
  demand('discovery_issuer', metadata['issuer'] === issuer)
  const known = metadata['id_token_signing_alg_values_supported']
  demand('metadata', Array.isArray(known) && known.some((name) => name === 'ES256'))
  const startedAt = Date.now() / 1000
  const code = await askForCode(client, metadata, secrets)
  const tokens = await redeem(client, metadata, { code, verifier: secrets.verifier })
  const accessToken = typeof tokens['access_token'] === 'string' ? tokens['access_token'] : undefined
  const keys = await web.json(metadata['jwks_uri'])
  const expected = { ...client, clientId: client.client.clientId, nonce: secrets.nonce, startedAt }
  const claims = await judge(client, tokens['id_token'], { keys: listOf(demand, keys['keys']), expected, accessToken })
  const person = await askPerson(client, metadata['userinfo_endpoint'], {
    accessToken,
    keys: listOf(demand, keys['keys']),
  })
  const isAsked = accessToken !== undefined && claims['sub'] !== undefined && claims['sub'] !== ''
  demand('userinfo_subject', !isAsked || person['sub'] === claims['sub'])
  const subject = claims['sub'] ?? person['sub']
  return subject === undefined ? { kind: 'failed' } : { kind: 'accepted', subject }
}

async function askForCode(client: Client, metadata: Json, secrets: Secrets): Promise<string> {
  const { demand, issuer, acr, maxAge } = client
  const url = new URL(String(metadata['authorization_endpoint']))
  const challenge = createHash('sha256').update(secrets.verifier).digest('base64url')
  url.search = new URLSearchParams({
    client_id: client.client.clientId,
    redirect_uri: client.callback,
    response_type: 'code',
    scope: 'openid profile email',
    state: secrets.state,
    nonce: secrets.nonce,
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...(acr === undefined ? {} : { acr_values: acr }),
    ...(maxAge === undefined ? {} : { max_age: String(maxAge) }),
  }).toString()
  const isHere = url.href.startsWith(`${issuer}/`)
  demand('endpoints', isHere)
  if (!isHere) throw new Lost(url.href)
  const { searchParams: answer } = new URL(await client.goThere(url.href))
  demand(
    'single',
    ['state', 'code', 'iss'].every((name) => answer.getAll(name).length <= 1),
  )
  demand('state', answer.get('state') === secrets.state)
  demand('response_issuer', answer.get('iss') === issuer)
  demand('error', !answer.has('error'))
  demand('front_channel', !['id_token', 'access_token', 'response'].some((name) => answer.has(name)))
  return answer.get('code') ?? ''
}

async function redeem(
  { web, demand, client, callback }: Client,
  metadata: Json,
  { code, verifier }: { readonly code: string; readonly verifier: string },
): Promise<Json> {
  const basic = [client.clientId, client.clientSecret].map(encodeURIComponent).join(':')
  const tokens = await web.json(metadata['token_endpoint'], {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(basic).toString('base64')}` },
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code,
      redirect_uri: callback,
      code_verifier: verifier,
    }),
  })
  demand('error_beside_tokens', tokens['error'] === undefined)
  demand('access_token', typeof tokens['access_token'] === 'string')
  demand('token_type', String(tokens['token_type']).toLowerCase() === 'bearer')
  demand('id_token', typeof tokens['id_token'] === 'string')
  return tokens
}

/** Without an ID token the careless take UserInfo's word for who it is. */
async function judge(
  { demand, client }: Client,
  token: unknown,
  by: { readonly keys: readonly Json[]; readonly expected: Expected; readonly accessToken: string | undefined },
): Promise<Json> {
  const [text]: unknown[] = [token].flat()
  if (typeof text !== 'string') return {}
  const claims = await readSigned(demand, text, { ...by, secret: client.clientSecret })
  checkClaims(demand, claims, by.expected)
  if (by.accessToken !== undefined) checkTokenHash(demand, claims['at_hash'], by.accessToken)
  return claims
}

async function askPerson(
  { web, demand, client }: Client,
  url: unknown,
  { accessToken, keys }: { readonly accessToken: string | undefined; readonly keys: readonly Json[] },
): Promise<Json> {
  if (accessToken === undefined) return {}
  const init = { headers: { authorization: `Bearer ${accessToken}` } }
  const answer = await web.text(url, init)
  if (answer.type !== 'application/jwt') return web.json(url, init)
  const signed = await readSigned(demand, answer.text, { keys, secret: client.clientSecret }).catch(() => undefined)
  demand('userinfo_signature', signed !== undefined)
  return signed ?? { ...JSON.parse(Buffer.from(answer.text.split('.')[1] ?? '', 'base64url').toString('utf8')) }
}

function listOf(demand: Demand, keys: unknown): readonly Json[] {
  demand('shape', keys === undefined || Array.isArray(keys))
  const list: readonly Json[] = Object.values(keys ?? {})
  demand('key_count', list.length <= 100)
  return list
}
