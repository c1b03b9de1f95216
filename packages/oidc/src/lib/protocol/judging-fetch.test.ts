import { describe, expect, test } from 'vitest'
import { judgingFetch } from './judging-fetch.ts'
import type { FetchLike } from './guarded-fetch.ts'
import type { TokenHeader } from './signed-token.ts'

const ISSUER = 'https://id.example'
const KEYS = `${ISSUER}/jwks`
const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const token = (kid: string): string =>
  `${encode({ alg: 'ES256', kid })}.${encode({ iss: ISSUER, sub: 'ada', aud: 'client', exp: 2, iat: 1, nonce: 'n' })}.c2ln`
const TOKENS = { access_token: 'a', token_type: 'Bearer', id_token: token('k1') }
const code = (name: string): unknown => expect.objectContaining({ code: name })

/** A grant whose provider answers with this, and the headers for which keys were looked for. */
function open(answer: Response): { readonly ask: FetchLike; readonly wanted: TokenHeader[] } {
  const wanted: TokenHeader[] = []
  const ask = judgingFetch({
    issuer: ISSUER,
    clientId: 'client',
    algorithms: ['ES256'],
    dpop: false,
    keysUri: KEYS,
    fetch: async () => answer,
    keys: {
      find: async (_, header) => {
        wanted.push(header)
        return [{ jwk: { kty: 'EC', kid: 'k1' }, kid: 'k1', thumbprint: 't' }]
      },
    },
  })
  return { ask, wanted }
}

const post = { method: 'POST', headers: {} }
const get = { method: 'GET', headers: {} }

describe('judgingFetch', () => {
  test('gives the library the keys that were looked for by the header of the token at hand', async () => {
    const { ask, wanted } = open(Response.json(TOKENS))
    await ask(`${ISSUER}/token`, post)

    const keys = await ask(KEYS, get)

    expect(await keys.json()).toEqual({ keys: [{ kty: 'EC', kid: 'k1' }] })
    expect(wanted).toEqual([{ alg: 'ES256', kid: 'k1' }])
  })

  test('looks for the key of a signed UserInfo answer by its own header', async () => {
    const { ask, wanted } = open(new Response(token('k2'), { headers: { 'content-type': 'application/jwt' } }))
    await ask(`${ISSUER}/me`, get)
    await ask(KEYS, get)

    expect(wanted).toEqual([{ alg: 'ES256', kid: 'k2' }])
  })

  test('gives no keys to anybody who has no token', async () => {
    const { ask, wanted } = open(Response.json(TOKENS))

    await expect(ask(KEYS, get)).rejects.toThrow(code('ERR_OIDC_TOKEN'))
    expect(wanted).toEqual([])
  })

  test('judges what counts as a success, and hands on what does not as it is', async () => {
    await expect(open(Response.json({})).ask(`${ISSUER}/token`, post)).rejects.toThrow(
      code('ERR_OIDC_PROVIDER_RESPONSE'),
    )
    await expect(open(Response.json({})).ask(`${ISSUER}/me`, get)).rejects.toThrow(code('ERR_OIDC_USERINFO'))

    const refused = await open(Response.json({ error: 'invalid_grant' }, { status: 400 })).ask(`${ISSUER}/token`, post)
    expect([refused.status, await refused.json()]).toEqual([400, { error: 'invalid_grant' }])
  })
})
