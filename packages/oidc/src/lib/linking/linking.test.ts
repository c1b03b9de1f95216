import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MFA, openTwoProviders } from '../../../test/two-providers-world.ts'
import { codeOf } from '../../../test/world.ts'
import { userId } from '../login-proof.ts'
import type { BrowserPage, FakeAccount } from '@sallyport/testing'
import type { TwoProvidersWorld, Visitor } from '../../../test/two-providers-world.ts'

// Whoever signs in at `work` has a strong proof of this moment; `home` asks for none. Each test has people of its own.
let world: TwoProvidersWorld
beforeAll(async () => {
  world = await openTwoProviders({ linking: true, work: { acrValues: [MFA] } })
})
afterAll(() => world.close())

let count = 0
/** A person whom both providers know, and nobody else. */
function newPerson(own: Partial<FakeAccount> = {}): string {
  count += 1
  const sub = `person-${count}`
  const account = { sub, password: 'correct horse', name: `Person ${count}`, email: `${sub}@example.test`, ...own }
  world.work.setAccount(account)
  world.home.setAccount(account)
  return sub
}

const workId = (sub: string): string => userId(world.work.issuer, sub)
const homeId = (sub: string): string => userId(world.home.issuer, sub)
const problem = (page: BrowserPage): unknown => [page.status, codeOf(page)]

async function signedIn(provider: string, username: string): Promise<Visitor> {
  const visitor = world.visitor()
  await visitor.signIn(provider, username)
  return visitor
}

