import type { KoaContextWithOIDC } from 'oidc-provider'

/** What the provider has seen, the oldest first. */
export interface ProviderRecord {
  /** The path of every request. */
  readonly requests: string[]
  /** The parameters of every authorization request. */
  readonly authorizations: Parameters[]
  /** How clients proved themselves. */
  readonly clientAuthentications: string[]
  /** The parameters of every pushed request, by the reference that was given for it. */
  readonly pushed: Map<string, Parameters>
}

type Parameters = Readonly<Record<string, string>>

const JWT_CLAIMS = new Set(['iss', 'aud', 'exp', 'nbf', 'iat', 'jti'])
const SECRETS = new Set(['client_secret', 'client_assertion', 'client_assertion_type'])

/** Makes a record with nothing in it. */
export function createRecord(): ProviderRecord {
  return { requests: [], authorizations: [], clientAuthentications: [], pushed: new Map() }
}

/** Notes a request after it was worked on, refused ones too. */
export function note(record: ProviderRecord, ctx: object): void {
  if (!isOfProvider(ctx)) return
  if (ctx.path === '/token' || ctx.path === '/request') record.clientAuthentications.push(authenticationOf(ctx))
  if (ctx.path === '/request') notePushed(record, ctx)
  if (ctx.path === '/auth') {
    const { request_uri: reference } = ctx.query
    record.authorizations.push(record.pushed.get(String(reference)) ?? parametersOf(ctx.query))
  }
}

function notePushed(record: ProviderRecord, ctx: KoaContextWithOIDC): void {
  const body: unknown = ctx.body
  const reference: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, 'request_uri') : undefined
  if (typeof reference === 'string') record.pushed.set(reference, parametersOf(ctx.oidc.body ?? {}))
}

/** What was asked, before the library reads anything into it: in the signed request where there is one. */
function parametersOf(fields: Readonly<Record<string, unknown>>): Parameters {
  const inside = typeof fields['request'] === 'string' ? readPart(fields['request'], 1) : undefined
  const beside = inside === undefined ? SECRETS : JWT_CLAIMS
  const parameters = Object.entries(inside ?? fields).filter(([name]) => !beside.has(name))
  return Object.fromEntries(parameters.map(([name, value]) => [name, toText(value)]))
}

/** Whether it was a request to one of the provider's endpoints. */
function isOfProvider(ctx: object): ctx is KoaContextWithOIDC {
  return 'oidc' in ctx
}

function authenticationOf(ctx: KoaContextWithOIDC): string {
  if (/^basic /i.test(ctx.get('authorization'))) return 'client_secret_basic'
  const { client_assertion: assertion, client_secret: secret } = ctx.oidc.body ?? {}
  if (typeof assertion === 'string') {
    return String(readPart(assertion, 0)?.['alg']).startsWith('HS') ? 'client_secret_jwt' : 'private_key_jwt'
  }
  if (secret !== undefined) return 'client_secret_post'
  // Nothing is in the request itself: it is the connection that proves it, or nothing does.
  return ctx.oidc.client?.clientAuthMethod ?? 'none'
}

function readPart(token: string, index: number): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(token.split('.')[index] ?? '', 'base64url').toString('utf8'))
    return typeof value === 'object' && value !== null ? { ...value } : undefined
  } catch {
    return undefined
  }
}

function toText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
