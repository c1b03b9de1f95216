import { createSoftwareAuthenticator } from '@sallyport/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { eventsOf, verifyExample } from './examples/ledger.ts'
import { Member, optionsOf } from './examples/member.ts'
import { startExample, type RunningExample } from './examples/start-example.ts'

let garden: RunningExample
beforeAll(async () => {
  garden = await startExample('passkeys')
})
afterAll(async () => await garden.destroy())

describe('the garden without passwords', () => {
  test('signs a person up with a passkey, and in again without asking who they are', async () => {
    const ann = new Member(garden.url)

    const joined = await ann.join('Ann')
    await ann.signOut()
    const home = await ann.signIn()

    expect(joined.text).toContain('role="status"')
    expect(home.text).toContain('Good day, Ann')
  })

  test('lets a person approve one invitation, and only that one', async () => {
    const ben = new Member(garden.url)
    await ben.join('Ben')

    const challenge = await ben.invite('Grandma')
    const summary = await ben.use(challenge)
    const done = await ben.browser.submit(summary.form('/guests'))
    const next = await ben.invite('Grandpa')

    expect(challenge.text).toContain('Grandma')
    expect(done.text).toContain('Grandma may come into the garden.')
    expect(next.text).toContain('data-passkey="get"')
  })

  test('forgets an invitation that is cancelled', async () => {
    const member = new Member(garden.url)
    await member.join('Cleo')
    const challenge = await member.invite('Nobody')

    const cancelled = await member.browser.follow(await member.browser.submit(challenge.form('/cancel')))

    expect(cancelled.text).not.toContain('may come into the garden')
    expect((await member.browser.get('/')).text).not.toContain('<li>Nobody</li>')
  })

  test('adds a second passkey only after the first one is proved, and takes either from then on', async () => {
    const dora = new Member(garden.url)
    const phone = createSoftwareAuthenticator()
    await dora.join('Dora')
    const list = await dora.browser.get('/step-up/authenticators')

    const asked = await dora.addPasskey(list, phone)
    const summary = await dora.use(asked)
    const again = summary.text.includes('/webauthn/start') ? summary : await dora.browser.get('/step-up/authenticators')
    const added = await dora.addPasskey(again, phone)
    await dora.signOut()
    const home = await dora.use(await dora.openSignIn(), phone)

    expect(asked.text).toContain('data-passkey="get"')
    expect(added.text).toContain('role="status"')
    expect(home.text).toContain('Good day, Dora')
  })

  test('F-01 v5.0.0-7.2.4 gives the session a new id at sign-up, sign-in and approval', async () => {
    const member = new Member(garden.url)
    const ids: (string | undefined)[] = []
    await member.join('Emil')
    ids.push(member.cookie('garden.session'))
    await member.signOut()
    await member.signIn()
    ids.push(member.cookie('garden.session'))
    await member.use(await member.invite('Gus'))
    ids.push(member.cookie('garden.session'))

    expect(new Set(ids).size).toBe(3)
    expect(ids).not.toContain(undefined)
  })

  test('F-14 refuses a device that does not verify its user, with a page that says what to do', async () => {
    const member = new Member(garden.url)
    await member.join('Fay')
    member.device.behave({ userVerified: false })

    const challenge = await member.use(await member.invite('Grandma'))
    const other = new Member(garden.url, member.device)
    const signedIn = await other.signIn()

    expect(challenge.status).toBe(422)
    expect(challenge.text).toContain('role="alert"')
    expect(challenge.text).toContain('data-passkey="get"')
    expect(signedIn.status).toBe(422)
    expect((await other.browser.get('/')).text).toContain('Sign in with a passkey')
  })

  test('F-16 refuses a passkey of somebody else at the second door', async () => {
    const [gil, eve] = [new Member(garden.url), new Member(garden.url)]
    await Promise.all([gil.join('Gil'), eve.join('Eve')])
    const challenge = await gil.invite('Mallory')
    const asked = Object.assign({}, optionsOf(challenge), { allowCredentials: [] })

    const credential = JSON.stringify(eve.device.get(asked, garden.url))
    const refused = await gil.browser.submit(challenge.form('/verify'), { credential })

    expect(refused.status).toBe(422)
    expect((await gil.browser.get('/')).text).not.toContain('<li>Mallory</li>')
  })

  test('F-18 takes no second answer to a sign-in, though the first one was wrong', async () => {
    const member = new Member(garden.url)
    await member.join('Hugo')
    await member.signOut()
    const page = await member.openSignIn()
    await member.browser.submit(page.form('/verify'), { credential: '{}' })

    const second = await member.use(page)

    expect(second.status).toBe(422)
    expect((await member.browser.get('/')).text).toContain('Sign in with a passkey')
  })

  test('F-43 v5.0.0-7.6.2 begins no session by looking at the sign-in page', async () => {
    const visitor = new Member(garden.url)

    await visitor.openSignIn()

    expect(visitor.cookie('garden.session')).toBeUndefined()
    expect(visitor.cookie('sallyport-sign-in')).toBeDefined()
    expect((await visitor.browser.get('/step-up/authenticators')).location).toContain('/step-up/sign-in')
  })

  test('v5.0.0-6.3.8 WA-AUTH-10 says the same of an unknown passkey and of one that did not hold', async () => {
    const member = new Member(garden.url)
    await member.join('Ida')
    const unknown = new Member(garden.url)
    const enrolment = await unknown.browser.submit((await unknown.signUp('Nobody')).form('/webauthn/start'))
    const wrong = new Member(garden.url, member.device)

    // A passkey that the device has made, and that the garden never heard of.
    unknown.device.create(optionsOf(enrolment), garden.url)
    member.device.behave({
      alter: ({ clientData }) => ({ clientData: { ...clientData, origin: 'http://localhost:1' } }),
    })
    const said = [await unknown.signIn(), await wrong.signIn()].map(({ status, text }) => [status, alertOf(text)])

    expect(said[0]).toEqual(said[1])
    expect(said[0]?.[0]).toBe(422)
  })

  test('serves several tabs of a sign-in', async () => {
    const member = new Member(garden.url)
    await member.join('Jo')
    await member.signOut()
    const [first, second] = [await member.openSignIn(), await member.openSignIn()]

    const home = await member.use(first)
    const again = await member.use(second)

    expect(home.text).toContain('Good day, Jo')
    expect(again.text).toContain('Good day, Jo')
  })

  test('leaves a ledger that verifies, with every sign-in in it', async () => {
    const allowed = await eventsOf(garden, 'access.allowed')
    const denied = await eventsOf(garden, 'access.denied')

    expect(allowed.filter(({ data }) => data['requirement'] === 'sign_in').length).toBeGreaterThan(3)
    expect(denied.map(({ reason }) => reason)).toEqual(
      expect.arrayContaining(['user_not_verified', 'authenticator_unknown', 'transaction_unknown', 'wrong_origin']),
    )
    expect(await verifyExample(garden)).toBe(0)
  })
})

function alertOf(html: string): string {
  return /role="alert"[^>]*>([^]*?)<\/p>/.exec(html)?.[1] ?? ''
}
