import { createBrowser, type Browser, type BrowserPage } from '@sallyport/testing'
import type { PageForm } from '@sallyport/testing'

import type { Canaries } from './canaries.ts'
import type { Places } from './places.ts'

const COOKIES: readonly (readonly [name: RegExp, kind: string])[] = [
  [/^bank\.session$/, 'session cookie'],
  [/^sallyport-device$/, 'device cookie'],
  [/^sallyport-tx-/, 'transaction cookie'],
  [/^sallyport-/, 'sign-in cookie'],
]
const IN_ADDRESSES: Readonly<Record<string, string>> = {
  state: 'state',
  nonce: 'nonce',
  code: 'authorization code',
}
const MIN_SECRET = 16

/** What a visitor sends along, and where they take down what they see and send. */
export interface Luggage {
  readonly headers: Readonly<Record<string, string>>
  readonly canaries: Canaries
  readonly places: Places
}

type Texts = Readonly<Record<string, string>>

/** A person with a browser without JavaScript, who takes down every secret that the application hands out. */
export class Visitor {
  readonly browser: Browser
  readonly #luggage: Luggage

  constructor(url: string, luggage: Luggage) {
    this.browser = createBrowser(url)
    this.#luggage = luggage
  }

  async get(url: string, more: Texts = {}): Promise<BrowserPage> {
    const headers = { ...this.#luggage.headers, ...more }
    this.#luggage.places.add('input', JSON.stringify([url, headers]))
    return this.#watch(await this.browser.get(url, headers))
  }

  async post(url: string, fields: Texts, more: Texts = {}): Promise<BrowserPage> {
    const headers = { ...this.#luggage.headers, ...more }
    this.#luggage.places.add('input', JSON.stringify([url, headers, fields]))
    return this.#watch(await this.browser.post(url, fields, headers))
  }

  async submit(form: PageForm, fields: Texts = {}): Promise<BrowserPage> {
    return await this.follow(await this.post(form.action, { ...form.fields, ...fields }))
  }

  /** Opens a page and goes where it leads. */
  async open(url: string, stop?: (location: string) => boolean): Promise<BrowserPage> {
    return await this.follow(await this.get(url), stop)
  }

  async follow(page: BrowserPage, stop?: (location: string) => boolean): Promise<BrowserPage> {
    let current = page
    while (current.location !== undefined && stop?.(current.location) !== true)
      current = await this.get(current.location)
    return current
  }

  #watch(page: BrowserPage): BrowserPage {
    const { canaries } = this.#luggage
    for (const line of page.headers.getSetCookie()) this.#watchCookie(line.split(';', 1)[0] ?? '')
    for (const [, token = ''] of page.text.matchAll(/name="_csrf" value="([^"]{16,})"/g))
      canaries.add('csrf token', token)
    for (const [grouped] of page.text.matchAll(/[0-9A-Z]{4}(?:-[0-9A-Z]{4}){5}/g)) {
      canaries.add('recovery code', grouped)
      canaries.add('recovery code', grouped.replaceAll('-', ''))
    }
    for (const [name, value] of new URL(page.location ?? page.url).searchParams) {
      const kind = IN_ADDRESSES[name]
      if (kind !== undefined && value.length >= MIN_SECRET) canaries.add(kind, value)
    }
    return page
  }

  /** A signed cookie is an id and a signature: neither may be anywhere else. */
  #watchCookie(pair: string): void {
    const { canaries } = this.#luggage
    const at = pair.indexOf('=')
    const kind = COOKIES.find(([name]) => name.test(pair.slice(0, at)))?.[1]
    const value = decodeURIComponent(pair.slice(at + 1))
    if (kind === undefined || value.length < MIN_SECRET) return
    for (const part of kind === 'session cookie' ? value.replace(/^s:/, '').split('.') : [value])
      canaries.add(kind, part)
  }
}
