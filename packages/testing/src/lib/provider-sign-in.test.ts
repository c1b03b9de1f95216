import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  authorize,
  browserFor,
  CALLBACK,
  claimsOf,
  get,
  isCallback,
  open,
  parametersOf,
  redeem,
  signIn,
} from '../../test/relying-party.ts'
import { createBrowser } from './browser.ts'
import { startFakeProvider } from './fake-provider.ts'
import { readToken } from './id-token.ts'
import { manualClock } from './manual-clock.ts'
import type { BrowserPage } from './browser.ts'
import type { FakeProvider } from './fake-provider.ts'

const MFA = 'urn:example:acr:mfa'
const acrs = (value: unknown): Readonly<Record<string, string>> => ({
  claims: JSON.stringify({ id_token: { acrs: value } }),
})
const acr = (value: unknown): Readonly<Record<string, string>> => ({
  claims: JSON.stringify({ id_token: { acr: value } }),
})

let provider: FakeProvider
let ignoring: FakeProvider
beforeAll(async () => {
  provider = await startFakeProvider({ acrs: ['c1', 'c2'], title: 'Work & Co' })
  ignoring = await startFakeProvider({ levels: 'ignored', issParameter: false })
  for (const one of [provider, ignoring]) one.allowRedirects({ callback: CALLBACK })
})
afterAll(() => Promise.all([provider.close(), ignoring.close()]))

const opened = (extra: Readonly<Record<string, string>>, browser = browserFor(provider)): Promise<BrowserPage> =>
  open(parametersOf(provider, extra), browser)

describe('levels that are honoured', () => {
  test('reaches acrs when the claims parameter asks for a value that is known', async () => {
    const claims = await claimsOf(provider, acrs({ essential: true, value: 'c1' }))

    expect(claims).toMatchObject({ acrs: ['c1'], acr: MFA, amr: ['pwd', 'otp', 'mfa'] })
  })

  test('says nothing of acrs to whoever did not ask, or asked for a value that is not known', async () => {
    expect(await claimsOf(provider)).not.toHaveProperty('acrs')
    expect(await claimsOf(provider, acrs({ essential: true, value: 'c9' }))).not.toHaveProperty('acrs')
  })

  test('asks for a sign-in when the session has not reached what is asked, and is silent when it has', async () => {
    const browser = browserFor(provider)
    const plain = await claimsOf(provider, {}, browser)

    const raised = await claimsOf(provider, acrs({ essential: true, value: 'c2' }), browser)
    const silent = await opened({ ...acrs({ values: ['c1', 'c2'] }), prompt: 'none' }, browser)

    expect([plain['acr'], raised['acr']]).toEqual(['urn:example:acr:password', MFA])
    const { body } = await redeem(provider, new URL(silent.location ?? ''))
    expect(readToken(String(body['id_token'])).claims['acrs']).toEqual(['c1', 'c2'])
  })

  test('reaches the acr that the claims parameter asks for', async () => {
    expect(await claimsOf(provider, acr({ essential: true, values: [MFA] }))).toMatchObject({ acr: MFA })
  })

  test('fails when an essential acr cannot be reached', async () => {
    const callback = await authorize(provider, acr({ essential: true, value: 'urn:example:acr:unheard-of' }))

    expect(callback.searchParams.get('error')).toBe('unmet_authentication_requirements')
  })

  test('says on the page that a second factor is asked for', async () => {
    expect((await opened({ acr_values: MFA })).text).toContain('A second factor is asked for')
    expect((await opened({})).text).not.toContain('A second factor is asked for')
  })
})

describe('levels that are ignored', () => {
  test('leaves acr_values and the claims parameter aside', async () => {
    const asked = { acr_values: MFA, ...acrs({ essential: true, value: 'c1' }) }

    const claims = await claimsOf(ignoring, asked)

    expect(claims).toMatchObject({ acr: 'urn:example:acr:password', amr: ['pwd'] })
    expect(claims).not.toHaveProperty('acrs')
  })

  test('does not ask again for a level that the session has not', async () => {
    const browser = browserFor(ignoring)
    await authorize(ignoring, {}, browser)

    const page = await open(parametersOf(ignoring, { acr_values: MFA, prompt: 'none' }), browser)

    expect(new URL(page.location ?? '').searchParams.has('code')).toBe(true)
  })
})

