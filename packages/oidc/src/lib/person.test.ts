import { describe, expect, test } from 'vitest'
import { describePerson, personOf } from './person.ts'
import type { Passed } from './login-flow.ts'
import type { Person } from './person.ts'

const TRANSACTION = {
  state: 's',
  nonce: 'n',
  verifier: 'v',
  purpose: { for: 'login' },
  issuer: 'https://id.example',
  clientId: 'client',
  callbackUrl: 'https://app.example/auth/callback',
  lineage: 'l',
  flow: 'f',
  returnTo: '/',
  startedAt: 0,
} as const

function person(claims: object, userinfo?: Record<string, unknown>): Person {
  const tokens = { idToken: 'i', accessToken: 'a', refreshToken: undefined, parameters: {}, digest: 'd' }
  const completed = { claims: { sub: 'ada', iat: 0, ...claims }, header: { alg: 'ES256' }, userinfo, ...tokens }
  const login = { user: 'u_ada', account: 'ada', identity: {}, lineage: 'l', flow: 'f' }
  const proof = { login, succeeded: { type: 'oidc.login.succeeded', input: {} }, writes: [], returnTo: '/' }
  const passed: Omit<Passed, 'proof'> & { proof: unknown } = { completed, transaction: TRANSACTION, proof }
  return Reflect.apply(personOf, undefined, [passed])
}

describe('personOf', () => {
  test('says the same in profile and claims: what UserInfo says, and else the ID token', () => {
    const { profile, claims } = person(
      { name: 'Old', email: 'ada@id.example', groups: ['a'] },
      { name: 'New', groups: [] },
    )

    expect([profile.displayName, claims['name']]).toEqual(['New', 'New'])
    expect([profile.emails, claims['email'], claims['groups']]).toEqual([
      [{ value: 'ada@id.example' }],
      'ada@id.example',
      [],
    ])
  })

  test('takes what speaks of the sign-in itself from the ID token or from nowhere', () => {
    const names = 'iss sub aud azp exp iat nonce acr acrs amr auth_time at_hash'.split(' ')
    const forged = Object.fromEntries(names.map((name) => [name, 'forged']))

    const { claims } = person({ iss: 'https://id.example', acr: 'low' }, { ...forged, name: 'Ada' })

    expect(claims).toEqual({ sub: 'ada', iat: 0, iss: 'https://id.example', acr: 'low', name: 'Ada' })
  })
})

describe('describePerson', () => {
  test('shows a name of at most 128 characters, none of which turns the text around or hides', () => {
    const long = describePerson(person({ name: `\u202e${'x'.repeat(900_000)}` }))
    const hidden = describePerson(person({ name: '\u200b\u0007', preferred_username: 'ada1' }))
    const none = describePerson(person({ name: ' ', sub: '\u200b' }))

    expect(long).toEqual({ id: 'u_ada', name: 'x'.repeat(127) })
    expect(hidden).toEqual({ id: 'u_ada', name: 'ada1' })
    expect(none).toEqual({ id: 'u_ada', name: 'u_ada' })
  })
})
