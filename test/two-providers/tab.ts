import type { Page } from 'playwright-core'

import type { ProviderName } from './visitor.ts'
import type { World } from './world.ts'

const FIRST: Readonly<Record<ProviderName, string>> = { work: 'ada', home: 'augusta' }

/** A tab of Chromium at the board. */
export class Tab {
  readonly page: Page
  readonly #world: World

  constructor(world: World, page: Page) {
    this.#world = world
    this.page = page
  }

  async open(path: string): Promise<void> {
    await this.page.goto(`${this.#world.url}${path}`)
  }

  /** Goes to a provider's sign-in page. */
  async beginAt(name: ProviderName): Promise<void> {
    await this.open(`/auth/${name}/login?return_to=%2Fboard`)
  }

  /** Fills in a provider's sign-in page. */
  async type(name: ProviderName, account: string = FIRST[name]): Promise<void> {
    const { password, secondFactor } = this.#world.providers[name]
    await this.page.getByLabel('User name').fill(account)
    await this.page.getByLabel('Password').fill(password)
    const code = this.page.getByLabel('Code')
    if ((await code.count()) > 0) await code.fill(secondFactor?.code ?? '')
  }

  /** Fills in a provider's sign-in page and sends it. */
  async fillIn(name: ProviderName, account?: string): Promise<void> {
    await this.type(name, account)
    await this.press('button', 'Sign in')
  }

  async signIn(name: ProviderName, account?: string): Promise<void> {
    await this.beginAt(name)
    await this.fillIn(name, account)
  }

  /** Types a notice and sends the form; the second door is behind it. */
  async pin(notice: string): Promise<void> {
    await this.open('/board')
    await this.page.getByLabel('Notice').fill(notice)
    await this.press('button', 'Pin it')
  }

  /** Presses the first button or link of a name, and waits for the page that it leads to. */
  async press(role: 'button' | 'link', name: string | RegExp): Promise<void> {
    const arrived = this.page.waitForEvent('domcontentloaded')
    await this.page.getByRole(role, { name }).first().click()
    await arrived
  }

  /** What the page says it is. */
  async heading(): Promise<string> {
    return (await this.page.getByRole('heading', { level: 1 }).textContent()) ?? ''
  }

  /** By which provider this browser is signed in; `undefined` for nobody. */
  async signedInBy(): Promise<string | undefined> {
    await this.open('/')
    return /You came in by (\w+)/.exec((await this.page.getByRole('main').textContent()) ?? '')?.[1]
  }
}
