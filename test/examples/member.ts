import {
  createBrowser,
  createSoftwareAuthenticator,
  type Browser,
  type BrowserPage,
  type SoftwareAuthenticator,
} from '@sallyport/testing'

/** A person of the garden: a browser, and a device that holds their passkeys. */
export class Member {
  readonly browser: Browser
  readonly device: SoftwareAuthenticator
  readonly #url: string

  constructor(url: string, device: SoftwareAuthenticator = createSoftwareAuthenticator()) {
    this.#url = url
    this.browser = createBrowser(url)
    this.device = device
  }

  /** Makes an account; leads to where the first passkey can be added. */
  async signUp(name: string): Promise<BrowserPage> {
    const home = await this.browser.get('/')
    return await this.browser.follow(await this.browser.submit(home.form('/sign-up'), { name }))
  }

  /** Makes an account with a passkey. */
  async join(name: string): Promise<BrowserPage> {
    return await this.addPasskey(await this.signUp(name))
  }

  /** Adds a passkey, from the list of authenticators; the answer is whatever came of it. */
  async addPasskey(list: BrowserPage, device: SoftwareAuthenticator = this.device): Promise<BrowserPage> {
    const enrolment = await this.browser.follow(await this.browser.submit(list.form('/webauthn/start')))
    if (!enrolment.text.includes('data-passkey="create"')) return enrolment
    const credential = JSON.stringify(device.create(optionsOf(enrolment), this.#url))
    return await this.browser.follow(await this.browser.submit(enrolment.form('/webauthn/finish'), { credential }))
  }

  async openSignIn(): Promise<BrowserPage> {
    return await this.browser.get('/step-up/sign-in')
  }

  /** Lets the device answer what a page asks, sends it, and follows to where that leads. */
  async use(page: BrowserPage, device: SoftwareAuthenticator = this.device): Promise<BrowserPage> {
    const credential = JSON.stringify(device.get(optionsOf(page), this.#url))
    return await this.browser.follow(await this.browser.submit(page.form('/verify'), { credential }))
  }

  async signIn(): Promise<BrowserPage> {
    return await this.use(await this.openSignIn())
  }

  async signOut(): Promise<BrowserPage> {
    const home = await this.browser.get('/')
    return await this.browser.follow(await this.browser.submit(home.form('/sign-out')))
  }

  /** Asks to invite a guest; the answer is the challenge page, or whatever else came. */
  async invite(name: string): Promise<BrowserPage> {
    const home = await this.browser.get('/')
    return await this.browser.follow(await this.browser.submit(home.form('/guests'), { name }))
  }

  /** The value of a cookie of the garden. */
  cookie(name: string): string | undefined {
    return this.browser.cookies(new URL(this.#url).host).find((one) => one.name === name)?.value
  }
}

/** The options of the ceremony that a page asks for. */
export function optionsOf(page: BrowserPage): unknown {
  const [, text = ''] = /data-options="([^"]*)"/.exec(page.text) ?? []
  return JSON.parse(text.replaceAll(/&(quot|#39|lt|gt|#96|amp);/g, (_, name: string) => ENTITIES[name] ?? ''))
}

const ENTITIES: Readonly<Record<string, string>> = { quot: '"', '#39': "'", lt: '<', gt: '>', '#96': '`', amp: '&' }
