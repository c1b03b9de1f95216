import { OidcError } from '../errors.ts'
import { systemMonotonicMs } from '../system.ts'
import type { OnAnswer } from './provider-time.ts'

/** The part of `fetch` that openid-client calls. */
export type FetchLike = (url: string, options: FetchOptions) => Promise<Response>

/** What openid-client asks for. */
interface FetchOptions {
  readonly body?: ArrayBuffer | null | ReadableStream | string | Uint8Array | undefined | URLSearchParams
  readonly headers: Record<string, string>
  readonly method: string
  readonly signal?: AbortSignal
}

/** What goes on the wire. */
interface Outgoing {
  readonly body: string | null
  readonly headers: Record<string, string>
  readonly method: string
  readonly signal: AbortSignal
  readonly redirect: 'manual'
}

/** Puts one request on the wire; follows no redirect, and gives up when the signal says so, the body included. */
export type Send = (url: string, outgoing: Outgoing) => Promise<Response>

/** The bounds of every request to the provider. */
interface FetchBounds {
  /** Where requests may go: origins such as `https://id.example`. */
  readonly origins: ReadonlySet<string>
  readonly timeoutMs: number
  /** Is told of every answer. */
  readonly onAnswer?: OnAnswer | undefined
  /** By default `fetch`. */
  readonly send?: Send | undefined
}

/** The most that is read of an answer, decompressed: 1 MiB. */
export const MAX_ANSWER_BYTES: number = 1_048_576

/**
 * Makes the only way by which this package talks to a provider: to known origins, for a limited time, of a limited size,
 * following no redirect. The time is for the whole exchange, so an answer that comes a byte at a time ends with it too.
 *
 * @param bounds Where to and how long.
 * @returns A `fetch` that rejects with an `OidcError`: `ERR_OIDC_PROVIDER_UNAVAILABLE` when nothing useful came in time,
 * `ERR_OIDC_PROVIDER_RESPONSE` when too much came, `ERR_OIDC_METADATA` when the address is not among the origins.
 */
export function guardedFetch(bounds: FetchBounds): FetchLike {
  const { send = fetch } = bounds
  return async (url, options) => {
    if (!bounds.origins.has(new URL(url).origin)) throw new OidcError('ERR_OIDC_METADATA')
    const timeout = AbortSignal.timeout(bounds.timeoutMs)
    const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout
    const { body, headers, method } = options
    const began = systemMonotonicMs()
    const outgoing = { body: toBody(body), headers, method, signal, redirect: 'manual' } as const
    const exchange = async (): Promise<Response> => {
      const answer = await send(url, outgoing)
      bounds.onAnswer?.(answer.headers, systemMonotonicMs() - began)
      if (answer.status >= 500) {
        await answer.body?.cancel()
        throw new OidcError('ERR_OIDC_PROVIDER_UNAVAILABLE')
      }
      return await readWhole(answer, signal)
    }
    return await until(signal, exchange()).catch(unreachable)
  }
}

/** Gives up when the signal says so, whether what is waited for listens to it or not. */
function until<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void =>
      reject(signal.reason instanceof Error ? signal.reason : new Error('The exchange was given up.'))
    if (signal.aborted) giveUp()
    signal.addEventListener('abort', giveUp, { once: true })
    void work.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp))
  })
}

function toBody(body: FetchOptions['body']): string | null {
  if (body === undefined || body === null) return null
  if (typeof body === 'string') return body
  if (body instanceof URLSearchParams) return body.toString()
  throw new TypeError('guardedFetch sends forms only')
}

async function readWhole(answer: Response, signal: AbortSignal): Promise<Response> {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of answer.body ?? []) {
    signal.throwIfAborted()
    size += part.length
    if (size > MAX_ANSWER_BYTES) throw new OidcError('ERR_OIDC_PROVIDER_RESPONSE')
    parts.push(part)
  }
  const headers = new Headers(answer.headers)
  // The bytes are already decompressed.
  headers.delete('content-encoding')
  headers.delete('content-length')
  const { status } = answer
  return new Response(size === 0 ? null : Buffer.concat(parts), { status, headers })
}

function unreachable(error: unknown): never {
  if (error instanceof OidcError) throw error
  throw new OidcError('ERR_OIDC_PROVIDER_UNAVAILABLE', { cause: troubleOf(error) })
}

/**
 * Keeps of a network error what it is called, and nothing else: that of an HTTP parser carries the bytes that it could
 * not read, and there may be tokens in them.
 */
function troubleOf(error: unknown): Error {
  let current = error
  for (let depth = 0; depth < 5 && current instanceof Error; depth += 1) {
    const code: unknown = Reflect.get(current, 'code')
    if (typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,40}$/.test(code)) return new Error(code)
    if (current.name === 'TimeoutError') return new Error('ETIMEDOUT')
    current = current.cause
  }
  return new Error('The connection broke.')
}
