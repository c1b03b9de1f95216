import { defined, OTHER_ISSUER } from './act.ts'
import { appendMember, prependMember } from './answers.ts'
import { signedBy, ATTACKER } from './attacker.ts'
import { readToken } from '../id-token.ts'
import type { FaultPair, FaultTools, Json } from './act.ts'

/** Claims of the ID token, signed by the provider's own key but for the last three. */
export const CLAIM_FAULTS = {
  wrong_issuer: 'Another issuer’s name.',
  missing_issuer: 'No issuer.',
  issuer_slash: 'The issuer with one more slash.',
  issuer_other_case: 'The issuer in other letters, large and small.',
  issuer_as_list: 'The issuer in a list.',
  doubled_issuer: 'Two issuers, the right one last.',
  missing_subject: 'No subject.',
  empty_subject: 'An empty subject.',
  oversized_subject: 'A subject of 256 characters.',
  subject_as_number: 'A number for a subject.',
  doubled_subject: 'Two subjects, somebody else’s last.',
  wrong_audience: 'For another client.',
  missing_audience: 'For nobody.',
  extra_audience: 'For another client too.',
  missing_azp: 'For another client too, and not saying to whom it was given.',
  azp_of_another: 'Given to another client.',
  audience_empty: 'For an empty list of clients.',
  audience_as_number: 'A number for an audience.',
  audience_as_object: 'An object for an audience, with the client’s name in it.',
  doubled_audience: 'Two audiences, the right one last.',
  expired: 'Expired a minute ago.',
  missing_expiry: 'Never expires.',
  expiry_as_text: 'The expiry is text.',
  future_nbf: 'Valid from tomorrow.',
  nbf_as_text: 'The beginning of its validity is text.',
  future_iat: 'Made tomorrow.',
  stale_iat: 'Made yesterday.',
  missing_iat: 'Does not say when it was made.',
  iat_as_text: 'The time of its making is text.',
  wrong_nonce: 'A nonce that nobody sent.',
  missing_nonce: 'No nonce.',
  nonce_as_list: 'The nonce in a list.',
  doubled_nonce: 'Two nonces, the right one last.',
  nonce_of_another_tab: 'The nonce of the sign-in before this one.',
  stale_auth_time: 'The person signed in yesterday.',
  missing_auth_time: 'Does not say when the person signed in.',
  future_auth_time: 'The person signs in tomorrow.',
  auth_time_as_text: 'The time at which the person signed in is text.',
  downgraded_acr: 'A level that nobody asked for.',
  missing_acr: 'No level.',
  acr_as_list: 'The level in a list.',
  wrong_at_hash: 'The hash of another access token.',
  at_hash_as_number: 'A number for the hash of the access token.',
  payload_as_list: 'The claims in a list.',
  payload_not_json: 'Claims that are no JSON.',
  replayed_id_token: 'The whole ID token of the sign-in before this one.',
  foreign_id_token: 'An ID token of another provider, signed by that one.',
} as const

type ClaimChange = (claims: Json, tools: FaultTools) => Json

const MINUTE = 60
const HOUR = 60 * MINUTE
const claims = (fault: ClaimChange, twin: ClaimChange = () => ({})): FaultPair => ({
  fault: { claims: (before, tools) => defined({ ...before, ...fault(before, tools) }) },
  twin: { claims: (before, tools) => defined({ ...before, ...twin(before, tools) }) },
})
const payload = (fault: (text: string) => string): FaultPair => ({ fault: { payload: fault }, twin: { payload: same } })
const same = (text: string): string => text

