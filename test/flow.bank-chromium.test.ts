import type { Browser, Page } from 'playwright-core'
import { generateSync } from 'otplib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { startBank, type RunningBank } from './bank/start-bank.ts'
import { launchChromium } from './setup/browser.ts'

describe('the bank in Chromium', () => {
  let bank: RunningBank
  let chromium: Browser
  beforeAll(async () => {
    ;[bank, chromium] = await Promise.all([startBank(), launchChromium()])
  })
  afterAll(async () => {
    await chromium.close()
    await bank.destroy()
  })

  test('takes a person through both doors to one transfer, without a script on any page', async () => {
    const context = await chromium.newContext({ javaScriptEnabled: false, viewport: { width: 390, height: 800 } })
    const page = await context.newPage()
    const violations: string[] = []
    page.on('console', (message) => {
      if (message.text().includes('Content Security Policy')) violations.push(message.text())
    })

    await signIn(page, bank.url)
    const secret = await enrol(page, bank.url)
    await askForTransfer(page, bank.url)
    await page.getByRole('textbox', { name: 'Code' }).fill('000 000')
    await page.getByRole('button', { name: 'Confirm' }).click()
    const problem = await page.getByRole('alert').textContent()
    await page.getByRole('textbox', { name: 'Code' }).fill(codeOf(secret, 0))
    await page.getByRole('button', { name: 'Confirm' }).click()
    const summary = await page.getByRole('main').textContent()
    await page.getByRole('button', { name: 'Confirm and continue' }).click()

    expect(problem).toContain('code')
    expect(summary).toContain('Grandma')
    expect(await page.getByRole('heading').first().textContent()).toBe('Transfer made')
    expect(violations).toEqual([])
  })

  test('F-01 v5.0.0-7.2.4 gives the session another cookie at login and at step-up', async () => {
    const context = await chromium.newContext()
    const page = await context.newPage()
    const cookie = async (): Promise<string | undefined> =>
      (await context.cookies(bank.url)).find(({ name }) => name === 'bank.session')?.value

    const before = await cookie()
    await signIn(page, bank.url, 'teller')
    const afterLogin = await cookie()
    const secret = await enrol(page, bank.url)
    await askForTransfer(page, bank.url)
    await page.getByRole('textbox', { name: 'Code' }).fill(codeOf(secret, 0))
    await page.getByRole('button', { name: 'Confirm' }).click()
    const afterStepUp = await cookie()

    expect(new Set([before, afterLogin, afterStepUp]).size).toBe(3)
  })
})

async function signIn(page: Page, url: string, username = 'customer'): Promise<void> {
  await page.goto(url)
  await page.getByRole('link', { name: 'Sign in' }).click()
  await page.getByLabel('User name').fill(username)
  await page.getByLabel('Password').fill('open-sesame')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('heading', { name: 'Good day' }).waitFor()
}

/** Adds a first authenticator app, with the code of the step before this one, so that the present one is still good. */
async function enrol(page: Page, url: string): Promise<string> {
  await page.goto(`${url}/step-up/authenticators`)
  await page
    .getByRole('button', { name: /Authenticator app/ })
    .first()
    .click()
  const secret = ((await page.locator('#totp-secret').textContent()) ?? '').replaceAll(/\s/g, '')
  await page.getByRole('textbox', { name: 'Code' }).fill(codeOf(secret, -1))
  await page.getByRole('button', { name: 'Finish' }).click()
  await page.getByRole('status').waitFor()
  return secret
}

async function askForTransfer(page: Page, url: string): Promise<void> {
  await page.goto(`${url}/transfer`)
  await page.getByLabel('To').fill('Grandma')
  await page.getByLabel('Amount').fill('25.00')
  await page.getByRole('button', { name: 'Send' }).click()
}

function codeOf(secret: string, steps: number): string {
  return generateSync({ secret, epoch: Math.floor(Date.now() / 1_000) + steps * 30 })
}
