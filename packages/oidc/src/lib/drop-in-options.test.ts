import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { createMemoryStore } from '@sallyport/store'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startDropInWorld } from '../../test/drop-in-world.ts'
import { createFakeAudit, createTestKeyring } from '../../test/world.ts'
import { Strategy } from './strategy.ts'
import type { Case, DropInWorld } from '../../test/drop-in-world.ts'

// Whatever passport-openidconnect takes as an option is honoured here or refused in a sentence, never passed over.

let world: DropInWorld
beforeAll(async () => {
  world = await startDropInWorld()
})
afterAll(() => world.close())

const verify = (_issuer: string, profile: object, done: (error: null, user: object) => void): void =>
  done(null, profile)

const HONOURED =
  'acrValues callbackURL clientID clientSecret display issuer loginHint maxAge passReqToCallback prompt scope ' +
  'skipUserProfile uiLocales'
const REFUSED =
  'agent authorizationURL claims customHeaders idTokenHint nonce proxy responseMode sessionKey store tokenURL userInfoURL'
const HONOURED_FOR_ONE_REQUEST = 'display loginHint prompt scope state'
const REFUSED_FOR_ONE_REQUEST = 'callbackURL'

/** What the parent's source reads of its options: at construction, and for one request. */
function parentOptions(): { readonly made: readonly string[]; readonly asked: readonly string[] } {
  const main = createRequire(import.meta.url).resolve('passport-openidconnect')
  const source = readFileSync(join(dirname(main), 'strategy.js'), 'utf8')
  const [made = '', asked = ''] = source.split('Strategy.prototype.authenticate')
  const names = (text: string): readonly string[] =>
    [...new Set([...text.matchAll(/\boptions\.(\w+)/g)].map(([, name = '']) => name))].toSorted()
  return { made: names(made), asked: names(asked) }
}

/** What both send to the provider, apart from the secrets of the sign-in. */
async function bothAsk(one: Omit<Case, 'verify'>): Promise<Record<string, string>> {
  // Pushed, the parameters would not be in the address.
  world.serve({ verify, ...one, options: { ...one.options, pushedRequests: 'never' } })
  const names = 'acr_values client_id display login_hint max_age prompt response_type scope ui_locales'.split(' ')
  const kept = (asked: Record<string, string>): Record<string, string> =>
    Object.fromEntries(Object.entries(asked).filter(([name]) => names.includes(name)))
  const ours = kept(await world.asks('ours'))

  expect(ours).toEqual(kept(await world.asks('parent')))

  return ours
}

/** What our strategy says of options that it does not take. */
function refusal(options: object): string {
  try {
    world.serve({ verify, options })
    return 'taken'
  } catch (error) {
    return error instanceof Error && 'code' in error ? `${String(error.code)} ${error.message}` : String(error)
  }
}

describe('every option of passport-openidconnect', () => {
  test('is either honoured or refused', () => {
    const { made } = parentOptions()

    expect(made).toEqual([...HONOURED.split(' '), ...REFUSED.split(' ')].toSorted())
  })

  test('that passport.authenticate may give is, too', () => {
    const { asked } = parentOptions()

    expect(asked).toEqual([...HONOURED_FOR_ONE_REQUEST.split(' '), ...REFUSED_FOR_ONE_REQUEST.split(' ')].toSorted())
  })

  test('that is not honoured is refused with a sentence that names it and says why', () => {
    const sentences = REFUSED.split(' ').map((name) =>
      refusal({ [name]: name === 'store' ? { verify: () => {} } : 'x' }),
    )

    expect(sentences.filter((one) => !one.startsWith('ERR_OIDC_OPTION '))).toEqual([])
    expect(REFUSED.split(' ').filter((name, index) => !sentences[index]?.includes(name))).toEqual([])
    expect(sentences.filter((one) => one.includes('did you mean'))).toEqual([])
    expect(new Set(sentences.map((one) => one.length > 50))).toEqual(new Set([true]))
  })

  test('that is not honoured for one request is refused before the browser is sent anywhere', async () => {
    world.serve({ verify, login: { callbackURL: `${world.url}/elsewhere` } })

    const page = await world.browser().get('/ours/login')

    expect([page.status, page.location]).toEqual([500, undefined])
  })

  test('that was fixed at construction and is given for one request is refused as well', async () => {
    world.serve({ verify, login: { idTokenHint: 'x' } })

    expect((await world.browser().get('/ours/login')).status).toBe(500)
  })
})

