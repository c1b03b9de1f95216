import { connect, type Socket } from 'node:net'

import { quantile } from '../support/rounds.ts'
import type { Program } from '../support/child-process.ts'

/** A stretch of load: every connection sends its next request as soon as its last one was answered. */
export interface LoadOrder {
  readonly port: number
  readonly path: string
  readonly cookie: string
  readonly connections: number
  readonly durationMs: number
}

/** What came of it. */
export interface LoadReport {
  readonly requestsPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Of one core, what the load generator itself has used: 0 to 1. */
  readonly ownCpu: number
}

/** Makes the load generator. It speaks HTTP/1.1 by hand, so that it takes as little as possible from the server. */
export function createLoad(): Program<LoadOrder, LoadReport> {
  return { answer: generateLoad, close: async () => undefined }
}

async function generateLoad(order: LoadOrder): Promise<LoadReport> {
  const request = [
    `GET ${order.path} HTTP/1.1`,
    `Host: 127.0.0.1:${order.port}`,
    'Accept: application/json',
    'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36',
    `Cookie: ${order.cookie}`,
    '\r\n',
  ].join('\r\n')
  const times: number[] = []
  const startedAt = performance.now()
  const cpu = process.cpuUsage()
  const line = { request, times, until: startedAt + order.durationMs }
  await Promise.all(Array.from({ length: order.connections }, () => keepAsking(connect(order.port, '127.0.0.1'), line)))

  const elapsedMs = performance.now() - startedAt
  const { user, system } = process.cpuUsage(cpu)
  return {
    requestsPerSecond: (times.length / elapsedMs) * 1_000,
    p50Ms: quantile(times, 0.5),
    p99Ms: quantile(times, 0.99),
    ownCpu: (user + system) / 1_000 / elapsedMs,
  }
}

interface Line {
  readonly request: string
  readonly times: number[]
  readonly until: number
}

function keepAsking(socket: Socket, { request, times, until }: Line): Promise<void> {
  return new Promise((resolve, reject) => {
    let received = ''
    let askedAt = 0
    const ask = (): void => {
      askedAt = performance.now()
      socket.write(request)
    }
    socket.setNoDelay(true).setEncoding('latin1')
    socket.once('connect', ask).once('error', reject)
    socket.once('close', () => reject(new Error('The server closed a connection.')))
    socket.on('data', (chunk) => {
      received += String(chunk)
      const end = endOfResponse(received)
      if (end === undefined) return
      if (!received.startsWith('HTTP/1.1 200 ')) return reject(new Error(`The server said: ${received.slice(0, 200)}`))
      received = received.slice(end)
      const now = performance.now()
      times.push(now - askedAt)
      if (now < until) return ask()
      resolve()
      socket.destroy()
    })
  })
}

/** Where the first response ends, once all of it is there. */
function endOfResponse(text: string): number | undefined {
  const head = text.indexOf('\r\n\r\n')
  if (head < 0) return undefined
  const length = /\r\ncontent-length: (\d+)/i.exec(text.slice(0, head))?.[1]
  if (length === undefined) throw new Error('endOfResponse: the server gave no length')
  const end = head + 4 + Number(length)
  return text.length >= end ? end : undefined
}
