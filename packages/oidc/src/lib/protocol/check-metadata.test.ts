import { describe, expect, test } from 'vitest'
import { readMetadata } from './check-metadata.ts'

const ISSUER = 'https://id.example'
const GOOD = {
  issuer: ISSUER,
  authorization_endpoint: `${ISSUER}/auth`,
  token_endpoint: `${ISSUER}/token`,
  jwks_uri: `${ISSUER}/jwks`,
  id_token_signing_alg_values_supported: ['ES256'],
  authorization_response_iss_parameter_supported: true,
  mtls_endpoint_aliases: { token_endpoint: `${ISSUER}/mtls/token` },
}
const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' }

const answer = (body: unknown, init: ResponseInit = {}): Response =>
  new Response(typeof body === 'string' ? body : JSON.stringify(body), { headers: JSON_TYPE, ...init })
const refused = expect.objectContaining({ code: 'ERR_OIDC_METADATA' })

/** What becomes of each answer, and what does when all are refused. */
async function judge(answers: readonly Response[]): Promise<readonly [judged: unknown, allRefused: unknown]> {
  const judged = await Promise.allSettled(answers.map((one) => readMetadata(one, ISSUER)))
  return [judged, answers.map(() => ({ status: 'rejected', reason: refused }))]
}

describe('readMetadata', () => {
  test('DISC-01 gives the members that are known, and no others', async () => {
    const metadata = await readMetadata(answer({ ...GOOD, op_tos_uri: 'javascript:alert(1)', filler: [{}] }), ISSUER)

    expect(metadata).toEqual(GOOD)
  })

  test('DISC-01 v5.0.0-10.5.3 compares the issuer character by character', async () => {
    const issuers = [`${ISSUER}/`, 'https://ID.example', 'https://id.example:443', '', undefined, [ISSUER], null]

    const [judged, allRefused] = await judge(issuers.map((issuer) => answer({ ...GOOD, issuer })))

    expect(judged).toEqual(allRefused)
  })

  test('DISC-01 refuses a member of another type', async () => {
    const wrong = [
      { token_endpoint: 1 },
      { token_endpoint: null },
      { token_endpoint: '' },
      { jwks_uri: [`${ISSUER}/jwks`] },
      { userinfo_endpoint: {} },
      { jwks_uri: `${ISSUER}/${'a'.repeat(2_048)}` },
      { id_token_signing_alg_values_supported: 'ES256' },
      { id_token_signing_alg_values_supported: ['ES256', 1] },
      { token_endpoint_auth_methods_supported: { client_secret_basic: true } },
      { acr_values_supported: Array.from({ length: 1_001 }, () => 'a') },
      { authorization_response_iss_parameter_supported: 'true' },
      { require_pushed_authorization_requests: 1 },
      { mtls_endpoint_aliases: [] },
      { mtls_endpoint_aliases: { token_endpoint: 1 } },
    ]

    const [judged, allRefused] = await judge(wrong.map((members) => answer({ ...GOOD, ...members })))

    expect(judged).toEqual(allRefused)
  })

  test('DISC-01 refuses what two parsers could read differently, and what is too deep', async () => {
    const text = JSON.stringify(GOOD)
    const deep = `${'['.repeat(20)}${']'.repeat(20)}`

    const [judged, allRefused] = await judge([
      answer(text.replace('{', `{"issuer":"https://other.example",`)),
      answer(text.replace('{', `{"token_endpoint":"https://other.example/token",`)),
      answer(text.replace('{', `{"filler":${deep},`)),
      answer(`[${text}]`),
      answer(`${text}x`),
    ])

    expect(judged).toEqual(allRefused)
  })

  test('DISC-01 wants status 200 and JSON that calls itself so', async () => {
    const headers = { 'content-type': 'text/html' }

    const [judged, allRefused] = await judge([
      answer(GOOD, { headers }),
      answer(GOOD, { headers: {} }),
      answer(GOOD, { status: 203 }),
    ])

    expect(judged).toEqual(allRefused)
  })
})
