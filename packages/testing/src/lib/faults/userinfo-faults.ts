import { at, doubled, members, usualFaults } from './answers.ts'
import { ATTACKER, signDraft, unsigned } from './attacker.ts'
import { readToken } from '../id-token.ts'
import type { Act, Answer, Change, Draft, FaultPair, FaultTools, Json } from './act.ts'

/** The answer of UserInfo. */
export const USERINFO_FAULTS = {
  userinfo_other_subject: 'About somebody else.',
  userinfo_missing_subject: 'About nobody.',
  userinfo_subject_as_list: 'The subject in a list.',
  doubled_userinfo_subject: 'Two subjects, the right one last.',
  userinfo_as_list: 'The answer in a list.',
  userinfo_not_json: 'A page in place of an answer.',
  userinfo_oversized: 'Two megabytes.',
  userinfo_redirect: 'Status 302.',
  userinfo_unauthorized: 'Status 401: the access token is refused.',
  userinfo_unavailable: 'Status 503.',
  slow_userinfo: 'No answer.',
  userinfo_forged: 'A signed answer, by another key.',
  userinfo_alg_none: 'A signed answer whose algorithm is `none`.',
} as const

const userinfo = at('userinfo')
const usual = usualFaults('userinfo')
const algorithm = members(() => ({ userinfo_signing_alg_values_supported: ['ES256'] }))
/** Answers by a JWT, and lets discovery say so. */
const signed = (write: (answer: Answer, tools: FaultTools) => string): Act => ({
  discovery: algorithm,
  userinfo: (answer, tools) => ({ ...answer, raw: write(answer, tools), type: 'application/jwt' }),
})
const HEADER = { alg: 'ES256', typ: 'JWT' }
const honest = signed((answer, tools) => {
  const { key } = tools
  return signDraft(
    { header: { ...HEADER, kid: key.kid }, payload: JSON.stringify(about(answer, tools)) },
    key.privateKey,
  )
})

export const userinfoPairs: Readonly<Record<keyof typeof USERINFO_FAULTS, FaultPair>> = {
  userinfo_other_subject: userinfo(members(() => ({ sub: 'someone-else' }))),
  userinfo_missing_subject: userinfo(members(() => ({ sub: undefined }))),
  userinfo_subject_as_list: userinfo(members(({ sub }) => ({ sub: [sub] }))),
  doubled_userinfo_subject: userinfo(otherFirst),
  userinfo_as_list: usual.list,
  userinfo_not_json: usual.notJson,
  userinfo_oversized: usual.oversized,
  userinfo_redirect: usual.redirected(302),
  userinfo_unauthorized: userinfo((answer) => ({
    ...answer,
    status: 401,
    json: { error: 'invalid_token' },
    headers: { 'www-authenticate': 'Bearer error="invalid_token", error_description="provider text"' },
  })),
  userinfo_unavailable: usual.unavailable,
  slow_userinfo: usual.slow,
  userinfo_forged: {
    fault: signed((answer, tools) =>
      signDraft(forged(about(answer, tools), { ...HEADER, kid: tools.key.kid }), ATTACKER.privateKey),
    ),
    twin: honest,
  },
  userinfo_alg_none: {
    fault: signed((answer, tools) => `${unsigned(forged(about(answer, tools), { alg: 'none' }))}.`),
    twin: honest,
  },
}

/** A signed answer says from whom to whom (OpenID Connect Core §5.3.2). */
function about({ json }: Answer, { issuer, earlier }: FaultTools): Json {
  const { aud } = readToken(earlier.idTokens.at(-1) ?? '..').claims
  return { ...json, iss: issuer, aud }
}

function otherFirst(answer: Answer, tools: FaultTools): ReturnType<Change> {
  const { sub, ...others } = answer.json
  return doubled('sub', () => sub)({ ...answer, json: { ...others, sub: 'someone-else' } }, tools)
}

/** The right person with the attacker's address. */
function forged(json: Json, header: Json): Draft {
  return { header, payload: JSON.stringify({ ...json, email: 'attacker@attacker.example' }) }
}
