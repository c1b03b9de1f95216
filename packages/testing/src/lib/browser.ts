import { createCookieJar } from './cookie-jar.ts'
import { exchange } from './exchange.ts'
import { readForms } from './html-forms.ts'
import { machineNow } from './machine-clock.ts'
import type { Answer, Question } from './exchange.ts'
import type { JarCookie } from './cookie-jar.ts'
import type { PageForm } from './html-forms.ts'

/** The answer to a request, as a person or a script would see it. */
export interface BrowserPage {
  readonly status: number
  /** The address that answered. */
  readonly url: string
  readonly headers: Headers
  readonly text: string
  /** Where a redirect points, absolute; `undefined` for other answers. */
  readonly location: string | undefined
  /** Finds the form whose action contains this text, by default the first; throws when there is none. */
  form(action?: string): PageForm
}

/** A browser without JavaScript: it keeps cookies, opens pages and sends forms; it never follows a redirect unasked. */
export interface Browser {
  get(url: string, headers?: Readonly<Record<string, string>>): Promise<BrowserPage>
  /** Sends a form's fields, `application/x-www-form-urlencoded`. */
  post(
    url: string,
    fields: Readonly<Record<string, string>>,
    headers?: Readonly<Record<string, string>>,
  ): Promise<BrowserPage>
  /** Submits a form of a page with some fields filled in. */
  submit(form: PageForm, fields?: Readonly<Record<string, string>>): Promise<BrowserPage>
  /** Follows redirects, at most 10, until `stop` says of the next address to stay, or a page is no redirect. */
  follow(page: BrowserPage, stop?: (location: string) => boolean): Promise<BrowserPage>
  /** The live cookies of a host (`127.0.0.1:3000`), by default the base's. */
  cookies(host?: string): readonly JarCookie[]
  forget(): void
}

interface BrowserOptions {
  readonly now?: (() => number) | undefined
  readonly ca?: string | undefined
}

const MAX_REDIRECTS = 10

/**
 * Makes a small browser for flows made of forms.
 *
 * Cookies are kept per host and port. Requests carry the `Accept` and `Sec-Fetch-*` headers of a navigation.
 *
 * @param baseUrl What relative addresses are resolved against.
 * @param options `now` decides when cookies expire, milliseconds since the epoch; `ca` is the root in PEM that it trusts
 * on `https:` addresses, by default the usual ones.
 * @returns The browser, with no cookies.
 */
export function createBrowser(baseUrl: string, options: BrowserOptions = {}): Browser {
  const tls = { ca: options.ca }
  const jar = createCookieJar(options.now ?? machineNow)
  let here: string | undefined

  const request = async (url: string, question: Omit<Question, 'url'>): Promise<BrowserPage> => {
    const target = new URL(url, baseUrl)
    const cookie = jar.header(target)
    const headers = { ...navigation(target, here), ...(cookie === '' ? {} : { cookie }), ...question.headers }
    const answer = await exchange({ ...question, url: target, headers, tls })
    jar.take(target, answer.headers.getSetCookie())
    const page = readPage(target, answer)
    if (page.location === undefined) here = target.origin
    return page
  }
  const get: Browser['get'] = (url, headers) => request(url, { method: 'GET', headers: { ...headers } })
  const post: Browser['post'] = (url, fields, headers) => {
    // A form is sent from a page: of the last one shown, else of the site itself.
    here ??= new URL(url, baseUrl).origin
    const form = { 'content-type': 'application/x-www-form-urlencoded', origin: here }
    const body = new URLSearchParams(fields).toString()
    return request(url, { method: 'POST', body, headers: { ...form, ...headers } })
  }
  return {
    get,
    post,
    submit(form, fields) {
      const all = { ...form.fields, ...fields }
      return form.method === 'post' ? post(form.action, all) : get(withQuery(form.action, all))
    },
    async follow(page, stop) {
      let current = page
      for (let hops = 0; current.location !== undefined && !stop?.(current.location); hops += 1) {
        if (hops === MAX_REDIRECTS) throw new Error('createBrowser: too many redirects')
        current = await get(current.location)
      }
      return current
    },
    cookies: (host) => jar.list(host ?? new URL(baseUrl).host),
    forget: () => jar.clear(),
  }
}

function navigation(target: URL, here: string | undefined): Record<string, string> {
  // Every server of a test is on one loopback host, so another port is another origin of the same site.
  const site = here === undefined ? 'none' : here === target.origin ? 'same-origin' : 'same-site'
  return {
    accept: 'text/html,application/xhtml+xml;q=0.9,*/*;q=0.8',
    'sec-fetch-dest': 'document',
    'sec-fetch-mode': 'navigate',
    'sec-fetch-site': site,
    'sec-fetch-user': '?1',
  }
}

function readPage(target: URL, answer: Answer): BrowserPage {
  const location = answer.headers.get('location')
  const url = target.href
  return {
    ...answer,
    url,
    location: location === null ? undefined : new URL(location, url).href,
    form(action = '') {
      const found = readForms(answer.text, url).find((form) => form.action.includes(action))
      if (!found) throw new Error('createBrowser: the page has no such form')
      return found
    },
  }
}

function withQuery(address: string, fields: Readonly<Record<string, string>>): string {
  const url = new URL(address)
  url.search = new URLSearchParams(fields).toString()
  return url.href
}
