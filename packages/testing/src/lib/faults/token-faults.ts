import { MARKUP } from './act.ts'
import { at, doubled, members, usualFaults } from './answers.ts'
import { ATTACKER, signedBy } from './attacker.ts'
import type { Change, FaultPair } from './act.ts'

/** The answer of the token endpoint. */
export const TOKEN_FAULTS = {
  token_error: 'The code is refused; the words of it are markup.',
  token_error_of_markup: 'An error whose name is markup.',
  token_error_beside_tokens: 'An error beside good tokens, with status 200.',
  token_client_refused: 'The client is refused.',
  token_unavailable: 'Status 503.',
  token_redirect: 'Status 307: the code would be sent elsewhere.',
  token_moved: 'Status 302.',
  token_oversized: 'Two megabytes.',
  token_not_json: 'A page in place of an answer.',
  token_cut_off: 'JSON that stops in the middle.',
  token_wrong_type: 'JSON that calls itself a page.',
  token_as_list: 'The answer in a list.',
  missing_access_token: 'No access token.',
  access_token_as_number: 'A number for an access token.',
  missing_token_type: 'No type of the access token.',
  other_token_type: 'An access token of an unknown type.',
  missing_id_token: 'No ID token.',
  id_token_as_list: 'The ID token in a list.',
  doubled_id_token: 'Two ID tokens, the right one last.',
  slow_token: 'No answer.',
} as const

const token = at('token')
const usual = usualFaults('token')
const page: Change = (answer) => ({ ...answer, raw: JSON.stringify(answer.json), type: 'text/html' })
const refusal =
  (error: string): Change =>
  (answer) => ({ ...answer, status: 400, json: { error, error_description: MARKUP } })
const note = members(() => ({ note: MARKUP }))
const shouted = members(({ token_type: type }) => ({ token_type: String(type).toUpperCase() }))

export const tokenPairs: Readonly<Record<keyof typeof TOKEN_FAULTS, FaultPair>> = {
  token_error: token(refusal('invalid_grant'), note),
  token_error_of_markup: token(refusal(MARKUP), note),
  token_error_beside_tokens: token(
    members(() => ({ error: 'invalid_grant', error_description: MARKUP })),
    note,
  ),
  token_client_refused: token((answer) => ({ ...answer, status: 401, json: { error: 'invalid_client' } })),
  token_unavailable: usual.unavailable,
  token_redirect: usual.redirected(307),
  token_moved: usual.redirected(302),
  token_oversized: usual.oversized,
  token_not_json: usual.notJson,
  token_cut_off: usual.cutOff,
  token_wrong_type: token(page, (answer) => ({ ...answer, type: 'application/json; charset=utf-8' })),
  token_as_list: usual.list,
  missing_access_token: token(members(() => ({ access_token: undefined }))),
  access_token_as_number: token(members(() => ({ access_token: 4_711 }))),
  missing_token_type: token(
    members(() => ({ token_type: undefined })),
    shouted,
  ),
  other_token_type: token(
    members(() => ({ token_type: 'mac' })),
    shouted,
  ),
  missing_id_token: token(members(() => ({ id_token: undefined }))),
  id_token_as_list: token(members(({ id_token: one }) => ({ id_token: [one] }))),
  doubled_id_token: token(doubledIdToken),
  slow_token: usual.slow,
}

/** The attacker's comes first; whoever reads the last one is lucky. */
function doubledIdToken(answer: Parameters<Change>[0], tools: Parameters<Change>[1]): ReturnType<Change> {
  const draft = { header: { alg: 'ES256', kid: ATTACKER.kid }, payload: JSON.stringify({ sub: 'someone-else' }) }
  const forged = signedBy(() => ATTACKER.privateKey)(draft, tools)
  const { id_token: right, ...others } = answer.json
  return doubled('id_token', () => right)({ ...answer, json: { ...others, id_token: forged } }, tools)
}
