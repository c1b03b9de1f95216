import { createPublicKey, sign as signRaw } from 'node:crypto'
import { toPem } from '../certificates.ts'
import {
  ATTACKER,
  attackerCertificate,
  macDraft,
  publicJwk,
  signDraft,
  signedBy,
  unsigned,
  withHeader,
} from './attacker.ts'
import type { Draft, FaultPair, Json, Sign } from './act.ts'

/** Signature and form of the ID token. */
export const SIGNATURE_FAULTS = {
  bad_signature: 'One bit of the signature is flipped.',
  empty_signature: 'The signature is empty.',
  missing_signature: 'The token ends before its signature.',
  der_signature: 'The signature is in DER, where the standard wants two bare numbers.',
  signature_trailing_byte: 'One more byte follows the signature.',
  signature_padding: 'The signature is padded with equals signs.',
  trailing_blanks: 'A line break and blanks follow the token.',
  two_tokens: 'Two tokens are joined by a dot.',
  five_parts: 'Two more parts follow, as if the token were encrypted.',
  wrong_key: 'Another key has signed, under the name of the right one.',
  unknown_key: 'Another key has signed, under a name that is not published.',
  alg_none: 'The algorithm is `none`, and there is no signature.',
  alg_none_capital: 'The algorithm is `None`.',
  alg_none_mixed_case: 'The algorithm is `nOnE`.',
  alg_hs256: 'Authenticated with the client secret.',
  alg_hs256_public_pem: 'Authenticated with the public key as if that were a secret, in PEM.',
  alg_hs256_public_jwk: 'Authenticated with the public key as if that were a secret, as JWK.',
  embedded_jwk: 'The header brings the key that has signed.',
  embedded_jku: 'The header says where to find the key that has signed.',
  embedded_x5c: 'The header brings a certificate of the key that has signed.',
  embedded_x5u: 'The header says where to find a certificate of the key that has signed.',
  critical_header: 'The header has a rule that must be understood, and nobody knows it.',
  unencoded_payload: 'The header says that the claims are not encoded (RFC 7797).',
  logout_token: 'The type is that of a logout token.',
  access_token_type: 'The type is that of an access token.',
} as const

const honest: Sign = (draft, { key }) => signDraft(draft, key.privateKey)
const sign = (fault: Sign, twin: Sign = honest): FaultPair => ({ fault: { sign: fault }, twin: { sign: twin } })
/** Changes the finished token's text. */
const text = (change: (token: string) => string): FaultPair => sign((draft, tools) => change(honest(draft, tools)))
const attackerKey = (): typeof ATTACKER.privateKey => ATTACKER.privateKey
const unsecured = (alg: string): FaultPair => sign((draft) => `${unsigned({ ...draft, header: { alg, typ: 'JWT' } })}.`)

/** The attacker signs and says in the header where the key is; the twin says so too, and the provider has signed. */
function embedded(key: () => typeof ATTACKER.privateKey, member: () => Json): FaultPair {
  return sign(
    (draft, tools) => signedBy(key, { ...member(), kid: ATTACKER.kid })(draft, tools),
    (draft, tools) => withHeader(member())(draft, tools),
  )
}

export const signaturePairs: Readonly<Record<keyof typeof SIGNATURE_FAULTS, FaultPair>> = {
  bad_signature: text(flipped),
  empty_signature: sign((draft) => `${unsigned(draft)}.`),
  missing_signature: sign(unsigned),
  der_signature: sign((draft, { key }) => derSigned(draft, key.privateKey)),
  signature_trailing_byte: text((token) => changeSignature(token, (bytes) => Buffer.concat([bytes, Buffer.of(1)]))),
  signature_padding: text((token) => `${token}==`),
  trailing_blanks: text((token) => `${token}\n  `),
  two_tokens: text((token) => `${token}.${token}`),
  five_parts: text((token) => `${token}.AAAA.AAAA`),
  wrong_key: sign(signedBy(attackerKey)),
  unknown_key: sign(signedBy(attackerKey, { kid: ATTACKER.kid })),
  alg_none: unsecured('none'),
  alg_none_capital: unsecured('None'),
  alg_none_mixed_case: unsecured('nOnE'),
  alg_hs256: sign((draft, { clientSecret }) => macDraft(draft, clientSecret)),
  alg_hs256_public_pem: sign((draft, { key }) => macDraft(draft, publicPem(key.privateKey))),
  alg_hs256_public_jwk: sign((draft, { key }) => macDraft(draft, JSON.stringify(publicJwk(key.privateKey)))),
  embedded_jwk: embedded(attackerKey, () => ({ jwk: publicJwk(ATTACKER.privateKey) })),
  embedded_jku: embedded(attackerKey, () => ({ jku: dataAddress(JSON.stringify(attackerKeySet())) })),
  embedded_x5c: embedded(certificateKey, () => ({ x5c: [attackerCertificate().der.toString('base64')] })),
  embedded_x5u: embedded(certificateKey, () => ({ x5u: dataAddress(toPem(attackerCertificate())) })),
  critical_header: sign(
    withHeader({ crit: ['urn:example:rule'], 'urn:example:rule': true }),
    withHeader({ 'urn:example:rule': true }),
  ),
  unencoded_payload: sign(withHeader({ crit: ['b64'], b64: false }), withHeader({ b64: true })),
  logout_token: sign(withHeader({ typ: 'logout+jwt' }), withHeader({ typ: 'JWT' })),
  access_token_type: sign(withHeader({ typ: 'at+jwt' }), withHeader({ typ: undefined })),
}

function flipped(token: string): string {
  return changeSignature(token, (bytes) => {
    bytes[10] = (bytes[10] ?? 0) ^ 1
    return bytes
  })
}

function changeSignature(token: string, change: (bytes: Buffer) => Buffer): string {
  const at = token.lastIndexOf('.') + 1
  return token.slice(0, at) + change(Buffer.from(token.slice(at), 'base64url')).toString('base64url')
}

function derSigned(draft: Draft, key: typeof ATTACKER.privateKey): string {
  const signed = unsigned(draft)
  return `${signed}.${signRaw('sha256', Buffer.from(signed), key).toString('base64url')}`
}

function publicPem(key: typeof ATTACKER.privateKey): string {
  return createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString()
}

function certificateKey(): typeof ATTACKER.privateKey {
  return attackerCertificate().privateKey
}

function attackerKeySet(): Json {
  return { keys: [{ ...publicJwk(ATTACKER.privateKey), kid: ATTACKER.kid }] }
}

/** Whoever follows it finds the content; nobody else has to serve it. */
function dataAddress(content: string): string {
  return `data:,${encodeURIComponent(content)}`
}
