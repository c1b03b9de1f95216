import { setTimeout } from 'node:timers/promises'

import { createBrowser, type Browser, type BrowserPage } from '@sallyport/testing'
import { generateSync } from 'otplib'

const STEP_MS = 30_000

/** A user of the vault: a browser without JavaScript, a password and an authenticator app. */
export class PasswordUser {
  readonly browser: Browser
  #secret = ''

  constructor(url: string) {
    this.browser = createBrowser(url)
  }

  async signIn(username = 'ada', password = 'open-sesame'): Promise<BrowserPage> {
    const page = await this.browser.get('/login')
    return await this.browser.follow(await this.browser.submit(page.form('/login'), { username, password }))
  }

  /** Adds an authenticator app, with the code of the step before this one, so that the present one is still good. */
  async enrol(): Promise<BrowserPage> {
    const left = STEP_MS - (Date.now() % STEP_MS)
    if (left < 8_000) await setTimeout(left)
    const list = await this.browser.get('/step-up/authenticators')
    const enrolment = await this.browser.follow(await this.browser.submit(list.form('/totp/start')))
    this.#secret = (/id="totp-secret"[^>]*>([^<]+)</.exec(enrolment.text)?.[1] ?? '').replaceAll(' ', '')
    return await this.browser.follow(await this.browser.submit(enrolment.form('/totp/finish'), { code: this.code(-1) }))
  }

  /** Asks for the treasure; the answer is the challenge page, or whatever else came. */
  async openVault(): Promise<BrowserPage> {
    return await this.browser.follow(await this.browser.get('/treasure'))
  }

  async answer(challenge: BrowserPage, code: string): Promise<BrowserPage> {
    return await this.browser.follow(await this.browser.submit(challenge.form('/verify'), { code }))
  }

  /** The app's code, some steps from now. */
  code(steps = 0): string {
    return generateSync({ secret: this.#secret, epoch: Math.floor((Date.now() + steps * STEP_MS) / 1_000) })
  }
}
