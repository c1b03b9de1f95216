import { createSoftwareAuthenticator, type BrowserPage } from '@sallyport/testing'
import { generateSync } from 'otplib'

import { optionsOf } from '../examples/member.ts'
import { decodeBase32 } from '../../packages/step-up/test/totp-code.ts'
import type { Visitor } from './visitor.ts'
import type { World } from './world.ts'

/** Somebody with an authenticator app, a passkey and recovery codes, all of whose secrets are taken down. */
export class Person {
  readonly visitor: Visitor
  readonly #world: World
  readonly #device = createSoftwareAuthenticator()
  #secret = ''
  #recovery: string[] = []

  constructor(world: World) {
    this.#world = world
    this.visitor = world.visitor()
  }

  /** Signs in at the provider; the answer of the callback, followed, or of the callback alone where `stop` says so. */
  async signIn(path = '/auth/login', stop?: (location: string) => boolean): Promise<BrowserPage> {
    const { password, email } = this.#world.secrets.member
    const page = await this.visitor.open(path, stop)
    if (!page.text.includes('name="password"')) return page
    const form = page.form('/interaction/')
    const sent = await this.visitor.post(form.action, { ...form.fields, username: email, password })
    return await this.visitor.follow(sent, stop)
  }

  async signInByPassword(username: string, password: string): Promise<BrowserPage> {
    return await this.visitor.follow(await this.visitor.post('/login', { username, password }))
  }

  /** Begins to add an authenticator; the page that shows its secret, or what has to be proved before. */
  async begin(factor: string): Promise<BrowserPage> {
    const list = await this.visitor.open('/step-up/authenticators')
    const page = await this.visitor.submit(list.form(`/${factor}/start`))
    const shown = /id="totp-secret"[^>]*>([^<]+)</.exec(page.text.replaceAll(/<\/?span[^>]*>/g, ''))?.[1]
    if (shown !== undefined) this.#keepSecret(shown.replaceAll(/\s/g, ''))
    return page
  }

  async finishApp(page: BrowserPage, code: string = this.code()): Promise<BrowserPage> {
    return await this.visitor.submit(page.form('/totp/finish'), { code })
  }

  async finishPasskey(page: BrowserPage): Promise<BrowserPage> {
    const created = this.#device.create(this.#optionsOf(page), this.#world.url)
    return await this.visitor.submit(page.form('/webauthn/finish'), { credential: this.#credential(created) })
  }

  async finishRecovery(page: BrowserPage): Promise<BrowserPage> {
    this.#recovery = [...page.text.matchAll(/[0-9A-Z]{4}(?:-[0-9A-Z]{4}){5}/g)].map(([code]) => code)
    return await this.visitor.submit(page.form('/finish'), { kept: 'yes' })
  }

  /** Answers a challenge, or a sign-in, with the passkey. */
  async usePasskey(page: BrowserPage): Promise<BrowserPage> {
    const got = this.#device.get(this.#optionsOf(page), this.#world.url)
    return await this.visitor.submit(page.form('/verify'), { credential: this.#credential(got) })
  }

  async useCode(page: BrowserPage, code: string = this.code()): Promise<BrowserPage> {
    return await this.visitor.submit(page.form('/verify'), { code })
  }

  /** The app's code of now, a step later than the last one. */
  code(): string {
    this.#world.clock.advance(30_000)
    const epoch = Math.floor(this.#world.clock.now() / 1_000)
    // Eight digits stand in no file by chance.
    return this.#world.canaries.add('code', generateSync({ secret: this.#secret, digits: 8, epoch }))
  }

  recoveryCode(): string {
    return this.#recovery.shift() ?? ''
  }

  #keepSecret(secret: string): void {
    this.#secret = secret
    this.#world.canaries.add('TOTP secret', secret)
    this.#world.canaries.add('TOTP secret', decodeBase32(secret))
  }

  #optionsOf(page: BrowserPage): unknown {
    const options = optionsOf(page)
    const { challenge } = Object(options)
    this.#world.canaries.add('passkey challenge', Buffer.from(challenge, 'base64url'))
    return options
  }

  #credential(made: ReturnType<ReturnType<typeof createSoftwareAuthenticator>['get']>): string {
    for (const name of ['signature', 'clientDataJSON', 'attestationObject']) {
      const part = made.response[name]
      if (typeof part === 'string') this.#world.canaries.add('passkey answer', Buffer.from(part, 'base64url'))
    }
    return JSON.stringify(made)
  }
}
