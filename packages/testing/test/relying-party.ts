// The other side of the provider's tests: an application in its smallest form, which shows the wire as it is.
import { createHash, generateKeyPairSync, randomUUID } from 'node:crypto'
import { createBrowser } from '../src/lib/browser.ts'
import { exchange } from '../src/lib/exchange.ts'
import { readToken, signToken } from '../src/lib/id-token.ts'
import type { KeyObject } from 'node:crypto'
import type { Browser, BrowserPage } from '../src/lib/browser.ts'
import type { Answer, TlsParts } from '../src/lib/exchange.ts'
import type { FakeProvider } from '../src/lib/fake-provider.ts'
import type { TokenParts } from '../src/lib/id-token.ts'

export const CALLBACK = 'http://127.0.0.1:9/callback'
const VERIFIER = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'

/** Parameters of a request, or the fields of a form. */
export type Fields = Readonly<Record<string, string>>

/** What came back from an endpoint, its JSON read. */
export interface JsonAnswer {
  readonly status: number
  readonly headers: Headers
  readonly body: Readonly<Record<string, unknown>>
}

/** An ES256 key of the application, and its public half as a JWK. */
export interface ClientKey {
  readonly privateKey: KeyObject
  readonly jwk: Readonly<Record<string, string>>
}

export function createClientKey(): ClientKey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { kty = '', crv = '', x = '', y = '' } = publicKey.export({ format: 'jwk' })
  return { privateKey, jwk: { kty, crv, x, y, alg: 'ES256', use: 'sig' } }
}

/** The parameters of an ordinary request. */
export function parametersOf(provider: FakeProvider, extra: Fields = {}): Fields {
  return {
    client_id: provider.client.clientId,
    redirect_uri: CALLBACK,
    response_type: 'code',
    scope: 'openid profile email',
    state: 'the-state',
    nonce: 'the-nonce',
    code_challenge: createHash('sha256').update(VERIFIER).digest('base64url'),
    code_challenge_method: 'S256',
    ...extra,
  }
}

export const isCallback = (location: string): boolean => location.startsWith(CALLBACK)

export const browserFor = (provider: FakeProvider): Browser => createBrowser(provider.issuer, { ca: provider.ca })

/** Opens the authorization endpoint: the page that the provider shows, or the redirect to the callback. */
export async function open(parameters: Fields, browser: Browser): Promise<BrowserPage> {
  return browser.follow(await browser.get(`/auth?${new URLSearchParams(parameters).toString()}`), isCallback)
}

/** Asks for sign-in with ordinary parameters, and answers what is asked as Ada. */
export async function authorize(
  provider: FakeProvider,
  extra: Fields = {},
  browser: Browser = browserFor(provider),
): Promise<URL> {
  return authorizeWith(provider, parametersOf(provider, extra), browser)
}

/** Asks for sign-in with exactly these parameters, and answers what is asked as Ada. */
export async function authorizeWith(
  provider: FakeProvider,
  parameters: Fields,
  browser: Browser = browserFor(provider),
): Promise<URL> {
  const page = await open(parameters, browser)
  return page.location === undefined ? signIn(page, browser) : new URL(page.location)
}

/** Fills the sign-in form in as Ada; where the browser ends up. */
export async function signIn(page: BrowserPage, browser: Browser): Promise<URL> {
  const sent = await browser.submit(page.form('/interaction/'), { username: 'ada', password: 'correct horse' })
  const end = await browser.follow(sent, isCallback)
  return new URL(end.location ?? end.url)
}

/** Sends a form to an endpoint. */
export async function post(
  provider: FakeProvider,
  path: string,
  { fields, headers = {}, tls = {} }: { fields: Fields; headers?: Fields; tls?: TlsParts },
): Promise<JsonAnswer> {
  const form = { 'content-type': 'application/x-www-form-urlencoded' }
  const answer = await exchange({
    url: new URL(path, provider.issuer),
    method: 'POST',
    headers: { ...form, ...headers },
    body: new URLSearchParams(fields).toString(),
    tls: { ca: provider.ca, ...tls },
  })
  return readJson(answer)
}

/** Opens an endpoint. */
export async function get(provider: FakeProvider, path: string, headers: Fields = {}): Promise<JsonAnswer> {
  return readJson(await getText(provider, path, headers))
}

/** Opens an endpoint whose answer need not be JSON. */
export function getText(provider: FakeProvider, path: string, headers: Fields = {}): Promise<Answer> {
  return exchange({ url: new URL(path, provider.issuer), method: 'GET', headers, tls: { ca: provider.ca } })
}

/** The fields that redeem a code. */
export function redemption(callback: URL): Fields {
  const code = callback.searchParams.get('code') ?? ''
  return { grant_type: 'authorization_code', code, redirect_uri: CALLBACK, code_verifier: VERIFIER }
}

/** `client_secret_basic`. */
export function basic(provider: FakeProvider): Fields {
  const { clientId, clientSecret } = provider.client
  const pair = [clientId, clientSecret].map((part) => encodeURIComponent(part)).join(':')
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` }
}

/** Redeems a code with the client's secret. */
export function redeem(provider: FakeProvider, callback: URL): Promise<JsonAnswer> {
  return post(provider, '/token', { fields: redemption(callback), headers: basic(provider) })
}

/** Signs in and redeems the code; the ID token. */
export async function idToken(provider: FakeProvider, extra: Fields = {}, browser?: Browser): Promise<string> {
  const { body } = await redeem(provider, await authorize(provider, extra, browser))
  return String(body['id_token'])
}

/** Signs in and redeems the code; the claims of the ID token. */
export async function claimsOf(
  provider: FakeProvider,
  extra: Fields = {},
  browser?: Browser,
): Promise<TokenParts['claims']> {
  return readToken(await idToken(provider, extra, browser)).claims
}

/** `private_key_jwt`: the fields of an assertion for the provider. */
export function assertion(provider: FakeProvider, key: ClientKey): Fields {
  const { clientId } = provider.client
  const claims = { iss: clientId, sub: clientId, aud: provider.issuer, ...freshness() }
  return {
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: signToken({ alg: 'ES256' }, claims, key.privateKey),
  }
}

/** A request object that holds these parameters. */
export function requestObject(provider: FakeProvider, key: ClientKey, parameters: Fields): string {
  const claims = { ...parameters, iss: provider.client.clientId, aud: provider.issuer, ...freshness() }
  return signToken({ alg: 'ES256', typ: 'oauth-authz-req+jwt' }, claims, key.privateKey)
}

/** A DPoP proof for one request (RFC 9449 §4.2). */
export function proof(
  key: ClientKey,
  request: { method: string; url: string; nonce?: string; token?: string },
): Fields {
  const { kty, crv, x, y } = key.jwk
  const ath = request.token === undefined ? {} : { ath: createHash('sha256').update(request.token).digest('base64url') }
  const nonce = request.nonce === undefined ? {} : { nonce: request.nonce }
  const claims = { htm: request.method, htu: request.url, ...nonce, ...ath, ...freshness() }
  return { dpop: signToken({ alg: 'ES256', typ: 'dpop+jwt', jwk: { kty, crv, x, y } }, claims, key.privateKey) }
}

function freshness(): { iat: number; exp: number; jti: string } {
  const iat = Math.floor(Date.now() / 1000)
  return { iat, exp: iat + 60, jti: randomUUID() }
}

function readJson({ status, headers, text }: Answer): JsonAnswer {
  return { status, headers, body: text.startsWith('{') ? { ...JSON.parse(text) } : {} }
}
