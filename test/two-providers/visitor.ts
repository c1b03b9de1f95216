import type { Browser, BrowserPage } from '@sallyport/testing'

import type { World } from './world.ts'

/** A person with an account at both providers, and a browser without JavaScript. */
export class Visitor {
  readonly browser: Browser
  readonly #world: World

  constructor(world: World) {
    this.#world = world
    this.browser = world.browser()
  }

  /** Goes to a provider's sign-in page. */
  async openSignIn(name: ProviderName): Promise<BrowserPage> {
    return await this.browser.follow(await this.browser.get(`/auth/${name}/login?return_to=%2Fboard`))
  }

  /** Fills in a provider's sign-in page; the answer is the redirect that follows. */
  async fillIn(page: BrowserPage, name: ProviderName, account: string = FIRST[name]): Promise<BrowserPage> {
    const { password, secondFactor } = this.#world.providers[name]
    const code = page.text.includes('name="code"') ? { code: secondFactor?.code ?? '' } : {}
    return await this.browser.submit(page.form(), { username: account, password, ...code })
  }

  /** Fills in a provider's sign-in page and goes as far as the callback, without opening it: its address. */
  async reachCallback(page: BrowserPage, name: ProviderName, account: string = FIRST[name]): Promise<string> {
    const filled = await this.fillIn(page, name, account)
    const stopped = await this.browser.follow(filled, (location) => location.includes('/callback?'))
    return stopped.location ?? ''
  }

  /** Fills in a provider's sign-in page and follows to where it leads. */
  async finish(page: BrowserPage, name: ProviderName, account: string = FIRST[name]): Promise<BrowserPage> {
    const answer = await this.browser.follow(await this.fillIn(page, name, account))
    // Where somebody else was signed in, they are signed out first, by a page that sends its form by itself.
    if (!answer.text.includes('<title>Submitting Callback</title>')) return answer
    return await this.browser.follow(await this.browser.submit(answer.form()))
  }

  async signIn(name: ProviderName, account: string = FIRST[name]): Promise<BrowserPage> {
    return await this.finish(await this.openSignIn(name), name, account)
  }

  /** Sends the guarded form; the answer is the challenge page, or whatever else came. */
  async pin(notice: string): Promise<BrowserPage> {
    const board = await this.browser.get('/board')
    return await this.browser.follow(await this.browser.submit(board.form('/board'), { notice }))
  }

  /** Follows the challenge page's link to the provider, as far as that sends us by itself. */
  async leave(challenge: BrowserPage): Promise<BrowserPage> {
    return await this.browser.follow(await this.browser.get(linkIn(challenge, '/step-up?')))
  }
}

export type ProviderName = 'work' | 'home'

const FIRST: Readonly<Record<ProviderName, string>> = { work: 'ada', home: 'augusta' }

/** The first link of a page whose address contains this text. */
export function linkIn(page: BrowserPage, text: string): string {
  const links = [...page.text.matchAll(/<a [^>]*href="([^"]*)"/g)].map(([, href = '']) => href.replaceAll('&amp;', '&'))
  const found = links.find((href) => href.includes(text))
  if (found === undefined) throw new Error(`The page has no link with ${text}: ${page.text}`)
  return found
}

/** The heading of a page. */
export function headingOf(page: BrowserPage): string {
  return /<h1[^>]*>([^<]*)</.exec(page.text)?.[1] ?? ''
}
