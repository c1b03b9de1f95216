import { createServer } from 'node:https'
import { TLSSocket } from 'node:tls'
import { gzipSync } from 'node:zlib'
import { startFakeProvider } from '@sallyport/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { guardedFetch } from './guarded-fetch.ts'
import { sendFor } from './send.ts'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { FakeProvider } from '@sallyport/testing'
import type { FetchLike } from './guarded-fetch.ts'

const SWITCHING = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: other\r\nConnection: Upgrade\r\n\r\n'
const ANSWERS: Readonly<Record<string, (response: ServerResponse) => void>> = {
  '/echo': (response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{}'),
  '/away': (response) => response.writeHead(302, { location: '/echo' }).end(),
  '/nothing': (response) => response.writeHead(204).end(),
  '/zipped': (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('{}')),
  '/large': (response) => response.writeHead(200).end(Buffer.alloc(1_048_577)),
  '/down': (response) => response.writeHead(502).end(),
  '/strange': (response) => response.writeHead(999).end(),
  '/challenge': (response) => response.writeHead(401, { 'www-authenticate': ['DPoP', 'Bearer'] }).end(),
  '/upgrade': (response) => response.socket?.write(SWITCHING),
  '/endless': (response) => response.writeHead(200).write('{'),
}

interface Seen {
  readonly path: string
  /** The client's certificate. */
  readonly subject: string | undefined
  readonly text: string
}

let authority: FakeProvider
let stranger: FakeProvider
let server: Server
let origin: string
const seen: Seen[] = []

beforeAll(async () => {
  ;[authority, stranger] = await Promise.all([startFakeProvider({ https: true }), startFakeProvider({ https: true })])
  const { certificate: cert, key } = authority.certify('localhost')
  const options = { cert, key, ca: authority.ca, requestCert: true, rejectUnauthorized: false }
  server = createServer(options, (request, response) => void answer(request, response))
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
  const address = server.address()
  origin = `https://localhost:${typeof address === 'object' ? address?.port : ''}`
})
beforeEach(() => void seen.splice(0))
afterAll(async () => {
  server.close().closeAllConnections()
  await Promise.all([authority.close(), stranger.close()])
})

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let text = ''
  for await (const part of request) text += String(part)
  const { socket, url: path = '' } = request
  const subject = socket instanceof TLSSocket ? socket.getPeerX509Certificate()?.subject : undefined
  seen.push({ path, subject, text })
  ANSWERS[path]?.(response)
}

/** The way out of a client with a certificate, which it shows at `/echo`. */
function open(changes: { readonly ca?: string | undefined; readonly timeoutMs?: number } = {}): FetchLike {
  const { ca = authority.ca, timeoutMs = 2_000 } = changes
  const send = sendFor({ by: 'certificate', ...authority.certify('bank'), ca }, new Set([`${origin}/echo`]))
  return guardedFetch({ origins: new Set([origin]), timeoutMs, send })
}

const get = { method: 'GET', headers: {} }
const refusal = (code: string): unknown => expect.objectContaining({ name: 'OidcError', code })

describe('sendFor', () => {
  test('leaves fetch to clients without a certificate', () => {
    expect(sendFor({ by: 'secret', secret: 'a secret' })).toBeUndefined()
  })

  test('BCP-04 shows the certificate where the client proves itself, and sends the form', async () => {
    const answered = await open()(`${origin}/echo`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ code: 'a code' }),
    })

    expect(answered.status).toBe(200)
    expect(await answered.json()).toEqual({})
    expect(seen).toEqual([{ path: '/echo', subject: 'CN=bank', text: 'code=a+code' }])
  })

  test('shows it nowhere else, also not right after', async () => {
    const fetchHere = open()
    await fetchHere(`${origin}/echo`, get)

    await fetchHere(`${origin}/nothing`, get)

    expect(seen.map(({ subject }) => subject)).toEqual(['CN=bank', undefined])
  })

  test('DISC-01 trusts the configured authority alone', async () => {
    await expect(open({ ca: stranger.ca })(`${origin}/echo`, get)).rejects.toThrow(
      refusal('ERR_OIDC_PROVIDER_UNAVAILABLE'),
    )
    expect(seen).toEqual([])
  })

  test('DISC-02 follows no redirect', async () => {
    const answered = await open()(`${origin}/away`, get)

    expect(answered.status).toBe(302)
    expect(seen).toHaveLength(1)
  })

  test('DISC-02 keeps the bounds of every request: origin, size and time', async () => {
    await expect(open()('https://evil.example/echo', get)).rejects.toThrow(refusal('ERR_OIDC_METADATA'))
    await expect(open()(`${origin}/large`, get)).rejects.toThrow(refusal('ERR_OIDC_PROVIDER_RESPONSE'))
    const endless = open({ timeoutMs: 200 })(`${origin}/endless`, get)
    await expect(endless).rejects.toThrow(refusal('ERR_OIDC_PROVIDER_UNAVAILABLE'))
  })

  test('takes nothing packed: it did not ask for that', async () => {
    await expect(open()(`${origin}/zipped`, get)).rejects.toThrow(refusal('ERR_OIDC_PROVIDER_RESPONSE'))
  })

  test('takes a provider that is down, or answers what is no HTTP, for unavailable', async () => {
    await expect(open()(`${origin}/down`, get)).rejects.toThrow(refusal('ERR_OIDC_PROVIDER_UNAVAILABLE'))
    await expect(open()(`${origin}/strange`, get)).rejects.toThrow(refusal('ERR_OIDC_PROVIDER_UNAVAILABLE'))
  })

  test('takes a provider that changes the subject for unavailable, and lets go of the connection', async () => {
    const answered = open({ timeoutMs: 60_000 })(`${origin}/upgrade`, get)

    await expect(answered).rejects.toThrow(refusal('ERR_OIDC_PROVIDER_UNAVAILABLE'))
    await expect.poll(() => new Promise((resolve) => server.getConnections((_, count) => resolve(count)))).toBe(0)
  })

  test('sends over nothing but TLS', async () => {
    const send = sendFor({ by: 'certificate', ...authority.certify('bank') })
    const plain = guardedFetch({ origins: new Set(['http://localhost']), timeoutMs: 2_000, send })

    await expect(plain('http://localhost/', get)).rejects.toThrow(refusal('ERR_OIDC_PROVIDER_UNAVAILABLE'))
  })

  test('hands on every header, repeated ones too', async () => {
    const answered = await open()(`${origin}/challenge`, get)

    expect(answered.headers.get('www-authenticate')).toBe('DPoP, Bearer')
  })
})
