import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { CALLBACK, authorize, claimsOf, get, getText, idToken, redeem } from '../../test/relying-party.ts'
import { startFakeProvider } from './fake-provider.ts'
import { readToken } from './id-token.ts'
import type { FakeProvider } from './fake-provider.ts'
import type { FaultName } from './faults.ts'

let provider: FakeProvider
beforeAll(async () => {
  provider = await startFakeProvider()
  provider.allowRedirects({ callback: CALLBACK })
})
afterEach(() => provider.clear())
afterAll(() => provider.close())

const DISCOVERY = '/.well-known/openid-configuration'

describe('a twin', () => {
  test('of a claim changes it to one that is right', async () => {
    provider.twin('expired')
    const { exp } = await claimsOf(provider)

    expect(Math.abs(Number(exp) - Date.now() / 1000)).toBeLessThan(30)
  })

  test('of a size is large, and no more than anybody reads', async () => {
    provider.twin('discovery_oversized')
    const { text } = await getText(provider, DISCOVERY)

    expect([text.length > 900_000, text.length < 1_048_576]).toEqual([true, true])
  })

  test('of a redirect says where it would lead, and answers', async () => {
    provider.twin('discovery_redirect')
    const { status, headers, body } = await get(provider, DISCOVERY)

    expect([status, headers.get('location'), body['issuer']]).toEqual([
      200,
      `${provider.issuer}/elsewhere`,
      provider.issuer,
    ])
  })
})

describe('a fault', () => {
  test('that redirects has the right answer at the other place', async () => {
    provider.fault('discovery_redirect')
    const sent = await getText(provider, DISCOVERY)
    const { body } = await get(provider, '/elsewhere')

    expect([sent.status, sent.text, body['issuer']]).toEqual([302, '', provider.issuer])
  })

  test('that doubles a member writes it twice', async () => {
    provider.fault('doubled_subject')
    const [, payload = ''] = (await idToken(provider)).split('.')

    expect(
      Buffer.from(payload, 'base64url')
        .toString('utf8')
        .match(/"sub":/g),
    ).toHaveLength(2)
  })

  test('that swaps takes what was really meant for the sign-in before', async () => {
    await authorize(provider, { state: 'the-state-before' })
    provider.fault('swapped_state')

    expect((await authorize(provider)).searchParams.get('state')).toBe('the-state-before')
  })

  test('that replays gives the token of the sign-in before', async () => {
    const before = await idToken(provider, { nonce: 'the-nonce-before' })
    provider.fault('replayed_id_token')

    expect(readToken(await idToken(provider)).claims).toEqual(readToken(before).claims)
  })

  test('that needs a sign-in before says so in its own way: nothing comes back', async () => {
    await using fresh = await disposable()
    fresh.provider.fault('swapped_state')

    expect((await authorize(fresh.provider)).href).not.toContain(CALLBACK)
  })

  test('of an unknown name is a mistake of the test', () => {
    const unknown: FaultName = JSON.parse('"no_such_fault"')
    const inherited: FaultName = JSON.parse('"toString"')

    expect(() => provider.fault(unknown)).toThrow('no_such_fault')
    expect(() => provider.twin(inherited)).toThrow('toString')
  })
})

describe('secrets', () => {
  test('hold what was sent, the spoilt token and its claims too', async () => {
    provider.fault('wrong_nonce')
    const callback = await authorize(provider)
    const { body } = await redeem(provider, callback)

    const wanted = [callback.searchParams.get('code'), body['access_token'], body['id_token'], 'of-another-transaction']
    expect(provider.secrets).toEqual(expect.arrayContaining(wanted))
  })
})

async function disposable(): Promise<{ readonly provider: FakeProvider } & AsyncDisposable> {
  const started = await startFakeProvider()
  started.allowRedirects({ callback: CALLBACK })
  return { provider: started, [Symbol.asyncDispose]: () => started.close() }
}
