import { request as overHttp } from 'node:http'
import { request as overHttps } from 'node:https'
import type { IncomingMessage } from 'node:http'

/** One request. */
export interface Question {
  readonly url: URL
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
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

function send({ url, method, headers, body }: Question): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const start = url.protocol === 'https:' ? overHttps : overHttp
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
    const outgoing = start(url, { method, headers: { ...headers, ...length }, agent: false }, resolve)
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}
