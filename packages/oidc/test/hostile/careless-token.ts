// How the careless client looks for keys and judges signatures: every mistake of this kind that was ever published.
import { X509Certificate, createHmac, createPublicKey, verify } from 'node:crypto'
import { readJson } from './careless-web.ts'
import type { KeyObject, webcrypto } from 'node:crypto'
import type { Demand, Json } from './careless-checks.ts'

/** A signed text, taken apart. */
interface Parts {
  readonly header: Json
  readonly signed: string
  readonly signature: Buffer
}

/** What the client could check it by. */
interface Known {
  readonly keys: readonly Json[]
  readonly secret: string
}

const TYPES: Readonly<Record<string, string>> = { ES256: 'EC', RS256: 'RSA' }

/** Judges a token and gives its claims. */
export async function readSigned(demand: Demand, token: string, { keys, secret }: Known): Promise<Json> {
  demand('form', /^[\w-]+\.[\w-]+\.[\w-]*$/.test(token))
  const [head = '', payload = '', signature = ''] = token.split('.')
  const header = parse(head)
  demand('critical', header['crit'] === undefined)
  demand('type', header['typ'] === undefined || header['typ'] === 'JWT')
  const parts = { header, signed: `${head}.${payload}`, signature: Buffer.from(signature, 'base64url') }
  const found = await findKeys(demand, header, keys)
  const alg = String(header['alg'])
  demand('algorithm', alg in TYPES && found.every((key) => key['kty'] === TYPES[alg]))
  demand('signature', isSecured(parts, keys, secret) || found.some((key) => isSigned(demand, parts, key)))
  return readJson(demand, Buffer.from(payload, 'base64url').toString('utf8'))
}

async function findKeys(demand: Demand, header: Json, keys: readonly Json[]): Promise<readonly Json[]> {
  const { kid } = header
  const brought = await broughtKey(header)
  const named = keys.filter((key) => kid === undefined || key['kid'] === kid)
  demand('key_source', brought === undefined || named.length > 0)
  if (named.length === 0 && brought) return [brought]
  demand('key_choice', named.length <= 1)
  for (const key of named) {
    demand('key_use', key['use'] === undefined || key['use'] === 'sig')
    demand('private_key', key['kty'] === 'oct' || key['d'] === undefined)
    demand('key_size', key['kty'] !== 'RSA' || Buffer.from(String(key['n']), 'base64url').length >= 256)
  }
  return named
}

/** The key that the token itself brings or names. */
async function broughtKey({ jwk, jku, x5c, x5u }: Json): Promise<Json | undefined> {
  if (typeof jwk === 'object' && jwk !== null) return { ...jwk }
  const certificate = Array.isArray(x5c) ? Buffer.from(String(x5c[0]), 'base64') : undefined
  const text = typeof jku === 'string' || typeof x5u === 'string' ? await (await fetch(String(jku ?? x5u))).text() : ''
  if (certificate || x5u !== undefined) {
    return { ...new X509Certificate(certificate ?? text).publicKey.export({ format: 'jwk' }) }
  }
  return jku === undefined ? undefined : { ...JSON.parse(text).keys[0] }
}

function isSigned(demand: Demand, { signed, signature }: Parts, jwk: Json): boolean {
  if (jwk['kty'] === 'oct') return false
  const key = toKey(jwk)
  const bytes = Buffer.from(signed)
  if (key.asymmetricKeyType === 'rsa') return verify('sha256', bytes, key, signature)
  demand('encoding', signature.length === 0 || signature.length === 64)
  return (
    verify('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' }, signature.subarray(0, 64)) ||
    verify('sha256', bytes, { key, dsaEncoding: 'der' }, signature)
  )
}

/** Lets the token say how it is secured: not at all, or by whatever the client has that could be a secret. */
function isSecured({ header, signed, signature }: Parts, keys: readonly Json[], secret: string): boolean {
  const alg = String(header['alg']).toLowerCase()
  if (alg === 'none') return true
  if (alg !== 'hs256') return false
  const texts: readonly (string | Buffer)[] = keys.flatMap((jwk): readonly (string | Buffer)[] =>
    jwk['kty'] === 'oct' ? [Buffer.from(String(jwk['k']), 'base64url')] : textsOf(jwk),
  )
  return [secret, ...texts].some((text) => createHmac('sha256', text).update(signed).digest().equals(signature))
}

function textsOf(jwk: Json): readonly string[] {
  const key = toKey(jwk)
  return [key.export({ type: 'spki', format: 'pem' }).toString(), JSON.stringify(key.export({ format: 'jwk' }))]
}

function toKey(jwk: Json): KeyObject {
  const key: webcrypto.JsonWebKey = { ...jwk }
  return createPublicKey({ key, format: 'jwk' })
}

function parse(part: string): Json {
  return { ...JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) }
}