describe('what is honoured is sent as passport-openidconnect sends it', () => {
  test('with nothing but what has to be', async () => {
    expect(await bothAsk({})).toEqual({ client_id: 'drop-in', response_type: 'code', scope: 'openid' })
  })

  test('scope as text and as a list', async () => {
    expect(await bothAsk({ options: { scope: 'profile email' } })).toMatchObject({ scope: 'openid profile email' })
    expect(await bothAsk({ options: { scope: ['profile', 'email'] } })).toMatchObject({ scope: 'openid profile email' })
  })

  test('prompt, display, loginHint, uiLocales, maxAge and acrValues of the strategy', async () => {
    const options = {
      prompt: 'login',
      display: 'page',
      loginHint: 'ada',
      uiLocales: 'de en',
      maxAge: 60,
      acrValues: 'a b',
    }

    expect(await bothAsk({ options })).toMatchObject({
      prompt: 'login',
      display: 'page',
      login_hint: 'ada',
      ui_locales: 'de en',
      max_age: '60',
      acr_values: 'a b',
    })
  })

  test('scope, prompt, display and loginHint of one request, before those of the strategy', async () => {
    const options = { scope: 'profile', prompt: 'consent', display: 'page', loginHint: 'ada' }
    const login = { scope: 'email', prompt: 'login', display: 'popup', loginHint: 'ben' }

    expect(await bothAsk({ options, login })).toMatchObject({
      scope: 'openid email',
      prompt: 'login',
      display: 'popup',
      login_hint: 'ben',
    })
  })

  test('passReqToCallback of any kind that counts as true', async () => {
    const paths: unknown[] = []
    // oxlint-disable-next-line eslint/max-params -- this callback is told by its four parameters
    const four = (
      req: { path: string },
      _issuer: string,
      _profile: object,
      done: (e: null, u: object) => void,
    ): void => {
      paths.push(req.path)
      done(null, { id: 'u' })
    }
    world.serve({ verify: four, options: { passReqToCallback: 1 } })

    await world.signIn('parent')
    await world.signIn('ours')

    expect(paths).toEqual(['/parent/callback', '/ours/callback'])
  })

  test('clientSecret, of which the provider refuses a wrong one', async () => {
    world.serve({ verify, options: { clientSecret: 'another', pushedRequests: 'never' } })

    expect((await world.signIn('ours')).status).toBe(503)
  })
})

describe('what cannot be is refused in a sentence', () => {
  test('a state that is too large, or nothing that JSON can say', async () => {
    world.serve({ verify, login: { state: 'x'.repeat(511) } })
    const large = await world.browser().get('/ours/login')
    world.serve({ verify, login: { state: () => {} } })

    expect([large.status, (await world.browser().get('/ours/login')).status]).toEqual([500, 500])
  })

  test('a state that would not fit into a cookie together with all else that a sign-in remembers', async () => {
    const levels = ['a', 'b'].map((one) => one.repeat(255))
    world.serve({ verify, login: { state: '中'.repeat(510), acrValues: levels } })
    const browser = world.browser()

    const page = await browser.get('/ours/login')

    expect(page.status).toBe(500)
    expect(browser.cookies().filter(({ name }) => name.includes('sallyport-tx'))).toEqual([])
  })

  test('hints that are no text', () => {
    expect(refusal({ uiLocales: ['de', 'en'] })).toContain('uiLocales')
    expect(refusal({ display: 1 })).toContain('display')
    expect(refusal({ loginHint: {} })).toContain('loginHint')
  })

  test('a method of a subclass that would add parameters', () => {
    class Adding extends Strategy {
      authorizationParams(): object {
        return { hd: 'example.test' }
      }
    }
    const store = createMemoryStore()
    const house = { keyring: createTestKeyring(), store, audit: createFakeAudit(store) }
    const client = { clientID: 'client', clientSecret: 'secret', callbackURL: 'https://app.example/callback' }

    expect(() => Reflect.construct(Adding, [{ issuer: 'https://id.example', ...client, ...house }, verify])).toThrow(
      expect.objectContaining({
        code: 'ERR_OIDC_OPTION',
        message: expect.stringContaining('as the option authorizationParams'),
      }),
    )
  })
})
