import { createHmac, generateKeyPairSync, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'

/** The parts of a compact JWS, decoded but for its signature. */
export interface TokenParts {
  readonly header: Readonly<Record<string, unknown>>
  readonly claims: Readonly<Record<string, unknown>>
  /** base64url, as on the wire. */
  readonly signature: string
}

/** A P-256 key pair and the name it goes by. */
export interface SigningKey {
  readonly kid: string
  readonly privateKey: KeyObject
}

/** Makes a fresh ES256 key. */
export function createSigningKey(kid: string): SigningKey {
  return { kid, privateKey: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey }
}

/** The private key as a JWK for the provider's key set. */
export function toJwk(key: SigningKey): Readonly<Record<string, string>> {
  const { kty = '', crv = '', x = '', y = '', d = '' } = key.privateKey.export({ format: 'jwk' })
  return { kty, crv, x, y, d, kid: key.kid, alg: 'ES256', use: 'sig' }
}

/** Takes a token apart. It comes from the provider itself, so its form is not in doubt. */
export function readToken(token: string): TokenParts {
  const [header = '', claims = '', signature = ''] = token.split('.')
  return { header: decode(header), claims: decode(claims), signature }
}

/** Puts a token together with a signature that is given, right or wrong. */
export function formatToken(parts: TokenParts): string {
  return `${encode(parts.header)}.${encode(parts.claims)}.${parts.signature}`
}

/** Signs header and claims as they are with ES256 (RFC 7518 §3.4). */
export function signToken(header: TokenParts['header'], claims: TokenParts['claims'], key: KeyObject): string {
  const signed = `${encode(header)}.${encode(claims)}`
  const signature = sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' })
  return `${signed}.${signature.toString('base64url')}`
}

/** Authenticates claims with HS256 under a text key: what a confused verifier would take for a signature. */
export function macToken(claims: TokenParts['claims'], secret: string): string {
  const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
}

function encode(value: Readonly<Record<string, unknown>>): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function decode(part: string): Record<string, unknown> {
  const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
  return typeof value === 'object' && value !== null ? { ...value } : {}
}
