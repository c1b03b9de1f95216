import { gzipSync } from 'node:zlib'
import { MARKUP, OTHER_ISSUER } from './act.ts'
import { at, doubled, members, usualFaults } from './answers.ts'
import type { Change, FaultPair } from './act.ts'

/** The provider's configuration. */
export const DISCOVERY_FAULTS = {
  discovery_issuer_mismatch: 'Another issuer’s name.',
  discovery_issuer_slash: 'The issuer with one more slash.',
  discovery_issuer_other_case: 'The issuer in other letters, large and small.',
  discovery_missing_issuer: 'No issuer.',
  discovery_doubled_issuer: 'Two issuers, the right one last.',
  discovery_foreign_endpoint: 'The token endpoint is elsewhere, over plain HTTP.',
  discovery_script_endpoint: 'The authorization endpoint is a script.',
  discovery_endpoint_as_number: 'A number for the token endpoint.',
  discovery_missing_authorization: 'No authorization endpoint.',
  discovery_missing_token: 'No token endpoint.',
  discovery_missing_jwks: 'No address of keys.',
  discovery_list_as_text: 'The list of algorithms is text.',
  discovery_only_none: 'The only algorithm is `none`.',
  discovery_as_list: 'The configuration in a list.',
  discovery_deep: 'A thousand lists in each other.',
  discovery_not_json: 'A page in place of a configuration.',
  discovery_cut_off: 'JSON that stops in the middle.',
  discovery_oversized: 'Two megabytes.',
  discovery_gzip_bomb: 'Small on the wire, five megabytes unpacked.',
  discovery_redirect: 'Status 302.',
  discovery_missing: 'Status 404, with markup.',
  discovery_unavailable: 'Status 503.',
  discovery_dripping: 'A byte at a time.',
  slow_discovery: 'No answer.',
} as const

const discovery = at('discovery')
const usual = usualFaults('discovery')

export const discoveryPairs: Readonly<Record<keyof typeof DISCOVERY_FAULTS, FaultPair>> = {
  discovery_issuer_mismatch: discovery(members(() => ({ issuer: OTHER_ISSUER }))),
  discovery_issuer_slash: discovery(members((_, { issuer }) => ({ issuer: `${issuer}/` }))),
  discovery_issuer_other_case: discovery(members((_, { issuer }) => ({ issuer: issuer.replace('http', 'HTTP') }))),
  discovery_missing_issuer: discovery(members(() => ({ issuer: undefined }))),
  discovery_doubled_issuer: discovery((answer, tools) =>
    doubled('issuer', () => tools.issuer)({ ...answer, json: { ...answer.json, issuer: OTHER_ISSUER } }, tools),
  ),
  discovery_foreign_endpoint: discovery(members(() => ({ token_endpoint: 'http://attacker.example/token' }))),
  discovery_script_endpoint: discovery(
    members(() => ({ authorization_endpoint: 'javascript:alert("provider text")' })),
  ),
  discovery_endpoint_as_number: discovery(members(() => ({ token_endpoint: 4_711 }))),
  discovery_missing_authorization: discovery(members(() => ({ authorization_endpoint: undefined }))),
  discovery_missing_token: discovery(members(() => ({ token_endpoint: undefined }))),
  discovery_missing_jwks: discovery(members(() => ({ jwks_uri: undefined }))),
  discovery_list_as_text: discovery(members(() => ({ id_token_signing_alg_values_supported: 'ES256' }))),
  discovery_only_none: discovery(members(() => ({ id_token_signing_alg_values_supported: ['none'] }))),
  discovery_as_list: usual.list,
  discovery_deep: discovery(nested(1_000), nested(5)),
  discovery_not_json: usual.notJson,
  discovery_cut_off: usual.cutOff,
  discovery_oversized: usual.oversized,
  discovery_gzip_bomb: discovery(packed(5_000_000), packed(900_000)),
  discovery_redirect: usual.redirected(302),
  discovery_missing: discovery((answer) => ({ ...answer, status: 404, raw: MARKUP, type: 'text/html' })),
  discovery_unavailable: usual.unavailable,
  discovery_dripping: usual.dripping,
  slow_discovery: usual.slow,
}

function nested(depth: number): Change {
  return (answer) => ({
    ...answer,
    raw: `${JSON.stringify(answer.json).slice(0, -1)},"nest":${'['.repeat(depth)}${']'.repeat(depth)}}`,
  })
}

function packed(filler: number): Change {
  return (answer) => ({
    ...answer,
    raw: gzipSync(JSON.stringify({ ...answer.json, filler: 'x'.repeat(filler) }), { level: 1 }),
    headers: { 'content-encoding': 'gzip' },
  })
}
