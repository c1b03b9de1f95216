import { setTimeout } from 'node:timers/promises'

import { createBrowser, type Browser, type BrowserPage } from '@sallyport/testing'
import { generateSync } from 'otplib'

import type { RunningBank } from './start-bank.ts'

const STEP_MS = 30_000

/** A person with a browser without JavaScript and an authenticator app. */
export class Customer {
  readonly browser: Browser
  readonly #bank: RunningBank
  #secret = ''

  constructor(bank: RunningBank) {
    this.#bank = bank
    this.browser = createBrowser(bank.url)
  }

  /** Signs in at the identity provider by its form. */
  async signIn(username = 'customer'): Promise<BrowserPage> {
    const form = await this.browser.follow(await this.browser.get('/auth/login?return_to=%2Faccount'))
    return await this.browser.follow(await this.browser.submit(form.form(), { username, password: 'open-sesame' }))
  }

  /** Adds an authenticator app, with the code of the step before this one, so that the present one is still good. */
  async enrol(): Promise<BrowserPage> {
    await awayFromStepEnd()
    const list = await this.browser.get('/step-up/authenticators')
    const enrolment = await this.browser.submit(list.form('/totp/start'))
    this.#secret = textOf(enrolment.text, 'totp-secret').replaceAll(' ', '')
    return await this.browser.follow(await this.browser.submit(enrolment.form('/totp/finish'), { code: this.code(-1) }))
  }

  /** Asks for a transfer; the answer is the challenge page, or whatever else came. */
  async transfer(to: string, amount: string): Promise<BrowserPage> {
    const page = await this.browser.get('/transfer')
    return await this.browser.follow(await this.browser.submit(page.form('/transfer'), { to, amount }))
  }

  /** Types a code into a challenge page. */
  async answer(challenge: BrowserPage, code: string): Promise<BrowserPage> {
    return await this.browser.follow(await this.browser.submit(challenge.form('/verify'), { code }))
  }

  /** The app's code, some steps from now. */
  code(steps = 0): string {
    return generateSync({ secret: this.#secret, epoch: Math.floor((Date.now() + steps * STEP_MS) / 1_000) })
  }

  /** A code that is wrong now and next to now. */
  wrongCode(): string {
    const right = [-1, 0, 1].map((step) => this.code(step))
    return ['000000', '111111', '222222', '333333'].find((code) => !right.includes(code)) ?? ''
  }

  /** How often the account page shows a recipient. */
  async transfersTo(name: string): Promise<number> {
    return (await this.browser.get(`${this.#bank.url}/account`)).text.split(`<td>${name}</td>`).length - 1
  }
}

/** Waits out the last seconds of a step, so that no code grows old between being read and being sent. */
async function awayFromStepEnd(): Promise<void> {
  const left = STEP_MS - (Date.now() % STEP_MS)
  if (left < 5_000) await setTimeout(left)
}

/** The text of the element with an id, without the elements in it. */
function textOf(html: string, id: string): string {
  const [, name = '', rest = ''] = new RegExp(`<([a-z]+)[^>]*id="${id}"[^>]*>([\\s\\S]*)`).exec(html) ?? []
  const element = rest.slice(0, rest.indexOf(`</${name}>`))
  return element
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll(/\s+/g, ' ')
    .trim()
}
