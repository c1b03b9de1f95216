import { createHmac, createPublicKey, generateKeyPairSync } from 'node:crypto'
import { createMaker } from '../certificates.ts'
import { createSigningKey } from '../id-token.ts'
import { signBytes } from '../signing.ts'
import type { KeyObject } from 'node:crypto'
import type { SigningKey } from '../id-token.ts'
import type { Certified } from '../certificates.ts'
import type { Draft, Json, Sign } from './act.ts'

/** A key that the provider has nothing to do with. */
export const ATTACKER: SigningKey = createSigningKey('attacker')

const rsaKeys = new Map<number, KeyObject>()
let certified: Certified | undefined

/** An RSA key of this length, made when it is first needed. */
export function rsaKey(bits: number): KeyObject {
  const known = rsaKeys.get(bits) ?? generateKeyPairSync('rsa', { modulusLength: bits }).privateKey
  rsaKeys.set(bits, known)
  return known
}

/** The attacker's certificate and its key, made when they are first needed. */
export function attackerCertificate(): Certified {
  certified ??= createMaker(new Uint8Array(16)).leaf
  return certified
}

/** The public half as a JWK, without a name. */
export function publicJwk(key: KeyObject): Json {
  return { ...createPublicKey(key).export({ format: 'jwk' }) }
}

/** Header and claims as they are signed. */
export function unsigned({ header, payload }: Draft): string {
  return `${encode(JSON.stringify(header))}.${encode(payload)}`
}

/** Signs a draft with this key, by the algorithm that its header names. */
export function signDraft(draft: Draft, key: KeyObject): string {
  const signed = unsigned(draft)
  return `${signed}.${signBytes(draft.header['alg'], Buffer.from(signed), key).toString('base64url')}`
}

/** Authenticates a draft with HS256 under a text: what a confused verifier takes for a signature. */
export function macDraft(draft: Draft, secret: string | Buffer): string {
  const signed = unsigned({ ...draft, header: { ...draft.header, alg: 'HS256' } })
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
}

/** Signs as the provider does, with other members in the header; `undefined` leaves one out. */
export function withHeader(change: Json): Sign {
  return (draft, { key }) => signDraft({ ...draft, header: { ...draft.header, ...change } }, key.privateKey)
}

/** Signs with another key, with other members in the header. */
export function signedBy(key: () => KeyObject, change: Json = {}): Sign {
  return (draft) => signDraft({ ...draft, header: { ...draft.header, ...change } }, key())
}

function encode(text: string): string {
  return Buffer.from(text).toString('base64url')
}
