import { Readable, pipeline } from 'node:stream'
import type { ServerResponse } from 'node:http'
import type { Writable } from 'node:stream'
import type { Answer } from './act.ts'

/** The part of a Koa context that is read and written. */
export interface AnswerContext {
  readonly path: string
  status: number
  type: string
  body: unknown
  readonly response: { get(name: string): string; set(name: string, value: string): void }
  readonly res: Pick<ServerResponse, 'writeHead'> & Writable
  /** `false` when the answer is already on its way. */
  respond?: boolean | undefined
  /** Is told when the answer cannot be sent to its end. */
  onerror(error: Error): void
}

const LATE_MS = 40
const DRIP_MS = 20

/** Puts an answer in place of the one that the provider had made. */
export function sendAnswer(ctx: AnswerContext, answer: Answer): void {
  const { status, raw, pace, headers = {} } = answer
  const body = raw ?? JSON.stringify(answer.json)
  const type = answer.type ?? 'application/json'
  if (pace !== undefined) {
    // Past the library, which would report that nobody waited to the end.
    ctx.respond = false
    ctx.onerror = () => undefined
    ctx.res.writeHead(status, { ...headers, 'content-type': type })
    pipeline(paced(Buffer.from(body), pace), ctx.res, () => undefined)
    return
  }
  ctx.status = status
  ctx.type = type
  for (const [name, value] of Object.entries(headers)) ctx.response.set(name, value)
  ctx.body = body
}

function paced(body: Buffer, pace: NonNullable<Answer['pace']>): Readable {
  if (pace === 'never') return new Readable({ read: () => undefined })
  if (pace === 'late') return inTurns([body], LATE_MS)
  return inTurns(
    Array.from(body, (byte) => Buffer.of(byte)),
    DRIP_MS,
  )
}

function inTurns(parts: readonly Buffer[], pauseMs: number): Readable {
  let next = 0
  const timer = setInterval(() => {
    stream.push(parts[next])
    next += 1
    if (next < parts.length) return
    clearInterval(timer)
    stream.push(null)
  }, pauseMs)
  const stream = new Readable({
    read: () => undefined,
    destroy(error, done) {
      clearInterval(timer)
      done(error)
    },
  })
  return stream
}
