import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readWho } from './who-value.ts'

const WHOLE = {
  user: 'ada',
  lineage: 'l1',
  tenant: 't1',
  authn: {
    factor: 'oidc',
    authenticator: 'a1',
    strength: ['phishing_resistant'],
    acr: 'silver',
    amr: ['pwd'],
    protocol: 'oidc',
  },
}

describe('readWho', () => {
  test('takes all that is said in the right form', () => {
    expect(readWho({ ...WHOLE, extra: 7 })).toEqual({ who: WHOLE, isWhole: true })
  })

  test('takes a member that is undefined as not said', () => {
    const said = { user: 'ada', lineage: undefined, tenant: undefined, authn: { factor: 'totp', amr: undefined } }

    expect(readWho(said)).toEqual({ who: { user: 'ada', authn: { factor: 'totp' } }, isWhole: true })
    expect(readWho({ user: 'ada', authn: undefined })).toEqual({ who: { user: 'ada' }, isWhole: true })
  })

  test.each([
    ['a text', 'ada'],
    ['a list', ['ada']],
    ['a number for the user', { user: 7 }],
    ['an empty user', { user: '' }],
    ['an endless user', { user: 'x'.repeat(513) }],
    ['half a character', { user: 'a\ud800' }],
    ['NUL', { user: 'a\0' }],
  ])('finds nobody in %s', (_what, said) => {
    expect(readWho(said)).toEqual({ who: undefined, isWhole: false })
  })

  test.each([
    ['a lineage of 257 bytes', { lineage: 'ä'.repeat(129) }],
    ['half a character in the lineage', { lineage: 'a\ud800' }],
    ['a tenant that is a number', { tenant: 7 }],
    ['an endless tenant', { tenant: 'x'.repeat(201) }],
    ['authn as a text', { authn: 'password' }],
    ['authn as nothing', { authn: null }],
  ])('leaves %s out, and says so', (_what, said) => {
    expect(readWho({ user: 'ada', ...said })).toEqual({ who: { user: 'ada' }, isWhole: false })
  })

  test.each([
    ['a factor that there is not', { factor: 'password' }],
    ['an authenticator that is a number', { authenticator: 7 }],
    ['a strength that is a text', { strength: 'user_verified' }],
    ['methods that are numbers', { amr: [1] }],
    ['more methods than anybody uses', { amr: Array.from({ length: 33 }, () => 'pwd') }],
    ['another protocol', { protocol: 'saml' }],
  ])('leaves %s out of authn, and says so', (_what, said) => {
    const authn = { acr: 'silver', ...said }

    expect(readWho({ user: 'ada', authn })).toEqual({ who: { user: 'ada', authn: { acr: 'silver' } }, isWhole: false })
  })

  test('gives only what has the types of a person, whatever it is told (property)', () => {
    const member = fc.anything({ withNullPrototype: true })
    const authn = fc.oneof(
      member,
      fc.record(
        { factor: member, authenticator: member, strength: member, acr: member, amr: member, protocol: member },
        { requiredKeys: [] },
      ),
    )
    const said = fc.record({ user: fc.string({ unit: 'binary' }), lineage: member, tenant: member, authn })
    fc.assert(
      fc.property(fc.oneof(member, said), (claimed) => {
        const { who } = readWho(claimed)

        expect(who === undefined ? undefined : JSON.parse(JSON.stringify(who))).toEqual(who)
        expect(who === undefined ? { who } : readWho(who)).toEqual(who === undefined ? { who } : { who, isWhole: true })
      }),
      { numRuns: 300 },
    )
  })
})