describe('prompts and hints', () => {
  test('prompt=none gives an error to a stranger and a code to whoever is signed in', async () => {
    const browser = browserFor(provider)
    const stranger = await opened({ prompt: 'none' }, browser)
    await authorize(provider, {}, browser)

    const known = await opened({ prompt: 'none' }, browser)

    expect(new URL(stranger.location ?? '').searchParams.get('error')).toBe('login_required')
    expect(new URL(known.location ?? '').searchParams.has('code')).toBe(true)
  })

  test('prompt=login and max_age=0 give an auth_time that is new', async () => {
    const clock = manualClock(Date.UTC(2030, 0, 1))
    await using away = await disposable(startFakeProvider({ clock }))
    away.provider.allowRedirects({ callback: CALLBACK })
    const browser = createBrowser(away.provider.issuer)
    const times: unknown[] = []
    for (const extra of [{}, { prompt: 'login' }, { max_age: '0' }, { max_age: '90' }]) {
      times.push((await claimsOf(away.provider, extra, browser))['auth_time'])
      clock.advance(60_000)
    }

    const start = Date.UTC(2030, 0, 1) / 1000
    expect(times).toEqual([start, start + 60, start + 120, start + 120])
  })

  test('prompt=consent asks whether the application may, also right after prompt=login', async () => {
    const browser = browserFor(provider)
    const form = await opened({ prompt: 'login consent' }, browser)
    const sent = await browser.submit(form.form('/interaction/'), { username: 'ada', password: 'correct horse' })
    const page = await browser.follow(sent, isCallback)

    const allowed = await browser.follow(
      await browser.submit(page.form('/interaction/'), { consent: 'yes' }),
      isCallback,
    )

    expect(page.text).toContain('Let this application sign you in?')
    expect(allowed.location).toContain('code=')
  })

  test('prompt=consent can be refused', async () => {
    const browser = browserFor(provider)
    await authorize(provider, {}, browser)
    const page = await opened({ prompt: 'consent' }, browser)

    const refused = await browser.follow(await browser.submit(page.form(), { cancel: 'yes' }), isCallback)

    expect(refused.location).toContain('error=access_denied')
  })

  test('prompt=select_account lets a person go on as who they are', async () => {
    const browser = browserFor(provider)
    await authorize(provider, {}, browser)
    const page = await opened({ prompt: 'select_account' }, browser)

    const chosen = await browser.follow(await browser.submit(page.form(), { continue: 'yes' }), isCallback)

    expect(page.text).toContain('Continue as Ada Example')
    expect(chosen.location).toContain('code=')
  })

  test('prompt=select_account shows the form to a stranger, once', async () => {
    const browser = browserFor(provider)
    const page = await opened({ prompt: 'select_account' }, browser)

    expect(page.text).not.toContain('name="continue"')
    expect((await signIn(page, browser)).searchParams.has('code')).toBe(true)
  })

  test('somebody else may sign in where a person is signed in already: that one is signed out first', async () => {
    provider.setAccount({ sub: 'ben', password: 'correct horse', name: 'Ben', email: 'ben@example.test' })
    const browser = browserFor(provider)
    await authorize(provider, {}, browser)
    const page = await opened({ prompt: 'login' }, browser)

    const sent = await browser.submit(page.form('/interaction/'), { username: 'ben', password: 'correct horse' })
    const between = await browser.follow(sent, isCallback)
    const end = await browser.follow(await browser.submit(between.form()), isCallback)

    const { body } = await redeem(provider, new URL(end.location ?? ''))
    expect(between.text).toContain('<title>Submitting Callback</title>')
    expect(readToken(String(body['id_token'])).claims['sub']).toBe('ben')
  })

  test('login_hint stands in the form, and its markup does nothing', async () => {
    const page = await opened({ login_hint: '"><b>ada' })

    expect(page.form('/interaction/').fields).toMatchObject({ username: '"><b>ada' })
    expect(page.text).not.toContain('<b>')
  })

  test('ui_locales chooses the first language that it has', async () => {
    expect((await opened({ ui_locales: 'fr-CA de-CH en' })).text).toContain('<html lang="de">')
    expect((await opened({ ui_locales: 'fr' })).text).toContain('<html lang="en">')
  })
})

describe('several providers', () => {
  test('tell their pages apart by their title', async () => {
    const work = await opened({})
    const other = await open(parametersOf(ignoring), browserFor(ignoring))

    expect(work.text).toContain('<title>Sign in - Work &amp; Co</title>')
    expect(other.text).toContain('example identity provider')
  })

  test('do not take each other cookies, which browsers send to every port of a host', async () => {
    const cookieNames = async (of: FakeProvider): Promise<readonly string[]> => {
      const browser = browserFor(of)
      await authorize(of, {}, browser)
      return browser.cookies().map((one) => one.name)
    }

    const names = new Set(await cookieNames(provider))

    expect(names.size).toBeGreaterThan(0)
    expect((await cookieNames(ignoring)).filter((name) => names.has(name))).toEqual([])
  })
})

describe('a provider without RFC 9207', () => {
  test('names itself nowhere: not in responses, not in errors, not in its metadata', async () => {
    const callback = await authorize(ignoring)
    const refused = await open(parametersOf(ignoring, { prompt: 'none' }), browserFor(ignoring))

    expect(callback.searchParams.get('code')).toEqual(expect.any(String))
    expect(callback.searchParams.has('iss')).toBe(false)
    expect(new URL(refused.location ?? '').searchParams.has('iss')).toBe(false)
    const { body } = await get(ignoring, '/.well-known/openid-configuration')
    expect(body).not.toHaveProperty('authorization_response_iss_parameter_supported')
  })
})

async function disposable(starting: Promise<FakeProvider>): Promise<{ provider: FakeProvider } & AsyncDisposable> {
  const started = await starting
  return { provider: started, [Symbol.asyncDispose]: () => started.close() }
}
