import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { openPasskeyWindow } from './examples/passkey-browser.ts'
import { startExample, type RunningExample } from './examples/start-example.ts'
import { launchChromium } from './setup/browser.ts'

let garden: RunningExample
let chromium: Browser
beforeAll(async () => {
  ;[garden, chromium] = await Promise.all([startExample('passkeys'), launchChromium()])
})
afterAll(async () => {
  await chromium.close()
  await garden.destroy()
})

describe('the garden without passwords, in Chromium', () => {
  test('WA-CL-02 signs a person up, and in again by the autofill of the field, without a word', async () => {
    const { page } = await openPasskeyWindow(chromium)
    const violations = watchPolicy(page)

    await join(page, 'Ann')
    await signOut(page)
    await page.getByRole('link', { name: 'Sign in with a passkey' }).click()
    await page.getByRole('heading', { name: 'Good day, Ann' }).waitFor()

    expect(new URL(page.url()).pathname).toBe('/')
    expect(violations).toEqual([])
  })

  test('lets a person approve an invitation by the press of a button', async () => {
    const { page } = await openPasskeyWindow(chromium)
    await join(page, 'Ben')

    await invite(page, 'Grandma')
    const shown = await page.getByRole('main').textContent()
    await confirm(page)

    expect(shown).toContain('Grandma')
    expect(await page.getByRole('heading').first().textContent()).toBe('Invited')
  })

  test('forgets an invitation that is cancelled', async () => {
    const { page } = await openPasskeyWindow(chromium)
    await join(page, 'Cleo')
    await invite(page, 'Nobody')

    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.goto(garden.url)

    expect(await page.getByRole('listitem').filter({ hasText: 'Nobody' }).count()).toBe(0)
  })

  test('F-14 says so when the device does not recognise its owner, and goes on when it does', async () => {
    const { page, verifiesUser } = await openPasskeyWindow(chromium)
    await join(page, 'Dora')
    await invite(page, 'Grandma')

    await verifiesUser(false)
    await page.getByRole('button', { name: 'Use a passkey' }).click()
    const said = await page.getByRole('alert').filter({ hasText: /./ }).textContent()
    await verifiesUser(true)
    await page.getByRole('button', { name: 'Use a passkey' }).click()
    await page.getByRole('button', { name: 'Confirm and continue' }).waitFor()

    expect(said).toContain('Nothing was sent.')
  })

  test('adds a passkey of a second device once the first one is proved', async () => {
    const { page, changeDevice } = await openPasskeyWindow(chromium)
    await join(page, 'Emil')
    await add(page, 'Add: Passkey')
    await confirm(page)
    await changeDevice()
    await page.getByRole('button', { name: 'Create a passkey' }).click()
    await page.waitForURL(/notice=enrolled/)
    await signOut(page)
    await page.getByRole('link', { name: 'Sign in with a passkey' }).click()
    await page.getByRole('heading', { name: 'Good day, Emil' }).waitFor()

    expect(new URL(page.url()).pathname).toBe('/')
  })

  test('serves two tabs that ask to approve different things', async () => {
    const { page, context } = await openPasskeyWindow(chromium)
    await join(page, 'Fay')
    const other = await context.newPage()
    await other.goto(garden.url)

    await invite(page, 'Grandma')
    await invite(other, 'Grandpa')
    await page.bringToFront()
    await confirm(page)

    expect(await page.getByRole('main').textContent()).toContain('Grandma may come')
    expect(await other.getByRole('main').textContent()).toContain('Grandpa')
  })

  test('makes recovery codes, to be seen once', async () => {
    const { page } = await openPasskeyWindow(chromium)
    await join(page, 'Gil')
    await add(page, /Add: Recovery code/)
    await confirm(page)
    const codes = await page.getByRole('main').textContent()

    expect(codes).toMatch(/([0-9A-Z]{4}[ -]?){6}/)
  })

  test('F-01 v5.0.0-7.2.4 gives the session another cookie at sign-up, sign-in and approval', async () => {
    const { page, context } = await openPasskeyWindow(chromium)
    const cookie = async (): Promise<string | undefined> =>
      (await context.cookies(garden.url)).find(({ name }) => name === 'garden.session')?.value

    await join(page, 'Hugo')
    const signedUp = await cookie()
    await signOut(page)
    await page.getByRole('link', { name: 'Sign in with a passkey' }).click()
    await page.getByRole('heading', { name: 'Good day' }).waitFor()
    const signedIn = await cookie()
    await invite(page, 'Grandma')
    await page.getByRole('button', { name: 'Use a passkey' }).click()
    await page.getByRole('button', { name: 'Confirm and continue' }).waitFor()
    const approved = await cookie()

    expect(new Set([signedUp, signedIn, approved]).size).toBe(3)
  })
})

async function join(page: Page, name: string): Promise<void> {
  await page.goto(garden.url)
  await page.getByLabel('What should we call you?').fill(name)
  await page.getByRole('button', { name: 'Sign up' }).click()
  await page.getByRole('button', { name: 'Add: Passkey' }).click()
  await page.getByRole('button', { name: 'Create a passkey' }).click()
  await page.waitForURL(/notice=enrolled/)
}

/** Asks to add another way to confirm. */
async function add(page: Page, button: string | RegExp): Promise<void> {
  await page.goto(`${garden.url}/step-up/authenticators`)
  await page.getByRole('button', { name: button }).click()
}

/** Proves what is asked, and sends what was kept meanwhile. */
async function confirm(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Use a passkey' }).click()
  await page.getByRole('button', { name: 'Confirm and continue' }).click()
}

async function signOut(page: Page): Promise<void> {
  await page.goto(garden.url)
  await page.getByRole('button', { name: 'Sign out' }).click()
}

async function invite(page: Page, name: string): Promise<void> {
  await page.goto(garden.url)
  await page.getByLabel('Invite a guest').fill(name)
  await page.getByRole('button', { name: 'Invite' }).click()
}

function watchPolicy(page: Page): readonly string[] {
  const violations: string[] = []
  page.on('console', (message) => {
    if (message.text().includes('Content Security Policy')) violations.push(message.text())
  })
  return violations
}