describe('linking an identity', () => {
  test('v5.0.0-6.8.1 makes its logins those of the user, whom the verify callback is told of', async () => {
    const ada = newPerson()
    const visitor = await signedIn('work', ada)

    const page = await visitor.link('home', ada)
    const later = await signedIn('home', ada)

    expect([page.status, page.url, page.text.includes('home')]).toEqual([200, `${world.url}/auth/links`, true])
    expect((await later.who())?.id).toBe(workId(ada))
    expect(world.people.at(-1)).toMatchObject({
      id: workId(ada),
      identity: homeId(ada),
      subject: ada,
      provider: 'home',
    })
  })

  test('leaves the session as it was, and signs nobody in', async () => {
    const ada = newPerson()
    const visitor = await signedIn('work', ada)
    const [before, asked] = [await visitor.who(), world.people.length]

    await visitor.link('home', ada)

    expect([await visitor.who(), world.people.length]).toEqual([before, asked])
  })

  test('F-29 needs a fresh strong proof: the login of somebody at a provider without one is not enough', async () => {
    const ada = newPerson()
    const visitor = await signedIn('home', ada)
    await visitor.browser.get('/auth/links')
    const asked = world.work.authorizations.length

    const challenge = await visitor.browser.follow(await visitor.browser.post('/auth/work/link', {}))

    expect(challenge.url).toContain('/step-up/challenges/')
    expect(world.work.authorizations).toHaveLength(asked)
  })

  test('F-29 goes on after the proof, by a press of the person’s own', async () => {
    const ada = newPerson()
    const visitor = await signedIn('work', ada)
    world.clock.advance(301_000)
    await visitor.browser.get('/auth/links')
    const challenge = await visitor.browser.follow(await visitor.browser.post('/auth/home/link', {}))
    const [, out = ''] = /href="(\/auth\/work\/step-up\?[^"]*)"/.exec(challenge.text) ?? []

    const proved = await visitor.reach(await visitor.browser.get(out.replaceAll('&amp;', '&')), ada)
    const summary = await visitor.open(proved)
    const sent = await visitor.browser.submit(summary.form('/auth/home/link'))
    const page = await visitor.open(await visitor.reach(sent, ada))

    expect([page.status, page.url]).toEqual([200, `${world.url}/auth/links`])
    expect((await (await signedIn('home', ada)).who())?.id).toBe(workId(ada))
  })

  test('F-28 F-29 NC-06 never comes of an address, be it the same or one that looks the same', async () => {
    const [ada, same] = [newPerson({ email: 'pay@example.test' }), newPerson({ email: 'pay@example.test' })]
    const alike = newPerson({ email: 'рay@example.test' })

    const ids = []
    for (const sub of [ada, same, alike]) ids.push((await (await signedIn('home', sub)).who())?.id)
    ids.push((await (await signedIn('work', ada)).who())?.id)

    expect(ids).toEqual([homeId(ada), homeId(same), homeId(alike), workId(ada)])
  })

  test('F-28 stays with the identity when its address moves to somebody else', async () => {
    const [ada, ben] = [newPerson({ email: 'first@example.test' }), newPerson()]
    await (await signedIn('work', ada)).link('home', ada)
    world.home.setAccount({ sub: ben, password: 'correct horse', name: 'Ben', email: 'first@example.test' })

    const visitor = await signedIn('home', ben)

    expect((await visitor.who())?.id).toBe(homeId(ben))
  })

  test('refuses an identity that is linked to somebody else, who keeps it', async () => {
    const [ada, ben] = [newPerson(), newPerson()]
    await (await signedIn('work', ada)).link('home', ada)

    const page = await (await signedIn('work', ben)).link('home', ada)

    expect(problem(page)).toEqual([403, 'ERR_OIDC_LINK_TAKEN'])
    expect(page.text).toContain('href="/auth/links"')
    expect((await (await signedIn('home', ada)).who())?.id).toBe(workId(ada))
  })

  test('asks which account it is to be where the provider knows this very person, and only there', async () => {
    const visitor = await signedIn('work', newPerson())
    await visitor.browser.get('/auth/links')

    await visitor.browser.follow(await visitor.browser.post('/auth/work/link', {}))
    await visitor.browser.get('/auth/links')
    await visitor.browser.follow(await visitor.browser.post('/auth/home/link', {}))

    const asked = [world.work.authorizations.at(-1), world.home.authorizations.at(-1)]
    expect(asked.map((one) => one?.['prompt'])).toEqual(['select_account', undefined])
  })

  test('refuses the identity that the user is, and one that is linked already', async () => {
    const ada = newPerson()
    const visitor = await signedIn('work', ada)

    const own = await visitor.link('work', ada)
    await visitor.link('home', ada)
    const again = await visitor.link('home', ada)

    expect([problem(own), problem(again)]).toEqual([
      [403, 'ERR_OIDC_LINK_OWN'],
      [403, 'ERR_OIDC_LINK_OWN'],
    ])
  })

  test('F-25 WEB-06 is not begun by a page of another site', async () => {
    const visitor = await signedIn('work', newPerson())

    const pages = [
      await visitor.browser.post(
        '/auth/home/link',
        {},
        { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
      ),
      await visitor.browser.get('/auth/home/link'),
    ]

    expect(pages.map(({ status, location }) => [status, location])).toEqual([
      [403, undefined],
      [200, undefined],
    ])
    expect(codeOf(pages[0] ?? fail())).toBe('ERR_OIDC_ORIGIN')
  })

  test('F-25 F-29 is refused when another session comes back than the one that left', async () => {
    const [ada, ben] = [newPerson(), newPerson()]
    const visitor = await signedIn('work', ada)
    await visitor.browser.get('/auth/links')
    const callback = await visitor.reach(await visitor.browser.post('/auth/home/link', {}), ben)
    await visitor.browser.get('/')
    await visitor.browser.post('/auth/logout', {})

    const page = await visitor.browser.get(callback)

    expect(problem(page)).toEqual([403, 'ERR_OIDC_SESSION_CHANGED'])
    expect((await (await signedIn('home', ben)).who())?.id).toBe(homeId(ben))
  })

  test('F-25 F-29 is refused when another session of the same person comes back', async () => {
    const ada = newPerson()
    const visitor = await signedIn('work', ada)
    await visitor.browser.get('/auth/links')
    const callback = await visitor.reach(await visitor.browser.post('/auth/home/link', {}), ada)
    await visitor.browser.get('/')
    await visitor.browser.post('/auth/logout', {})
    await visitor.signIn('work', ada)

    const page = await visitor.browser.get(callback)

    expect((await visitor.who())?.id).toBe(workId(ada))
    expect(problem(page)).toEqual([403, 'ERR_OIDC_SESSION_CHANGED'])
  })

  test('F-25 F-26 is refused in the browser of a victim, who has no such transaction', async () => {
    const [eve, ada] = [newPerson(), newPerson()]
    const attacker = await signedIn('work', eve)
    await attacker.browser.get('/auth/links')
    const callback = await attacker.reach(await attacker.browser.post('/auth/home/link', {}), eve)

    const page = await (await signedIn('work', ada)).browser.get(callback)

    expect(problem(page)).toEqual([400, 'ERR_OIDC_TRANSACTION_UNKNOWN'])
    expect((await (await signedIn('home', eve)).who())?.id).toBe(homeId(eve))
  })

  test('F-26 cannot be made of the answer to a login, nor a login of the answer to a link', async () => {
    const ada = newPerson()
    const visitor = await signedIn('work', ada)
    const login = await visitor.reach(await visitor.browser.get('/auth/home/login'), ada)
    await visitor.open(login)

    expect((await visitor.who())?.id).toBe(homeId(ada))
    expect((await visitor.open('/auth/links')).text).toContain('None is linked yet')
  })

  test('is told in the ledger, with what was proved, and with no token', async () => {
    const ada = newPerson()
    const visitor = await signedIn('work', ada)

    await visitor.link('home', ada)

    const [linked] = (await world.events('account.linked')).slice(-1)
    const story = (await world.events()).filter(({ flow }) => flow === linked?.flow)
    expect(story.map(({ type }) => type)).toEqual(['oidc.login.started', 'oidc.login.succeeded', 'account.linked'])
    expect(story.map(({ data }) => Reflect.get(data, 'purpose'))).toEqual(['link', 'link', undefined])
    expect([linked?.data, linked?.outcome]).toEqual([{ issuer: world.home.issuer }, 'success'])
    expect(new Set(story.slice(1).map(({ actor }) => actor?.id)).size).toBe(1)
    expect(JSON.stringify(story)).not.toMatch(/eyJ|person-/)
  })

  test('tells the ledger why it was refused', async () => {
    const ada = newPerson()

    await (await signedIn('work', ada)).link('work', ada)

    const [failed] = (await world.events('oidc.login.failed')).slice(-1)
    expect([failed?.reason, failed?.data]).toEqual([
      'already_used',
      { issuer: world.work.issuer, provider: 'work', code: 'ERR_OIDC_LINK_OWN', purpose: 'link' },
    ])
  })
})

