import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ASSURANCE } from './assurance.ts'
import { proveLogin, userId } from './login-proof.ts'
import type { Owner } from './linking/links.ts'
import type { LoginProof, Proving } from './login-proof.ts'

const ISSUER = 'https://id.example'
const TRANSACTION = {
  state: 's',
  nonce: 'n',
  verifier: 'v',
  purpose: { for: 'login' },
  issuer: ISSUER,
  clientId: 'client',
  callbackUrl: 'https://app.example/auth/callback',
  lineage: 'lineage-1',
  flow: 'flow-1',
  returnTo: '/there',
  startedAt: 0,
} as const

const NOW = 1_750_000_000_000
const SETTINGS = {
  store: { now: () => NOW },
  assurance: ASSURANCE,
  dpop: false,
  levelClaim: 'acr',
  provider: 'openidconnect',
  proof: { by: 'secret', secret: 's' },
} as const

type Changes = Partial<Proving['settings']> & {
  readonly header?: { alg: string; kid?: string }
  readonly acrValues?: readonly string[]
}

function ownerOfItself(issuer: string, subject: string): Owner {
  const user = userId(issuer, subject)
  return { user, unchanged: { op: 'check', key: ['oidc-link', user], expect: null } }
}

function prove(
  claims: object,
  userinfo?: Record<string, unknown>,
  { header = { alg: 'ES256' }, acrValues, ...changes }: Changes = {},
): LoginProof {
  const tokens = { idToken: 'i', accessToken: 'a', refreshToken: undefined, parameters: {}, digest: 'd' }
  const settings = { ...SETTINGS, ...changes }
  const proving = { settings, context: undefined, owner: ownerOfItself(ISSUER, 'ada') }
  const completed = { claims: { sub: 'ada', iat: 0, ...claims }, header, userinfo, ...tokens }
  return proveLogin(completed, { ...TRANSACTION, ...(acrValues === undefined ? {} : { acrValues }) }, proving)
}

describe('userId', () => {
  test('v5.0.0-6.8.1 is u_ and 32 characters, the same for the same issuer and subject', () => {
    expect(userId(ISSUER, 'ada')).toMatch(/^u_[\w-]{32}$/)
    expect(userId(ISSUER, 'ada')).toBe(userId(ISSUER, 'ada'))
  })

  test('v5.0.0-6.8.1 NC-06 differs when issuer or subject does, in any letter or its size', () => {
    const ids = [userId(ISSUER, 'ada'), userId(ISSUER, 'Ada'), userId(`${ISSUER}/`, 'ada'), userId(ISSUER, 'ada ')]

    expect(new Set(ids).size).toBe(4)
  })

  test('does not run issuer and subject together', () => {
    expect(userId('https://a', 'b')).not.toBe(userId('https://ab', ''))
  })
})

describe('proveLogin', () => {
  test('takes the provider’s auth_time for when it was proved, never our clock', () => {
    expect(prove({ auth_time: 1_700_000_000 }).login.evidence?.at).toBe(1_700_000_000_000)
  })

  test('F-40 takes a sign-in that the provider dates a little ahead for one of this moment, so that it counts at once', () => {
    expect(prove({ auth_time: NOW / 1_000 + 20 }).login.evidence?.at).toBe(NOW)
  })

  test('judges all levels and methods that a token names, and keeps those that were asked for or mean something', () => {
    const acrs = ['p1', ...Array.from({ length: 40 }, (_, index) => `c${index}`)]
    const amr = [...Array.from({ length: 40 }, (_, index) => `m${index}`), 'mfa', 'hwk']
    const assurance = [
      { acr: 'c30', strong: true },
      { amr: ['mfa', 'hwk'], strength: ['device_bound' as const] },
    ]
    const changes = { levelClaim: 'acrs' as const, assurance }

    const asked = prove({ acrs, amr }, undefined, { ...changes, acrValues: ['c39'] }).login.evidence
    const unasked = prove({ acrs, amr }, undefined, changes).login.evidence

    expect(asked).toMatchObject({ acr: 'c39', strong: true, strength: ['device_bound'] })
    expect(unasked?.acr).toBe('c30')
    expect(asked?.amr).toEqual(['mfa', 'hwk', 'm0', 'm1', 'm2', 'm3', 'm4', 'm5', 'm6', 'm7'])
  })

  test('F-40 v5.0.0-6.8.4 takes a sign-in of unknown time for one that is never fresh', () => {
    expect(prove({}).login.evidence?.at).toBe(0)
  })

  test('v5.0.0-6.8.4 NB-32 counts as a second factor only with mfa in amr', () => {
    const strong = (amr: unknown): unknown => prove({ amr }).login.evidence?.strong

    expect([strong(['pwd', 'mfa']), strong(['otp', 'hwk']), strong('mfa'), strong(undefined)]).toEqual([
      true,
      false,
      false,
      false,
    ])
  })

  test('keeps acr and amr when they are plain words, and no more than ten', () => {
    const { evidence } = prove({
      acr: 'level-2',
      amr: ['pwd', 1, 'a b', ...Array.from({ length: 20 }, () => 'otp')],
    }).login

    expect(evidence?.acr).toBe('level-2')
    expect(evidence?.amr).toHaveLength(10)
    expect(prove({ acr: 'a\nb' }).login.evidence).not.toHaveProperty('acr')
  })

  test('names the account by e-mail address, user name, name or subject, whichever is there', () => {
    const accounts = [
      prove({ email: 'a@b.example', name: 'Ada' }),
      prove({ preferred_username: 'ada1', name: 'Ada' }),
      prove({ name: 'Ada' }),
      prove({ name: '\u0000\u202e', email: 1 }),
    ]

    expect(accounts.map(({ login }) => login.account)).toEqual(['a@b.example', 'ada1', 'Ada', 'ada'])
  })

  test('prefers what UserInfo says, but never about the subject', () => {
    const { login } = prove({ name: 'old' }, { name: 'new', sub: 'ben' })

    expect(login.identity).toMatchObject({ name: 'new', subject: 'ada' })
    expect(login.user).toBe(userId(ISSUER, 'ada'))
  })

  test('records a key id only when it is short and plain', () => {
    const keyId = (kid: string): unknown => {
      const { data } = prove({}, undefined, { header: { alg: 'ES256', kid } }).succeeded.input
      return 'keyId' in data ? data.keyId : undefined
    }

    expect([keyId('key-1'), keyId('a\nb'), keyId('k'.repeat(129))]).toEqual(['key-1', undefined, undefined])
  })

  test('bounds and cleans whatever the provider says of a person', () => {
    const claim = fc.oneof(fc.string({ unit: 'binary', maxLength: 400 }), fc.constant('\ud800'), fc.anything())

    fc.assert(
      fc.property(
        fc.record({ name: claim, email: claim, preferred_username: claim, acr: claim, amr: claim }),
        (claims) => {
          const { login } = prove(claims)
          const texts = [login.account, ...Object.values(login.identity)]
          expect(login.account.length).toBeLessThanOrEqual(128)
          expect(texts.every((text) => text.length <= 256 && text.isWellFormed() && !/\p{Cc}/u.test(text))).toBe(true)
        },
      ),
    )
  })
})
