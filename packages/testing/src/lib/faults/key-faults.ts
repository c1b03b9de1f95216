import { at, members, usualFaults } from './answers.ts'
import { ATTACKER, macDraft, publicJwk, rsaKey, signDraft, signedBy, withHeader } from './attacker.ts'
import type { Act, Change, FaultPair, FaultTools, Json, Sign } from './act.ts'

/** The key set, and which of its keys a token names. */
export const KEY_FAULTS = {
  kid_missing: 'Two keys are published, and the token names none.',
  kid_of_encryption_key: 'The token names a key that is published for encryption.',
  kid_twice: 'Two keys are published under one name, and the token names it.',
  kid_as_path: 'The token names a file.',
  kid_oversized: 'The token names a key by a hundred thousand characters of markup.',
  es256_for_rsa_key: 'The header says ES256 and names an RSA key, which has signed.',
  rs256_for_ec_key: 'The header says RS256 and names an EC key, which has signed.',
  rsa_key_512: 'Signed by an RSA key of 512 bits.',
  rsa_key_1024: 'Signed by an RSA key of 1024 bits.',
  jwks_private_key: 'The private half of the key is published too.',
  jwks_symmetric: 'A shared secret is published, and authenticates the token.',
  jwks_ten_thousand: 'Ten thousand keys.',
  jwks_as_object: 'The keys are no list.',
  jwks_empty: 'No keys.',
  jwks_not_json: 'A page in place of keys.',
  jwks_oversized: 'Two megabytes.',
  jwks_redirect: 'Status 302.',
  jwks_unavailable: 'Status 503.',
  jwks_dripping: 'A byte at a time.',
  slow_jwks: 'No answer.',
} as const

const jwks = at('jwks')
const usual = usualFaults('jwks')
const keys = (change: (keys: readonly Json[], tools: FaultTools) => unknown): Change =>
  members(({ keys: published }, tools) => ({ keys: change(Array.isArray(published) ? published : [], tools) }))
/** Publishes further keys, in front of the provider's own. */
const adding = (...more: readonly Json[]): Change => keys((own) => [...more, ...own])
const attackerJwk = publicJwk(ATTACKER.privateKey)
const second = { ...attackerJwk, kid: 'second', alg: 'ES256', use: 'sig' }
const bySecond = signedBy(() => ATTACKER.privateKey, { kid: 'second' })
const SECRET = 'a shared secret that is published: 0123456789'
const oct = { kty: 'oct', k: Buffer.from(SECRET).toString('base64url'), kid: 'shared', alg: 'HS256', use: 'sig' }
const announceRs256: Change = members(({ id_token_signing_alg_values_supported: known }) => ({
  id_token_signing_alg_values_supported: [...(Array.isArray(known) ? known : []), 'RS256'],
}))

export const keyPairs: Readonly<Record<keyof typeof KEY_FAULTS, FaultPair>> = {
  kid_missing: {
    fault: { jwks: adding(second), sign: withHeader({ kid: undefined }) },
    twin: { jwks: adding(second) },
  },
  kid_of_encryption_key: {
    fault: { jwks: adding({ ...attackerJwk, kid: 'second', use: 'enc' }), sign: bySecond },
    twin: { jwks: adding(second), sign: bySecond },
  },
  kid_twice: {
    fault: {
      jwks: keys((own, { key }) => [{ ...second, kid: key.kid }, ...own]),
      sign: signedBy(() => ATTACKER.privateKey),
    },
    twin: { jwks: adding(second), sign: bySecond },
  },
  kid_as_path: named('../../../../../../dev/null', '../../keys/provider'),
  kid_oversized: named('<b>provider text</b>'.repeat(5_000), 'k'.repeat(128)),
  es256_for_rsa_key: { fault: rsa(2_048, 'ES256'), twin: rsa(2_048, 'RS256') },
  rs256_for_ec_key: {
    fault: { discovery: announceRs256, sign: withHeader({ alg: 'RS256' }) },
    twin: rsa(2_048, 'RS256'),
  },
  rsa_key_512: { fault: rsa(512, 'RS256'), twin: rsa(2_048, 'RS256') },
  rsa_key_1024: { fault: rsa(1_024, 'RS256'), twin: rsa(2_048, 'RS256') },
  jwks_private_key: jwks(
    keys((own, { key }) => own.map((one) => (one['kid'] === key.kid ? withPrivate(one, key) : one))),
  ),
  jwks_symmetric: {
    fault: { jwks: adding(oct), sign: (draft) => macDraft({ ...draft, header: { kid: 'shared' } }, SECRET) },
    twin: { jwks: adding(second) },
  },
  jwks_ten_thousand: jwks(keys(crowd(10_000)), keys(crowd(20))),
  jwks_as_object: jwks(keys((own) => Object.fromEntries(own.entries()))),
  jwks_empty: jwks(keys(() => [])),
  jwks_not_json: usual.notJson,
  jwks_oversized: usual.oversized,
  jwks_redirect: usual.redirected(302),
  jwks_unavailable: usual.unavailable,
  jwks_dripping: usual.dripping,
  slow_jwks: usual.slow,
}

/** The attacker signs under this name; the twin's name is that of the provider's own key. */
function named(wrong: string, right: string): FaultPair {
  const renamed: Act = {
    jwks: keys((own, { key }) => own.map((one) => (one['kid'] === key.kid ? { ...one, kid: right } : one))),
    sign: withHeader({ kid: right }),
  }
  return { fault: { sign: signedBy(() => ATTACKER.privateKey, { kid: wrong }) }, twin: renamed }
}

/** The provider has an RSA key too, signs with it, and names this algorithm. */
function rsa(bits: number, alg: string): Act {
  const sign: Sign = (draft) => signDraft({ ...draft, header: { typ: 'JWT', alg, kid: 'rsa' } }, rsaKey(bits))
  return { discovery: announceRs256, sign, jwks: (answer, tools) => adding(rsaJwk(bits))(answer, tools) }
}

function rsaJwk(bits: number): Json {
  return { ...publicJwk(rsaKey(bits)), kid: 'rsa', use: 'sig' }
}

function withPrivate(jwk: Json, key: FaultTools['key']): Json {
  return { ...jwk, ...key.privateKey.export({ format: 'jwk' }) }
}

/** So many further keys, the provider's own last. */
function crowd(count: number): (own: readonly Json[]) => readonly Json[] {
  return (own) => [...Array.from({ length: count }, (_, index) => ({ kty: 'EC', kid: `k${index}` })), ...own]
}
