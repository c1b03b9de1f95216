import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { eventsOf, verifyExample } from './examples/ledger.ts'
import { PasswordUser } from './examples/password-user.ts'
import { startExample, type RunningExample } from './examples/start-example.ts'

describe('the vault with passwords', () => {
  let vault: RunningExample
  beforeEach(async () => {
    vault = await startExample('local-login')
  })
  afterEach(async () => await vault.destroy())

  test('opens by a password and a code, and writes everything down', async () => {
    const ada = new PasswordUser(vault.url)

    const home = await ada.signIn()
    await ada.enrol()
    const challenge = await ada.openVault()
    const treasure = await ada.answer(challenge, ada.code())

    expect(home.text).toContain('Good day, ada')
    expect(challenge.text).toContain('name="code"')
    expect(treasure.text).toContain('Three rubies')
    expect(await eventsOf(vault, 'session.started')).toMatchObject([{ authn: { amr: ['pwd'] } }])
    expect(await verifyExample(vault)).toBe(0)
  })

  test('v5.0.0-6.3.8 says the same of a wrong password and of a name that nobody has', async () => {
    const known = await new PasswordUser(vault.url).signIn('ada', 'wrong')
    const unknown = await new PasswordUser(vault.url).signIn('nobody', 'wrong')

    expect([unknown.status, unknown.text]).toEqual([known.status, known.text])
    expect(known.status).toBe(401)
    expect(await eventsOf(vault, 'access.denied')).toMatchObject([
      { reason: 'wrong_code', data: { requirement: 'sign_in' } },
      { reason: 'wrong_code', data: { requirement: 'sign_in' } },
    ])
  })

  test('v5.0.0-6.3.1 lets even the right password wait after twenty wrong ones, tried all at once', async () => {
    const statuses = await Promise.all(
      Array.from({ length: 25 }, async () => (await new PasswordUser(vault.url).signIn('ada', 'wrong')).status),
    )
    const right = await new PasswordUser(vault.url).signIn('ada')
    const other = await new PasswordUser(vault.url).signIn('grace')

    expect(statuses.filter((status) => status === 401).length).toBe(20)
    expect(right.status).toBe(429)
    expect(other.text).toContain('Good day, grace')
  })

  test('F-01 v5.0.0-7.2.4 gives the session a new id at the login and at the second door', async () => {
    const ada = new PasswordUser(vault.url)
    const cookie = (): string | undefined => ada.browser.cookies().find(({ name }) => name === 'vault.session')?.value

    await ada.signIn()
    const afterLogin = cookie()
    await ada.enrol()
    await ada.answer(await ada.openVault(), ada.code())
    const afterStepUp = cookie()

    expect(afterLogin).toBeDefined()
    expect(afterStepUp).not.toBe(afterLogin)
  })

  test('refuses a form that another site sends', async () => {
    const person = new PasswordUser(vault.url)

    const planted = await person.browser.post(
      '/login',
      { username: 'ada', password: 'open-sesame' },
      { origin: 'https://evil.example' },
    )

    expect(planted.status).toBe(403)
    expect((await person.browser.get('/')).location).toContain('/login')
  })
})
