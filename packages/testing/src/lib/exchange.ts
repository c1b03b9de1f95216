import { request as overHttp } from 'node:http'
import { request as overHttps } from 'node:https'
import type { IncomingMessage } from 'node:http'

/** One request. */
export interface Question {
  readonly url: URL
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  /** For `https:` addresses: whom to trust, and what to prove oneself with, all in PEM. */
  readonly tls?: TlsParts | undefined
}

/** Whom to trust on TLS connections, and the client's own certificate. */
export interface TlsParts {
  readonly ca?: string | undefined
  readonly cert?: string | undefined
  readonly key?: string | undefined
}

/** What came back. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

/** Sends one request and reads the answer whole. Not by `fetch`, which puts its own `Sec-Fetch-Mode` over the navigation's. */
export async function exchange(question: Question): Promise<Answer> {
  const answer = await send(question)
  const parts: Buffer[] = []
  for await (const part of answer) parts.push(Buffer.from(part))
  const headers = new Headers()
  for (const [name, values] of Object.entries(answer.headersDistinct)) {
    for (const value of values ?? []) headers.append(name, value)
  }
  return { status: answer.statusCode ?? 0, headers, text: Buffer.concat(parts).toString('utf8') }
}

function send({ url, method, headers, body, tls }: Question): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const start = url.protocol === 'https:' ? overHttps : overHttp
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
    const outgoing = start(url, { ...tls, method, headers: { ...headers, ...length }, agent: false }, resolve)
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}