export const claimPairs: Readonly<Record<keyof typeof CLAIM_FAULTS, FaultPair>> = {
  wrong_issuer: claims(() => ({ iss: OTHER_ISSUER })),
  missing_issuer: claims(() => ({ iss: undefined })),
  issuer_slash: claims((_, { issuer }) => ({ iss: `${issuer}/` })),
  issuer_other_case: claims((_, { issuer }) => ({ iss: issuer.replace('http', 'HTTP') })),
  issuer_as_list: claims(({ iss }) => ({ iss: [iss] })),
  doubled_issuer: payload((text) => prependMember(text, 'iss', OTHER_ISSUER)),
  missing_subject: claims(() => ({ sub: undefined })),
  empty_subject: claims(() => ({ sub: '' })),
  // UserInfo has to agree with the twin.
  oversized_subject: withSubject('s'.repeat(256), 's'.repeat(255)),
  subject_as_number: claims(() => ({ sub: 4_711 })),
  doubled_subject: { fault: { ...payload((text) => appendMember(text, 'sub', 'someone-else')).fault }, twin: {} },
  wrong_audience: claims(() => ({ aud: 'another-client' })),
  missing_audience: claims(() => ({ aud: undefined })),
  extra_audience: claims(({ aud }) => ({ aud: [aud, 'another-client'], azp: aud }), onlyAudience),
  missing_azp: claims(({ aud }) => ({ aud: [aud, 'another-client'] }), onlyAudience),
  azp_of_another: claims(() => ({ azp: 'another-client' }), onlyAudience),
  audience_empty: claims(() => ({ aud: [] }), onlyAudience),
  audience_as_number: claims(() => ({ aud: 4_711 })),
  audience_as_object: claims(({ aud }) => ({ aud: { [String(aud)]: true } })),
  doubled_audience: payload((text) => prependMember(text, 'aud', 'another-client')),
  expired: claims(
    (_, { now }) => ({ iat: now - 2 * MINUTE, exp: now - MINUTE }),
    (_, { now }) => ({ exp: now - 5 }),
  ),
  missing_expiry: claims(() => ({ exp: undefined })),
  expiry_as_text: claims(({ exp }) => ({ exp: String(exp) })),
  future_nbf: claims(
    (_, { now }) => ({ nbf: now + 24 * HOUR }),
    (_, { now }) => ({ nbf: now - 5 }),
  ),
  nbf_as_text: claims(
    (_, { now }) => ({ nbf: String(now - 5) }),
    (_, { now }) => ({ nbf: now - 5 }),
  ),
  future_iat: claims(
    (_, { now }) => ({ iat: now + 24 * HOUR, exp: now + 25 * HOUR }),
    (_, { now }) => ({ iat: now + 5 }),
  ),
  stale_iat: claims(
    (_, { now }) => ({ iat: now - 24 * HOUR }),
    (_, { now }) => ({ iat: now - 60 }),
  ),
  missing_iat: claims(() => ({ iat: undefined })),
  iat_as_text: claims(({ iat }) => ({ iat: String(iat) })),
  wrong_nonce: claims(() => ({ nonce: 'of-another-transaction' })),
  missing_nonce: claims(() => ({ nonce: undefined })),
  nonce_as_list: claims(({ nonce }) => ({ nonce: [nonce] })),
  doubled_nonce: payload((text) => prependMember(text, 'nonce', 'of-another-transaction')),
  nonce_of_another_tab: claims((_, tools) => ({ nonce: readToken(newestIdToken(tools)).claims['nonce'] })),
  stale_auth_time: claims(
    (_, { now }) => ({ auth_time: now - 24 * HOUR }),
    (_, { now }) => ({ auth_time: now - 5 }),
  ),
  missing_auth_time: claims(() => ({ auth_time: undefined })),
  future_auth_time: claims(
    (_, { now }) => ({ auth_time: now + 24 * HOUR }),
    (_, { now }) => ({ auth_time: now + 5 }),
  ),
  auth_time_as_text: claims(({ auth_time: at }) => ({ auth_time: String(at) })),
  downgraded_acr: claims(() => ({ acr: 'urn:example:acr:none' })),
  missing_acr: claims(() => ({ acr: undefined })),
  acr_as_list: claims(({ acr }) => ({ acr: [acr] })),
  wrong_at_hash: claims(() => ({ at_hash: 'AAAAAAAAAAAAAAAAAAAAAA' })),
  at_hash_as_number: claims(() => ({ at_hash: 4_711 })),
  payload_as_list: payload((text) => `[${text}]`),
  payload_not_json: payload((text) => text.slice(0, -1)),
  replayed_id_token: { fault: { sign: (_, tools) => newestIdToken(tools) }, twin: {} },
  foreign_id_token: {
    fault: {
      claims: (before) => ({ ...before, iss: OTHER_ISSUER }),
      sign: signedBy(() => ATTACKER.privateKey, { kid: ATTACKER.kid }),
    },
    twin: {},
  },
}

function onlyAudience({ aud }: Json): Json {
  return { aud: [aud], azp: aud }
}

function withSubject(wrong: string, right: string): FaultPair {
  const say = (sub: string): FaultPair['fault'] => ({
    claims: (before) => ({ ...before, sub }),
    userinfo: (answer) => ({ ...answer, json: { ...answer.json, sub } }),
  })
  return { fault: say(wrong), twin: say(right) }
}

function newestIdToken({ earlier }: FaultTools): string {
  const token = earlier.idTokens.at(-1)
  if (token === undefined) throw new Error('This fault needs an earlier sign-in at this provider')
  return token
}
