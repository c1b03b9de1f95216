import { createServer } from 'node:http'
import { afterEach, describe, expect, test } from 'vitest'
import { createBrowser } from './browser.ts'
import { manualClock } from './manual-clock.ts'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'

interface Reply {
  readonly status?: number
  readonly headers?: Record<string, string | readonly string[]>
  readonly html?: string
}

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections()
})

/** Serves each request by `reply` and keeps what was asked. */
async function serve(reply: (request: IncomingMessage) => Reply): Promise<{
  url: string
  asked: { method?: string; path?: string; headers: IncomingMessage['headers']; body: string }[]
}> {
  const asked: { method?: string; path?: string; headers: IncomingMessage['headers']; body: string }[] = []
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    let body = ''
    for await (const part of request) body += String(part)
    asked.push({ method: request.method ?? '', path: request.url ?? '', headers: request.headers, body })
    const { status = 200, headers = {}, html = '' } = reply(request)
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
    response.writeHead(status).end(html)
  }
  const server = createServer((request, response) => void answer(request, response))
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return { url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`, asked }
}

describe('createBrowser', () => {
  test('sends what a browser sends when a person opens an address', async () => {
    const { url, asked } = await serve(() => ({}))

    await createBrowser(url).get('/page')

    expect(asked[0]?.headers).toMatchObject({ 'sec-fetch-mode': 'navigate', 'sec-fetch-site': 'none' })
    expect(asked[0]?.headers.accept).toContain('text/html')
  })

  test('keeps cookies and gives them back where their path says', async () => {
    const { url, asked } = await serve(() => ({
      headers: { 'set-cookie': ['a=1; Path=/', 'b=2; Path=/deep; HttpOnly'] },
    }))
    const browser = createBrowser(url)
    await browser.get('/')

    await browser.get('/deep/er')
    await browser.get('/deeper')

    expect(asked.map((one) => one.headers.cookie)).toEqual([undefined, 'b=2; a=1', 'a=1'])
    expect(browser.cookies().find((one) => one.name === 'b')?.httpOnly).toBe(true)
  })

  test('keeps the cookies of two ports apart', async () => {
    const one = await serve(() => ({ headers: { 'set-cookie': 'who=one; Path=/' } }))
    const other = await serve(() => ({}))
    const browser = createBrowser(one.url)
    await browser.get('/')

    await browser.get(other.url)

    expect(other.asked[0]?.headers.cookie).toBeUndefined()
  })

  test('forgets a cookie when its Max-Age is over or zero', async () => {
    const clock = manualClock()
    const { url } = await serve(({ url: path }) => ({
      headers: { 'set-cookie': path === '/out' ? 'b=; Path=/; Max-Age=0' : ['a=1; Path=/; Max-Age=60', 'b=2; Path=/'] },
    }))
    const browser = createBrowser(url, { now: clock.now })
    await browser.get('/')
    await browser.get('/out')

    const before = browser.cookies().map((one) => one.name)
    clock.advance(60_000)

    expect([before, browser.cookies()]).toEqual([['a'], []])
  })

  test('drops cookies that a browser would not keep from plain HTTP', async () => {
    const { url } = await serve(() => ({ headers: { 'set-cookie': ['__Host-a=1; Path=/', 'b=2; Path=/; Secure'] } }))
    const browser = createBrowser(url)

    await browser.get('/')

    expect(browser.cookies()).toEqual([])
  })

  test('sends a form with its hidden fields and what was typed, from the page it stood on', async () => {
    const html = `<form method="post" action="/go"><input type="hidden" name="token" value="a&amp;b">
      <input name="name"><button type="submit" name="no">No</button></form><form action="/other"></form>`
    const { url, asked } = await serve(() => ({ html }))
    const browser = createBrowser(url)
    const page = await browser.get('/')

    await browser.submit(page.form('/go'), { name: 'Ada' })

    expect(asked[1]).toMatchObject({ method: 'POST', path: '/go', body: 'token=a%26b&name=Ada' })
    expect(asked[1]?.headers).toMatchObject({ origin: url, 'sec-fetch-site': 'same-origin' })
  })

  test('knows fields that are tied to a form from outside it', async () => {
    const { url } = await serve(() => ({
      html: '<form id="f" method="post" action="/x"></form><input form="f" name="n">',
    }))

    const page = await createBrowser(url).get('/')

    expect(page.form().fields).toEqual({ n: '' })
  })

  test('stays on a redirect until told to follow, and follows no loop', async () => {
    const { url } = await serve(() => ({ status: 302, headers: { location: '/again' } }))
    const browser = createBrowser(url)

    const page = await browser.get('/')

    expect([page.status, page.location]).toEqual([302, `${url}/again`])
    await expect(browser.follow(page)).rejects.toThrow('too many redirects')
  })

  test('says so when a page has no such form', async () => {
    const { url } = await serve(() => ({ html: '<p title="a<b">none</p>' }))

    const page = await createBrowser(url).get('/')

    expect(() => page.form('/sign-in')).toThrow('no such form')
  })
})