describe('the page of linked identities', () => {
  test('is for people who are signed in', async () => {
    const page = await world.visitor().browser.get('/auth/links')

    expect(page.location).toContain('/auth/login?return_to=')
  })

  test('shows the user’s own only, and says nothing as markup that a provider said', async () => {
    const [ada, ben] = [newPerson({ email: '<b>ada</b>@example.test' }), newPerson()]
    const [visitor, other] = [await signedIn('work', ada), await signedIn('work', ben)]
    await visitor.link('home', ada)

    const pages = [await visitor.open('/auth/links'), await other.open('/auth/links')]

    expect(pages.map(({ text }) => text.includes('/unlink'))).toEqual([true, false])
    expect(pages[0]?.text).toContain('&lt;b&gt;ada&lt;/b&gt;@example.test')
    expect(pages[0]?.headers.get('content-security-policy')).toContain("default-src 'none'")
  })

  test('says where its person signed in, and offers another account there, the same in German', async () => {
    const ada = newPerson()
    const visitor = await signedIn('work', ada)
    await visitor.link('home', ada)
    const later = await signedIn('home', ada)

    const [page, german, byLink] = [
      await visitor.open('/auth/links'),
      await visitor.browser.get('/auth/links', { 'accept-language': 'de' }),
      await later.open('/auth/links'),
    ]

    expect(page.text).toContain('<p>You signed in at <strong>Work &amp; Co</strong>.</p>')
    expect(buttons(page)).toEqual(['Unlink', 'Another account at Work &amp; Co', 'home'])
    expect(german.text).toContain('<p>Angemeldet haben Sie sich bei <strong>Work &amp; Co</strong>.</p>')
    expect(buttons(german)).toEqual(['Trennen', 'Ein anderes Konto bei Work &amp; Co', 'home'])
    expect(byLink.text).toContain('<p>You signed in at <strong>home</strong>.</p>')
    expect(buttons(byLink)).toEqual(['Unlink', 'Work &amp; Co', 'Another account at home'])
  })

  test('takes one off, after which it signs in as itself again', async () => {
    const ada = newPerson()
    const visitor = await signedIn('work', ada)
    const page = await visitor.link('home', ada)

    const after = await visitor.browser.follow(await visitor.browser.submit(page.form('/unlink')))

    expect([after.url, after.text.includes('None is linked yet')]).toEqual([`${world.url}/auth/links`, true])
    expect((await (await signedIn('home', ada)).who())?.id).toBe(homeId(ada))
    const [unlinked] = (await world.events('account.unlinked')).slice(-1)
    expect(unlinked).toMatchObject({ outcome: 'success', data: { issuer: world.home.issuer } })
  })

  test('F-11 F-29 takes none off without a fresh proof', async () => {
    const ada = newPerson()
    const visitor = await signedIn('work', ada)
    const page = await visitor.link('home', ada)
    world.clock.advance(301_000)

    const sent = await visitor.browser.submit(page.form('/unlink'))

    expect(sent.location).toContain('/step-up/challenges/')
    expect((await (await signedIn('home', ada)).who())?.id).toBe(workId(ada))
  })

  test('F-10 takes nothing off that is somebody else’s', async () => {
    const [ada, ben] = [newPerson(), newPerson()]
    await (await signedIn('work', ada)).link('home', ada)
    const other = await signedIn('work', ben)
    await other.browser.get('/auth/links')

    const sent = await other.browser.post(`/auth/links/${homeId(ada)}/unlink`, {})

    expect(sent.location).toBe(`${world.url}/auth/links`)
    expect((await (await signedIn('home', ada)).who())?.id).toBe(workId(ada))
  })
})

function buttons({ text }: BrowserPage): readonly (string | undefined)[] {
  return [...text.matchAll(/<button[^>]*>([^<]*)</g)].map(([, label]) => label)
}

function fail(): never {
  throw new Error('There is no page')
}
