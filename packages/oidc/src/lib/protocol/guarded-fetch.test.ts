import { createServer } from 'node:http'
import { inspect } from 'node:util'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, test } from 'vitest'
import { MAX_ANSWER_BYTES, guardedFetch } from './guarded-fetch.ts'
import type { RequestListener, Server } from 'node:http'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections()
})

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  servers.push(server)
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
}

const get = (
  url: string,
  options: { readonly origins?: readonly string[]; readonly timeoutMs?: number } = {},
): Promise<Response> =>
  guardedFetch({ origins: new Set(options.origins ?? [url]), timeoutMs: options.timeoutMs ?? 2_000 })(url, {
    headers: {},
    method: 'GET',
  })
const code = (name: string): unknown => expect.objectContaining({ code: name })

describe('guardedFetch', () => {
  test('hands on status, headers and body', async () => {
    const url = await serve((_, res) => res.writeHead(201, { 'x-a': '1' }).end('hello'))

    const answer = await get(url)

    expect([answer.status, answer.headers.get('x-a'), await answer.text()]).toEqual([201, '1', 'hello'])
  })

  test('DISC-02 gives up in time, whatever becomes of what was sent', async () => {
    const send = (): Promise<Response> => new Promise(() => undefined)
    const fetchHere = guardedFetch({ origins: new Set(['https://id.example']), timeoutMs: 100, send })

    const answer = fetchHere('https://id.example/', { headers: {}, method: 'GET' })

    await expect(answer).rejects.toThrow(code('ERR_OIDC_PROVIDER_UNAVAILABLE'))
  })

  test('v5.0.0-1.3.6 v5.0.0-13.2.4 talks to no origin that it does not know', async () => {
    let asked = 0
    const url = await serve((_, res) => {
      asked += 1
      res.end()
    })

    await expect(get(url, { origins: ['http://127.0.0.1:1'] })).rejects.toThrow(code('ERR_OIDC_METADATA'))
    expect(asked).toBe(0)
  })

  test('stops reading after 1 MiB', async () => {
    const url = await serve((_, res) => res.end(Buffer.alloc(MAX_ANSWER_BYTES + 1)))

    await expect(get(url)).rejects.toThrow(code('ERR_OIDC_PROVIDER_RESPONSE'))
  })

  test('counts what a compressed answer unpacks to', async () => {
    const bomb = gzipSync(Buffer.alloc(MAX_ANSWER_BYTES * 4))
    const url = await serve((_, res) => res.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb))

    expect(bomb.length).toBeLessThan(10_000)
    await expect(get(url)).rejects.toThrow(code('ERR_OIDC_PROVIDER_RESPONSE'))
  })

  test('reads an answer of exactly 1 MiB', async () => {
    const url = await serve((_, res) => res.end(Buffer.alloc(MAX_ANSWER_BYTES)))

    expect((await (await get(url)).arrayBuffer()).byteLength).toBe(MAX_ANSWER_BYTES)
  })

  test('gives up when no answer begins in time', async () => {
    const url = await serve(() => undefined)

    await expect(get(url, { timeoutMs: 100 })).rejects.toThrow(code('ERR_OIDC_PROVIDER_UNAVAILABLE'))
  })

  test('gives up when an answer begins and never ends', async () => {
    const url = await serve((_, res) => void res.writeHead(200).write('a'))

    await expect(get(url, { timeoutMs: 100 })).rejects.toThrow(code('ERR_OIDC_PROVIDER_UNAVAILABLE'))
  })

  test('DISC-02 gives up an answer that would come a byte at a time for ever', async () => {
    let drops = 0
    const url = await serve((_, res) => {
      res.writeHead(200)
      const timer = setInterval(() => {
        drops += 1
        res.write('a')
      }, 5)
      res.on('close', () => clearInterval(timer))
    })

    await expect(get(url, { timeoutMs: 200 })).rejects.toThrow(code('ERR_OIDC_PROVIDER_UNAVAILABLE'))
    expect(drops).toBeGreaterThan(1)
  })

  test('v5.0.0-15.3.2 follows no redirect', async () => {
    const url = await serve((req, res) =>
      req.url === '/' ? res.writeHead(302, { location: '/there' }).end() : res.end('there'),
    )

    expect((await get(url)).status).toBe(302)
  })

  test('v5.0.0-16.5.1 keeps not a byte of an answer that is no HTTP', async () => {
    const url = await serve((_, res) => void res.socket?.end('HTTP/1.1 200 OK\r\nno header but a secret-token\r\n\r\n'))

    const error: unknown = await get(url).catch((one: unknown) => one)

    expect(error).toEqual(code('ERR_OIDC_PROVIDER_UNAVAILABLE'))
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain('secret-token')
  })

  test('says what kind of trouble the network had', async () => {
    const silent = await serve(() => undefined)
    const closed = await serve(() => undefined)
    servers.pop()?.close()
    const trouble = (asked: Promise<Response>): Promise<unknown> => asked.catch((one: unknown) => one)

    expect(await trouble(get(closed))).toMatchObject({ cause: { message: 'ECONNREFUSED' } })
    expect(await trouble(get(silent, { timeoutMs: 100 }))).toMatchObject({ cause: { message: 'ETIMEDOUT' } })
  })

  test('takes any 5xx for a provider that is down', async () => {
    const url = await serve((_, res) => res.writeHead(502).end('<html>'))

    await expect(get(url)).rejects.toThrow(code('ERR_OIDC_PROVIDER_UNAVAILABLE'))
  })

  test('takes a refused connection for a provider that is down', async () => {
    await expect(get('http://127.0.0.1:1')).rejects.toThrow(code('ERR_OIDC_PROVIDER_UNAVAILABLE'))
  })
})
