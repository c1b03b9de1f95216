import { generateKeyPairSync } from 'node:crypto'
import { signBytes } from './signing.ts'
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

/** Takes a token apart. It comes from the provider itself, so its form is not in doubt. */
export function readToken(token: string): TokenParts {
  const [header = '', claims = '', signature = ''] = token.split('.')
  return { header: decode(header), claims: decode(claims), signature }
}

/** Signs header and claims as they are, by the algorithm that the header names. */
export function signToken(header: TokenParts['header'], claims: TokenParts['claims'], key: KeyObject): string {
  const signed = `${encode(header)}.${encode(claims)}`
  return `${signed}.${signBytes(header['alg'], Buffer.from(signed), key).toString('base64url')}`
}

function encode(value: Readonly<Record<string, unknown>>): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function decode(part: string): Record<string, unknown> {
  const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
  return typeof value === 'object' && value !== null ? { ...value } : {}
}
