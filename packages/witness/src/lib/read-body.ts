import type { IncomingMessage } from 'node:http'

/** What became of reading a request's body. */
export type ReadBody =
  | { readonly ok: true; readonly body: Uint8Array }
  | { readonly ok: false; readonly status: 408 | 413 }

/** How much of a body is read, and for how long. */
export interface BodyBounds {
  readonly maxBytes: number
  readonly timeoutMs: number
}

/**
 * Reads a request's body; rejects when the client goes away. What is beyond the bounds is not kept.
 *
 * @param request attacker-controlled
 */
export async function readBody(request: IncomingMessage, { maxBytes, timeoutMs }: BodyBounds): Promise<ReadBody> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return { ok: false, status: 413 }
  return await new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = []
    let length = 0
    const timer = setTimeout(() => settle({ ok: false, status: 408 }), timeoutMs)
    const settle = (result: ReadBody): void => {
      clearTimeout(timer)
      request.pause()
      resolve(result)
    }
    request.on('data', (chunk: Uint8Array) => {
      length += chunk.length
      if (length > maxBytes) settle({ ok: false, status: 413 })
      else chunks.push(chunk)
    })
    request.on('end', () => settle({ ok: true, body: Buffer.concat(chunks) }))
    request.on('close', () => {
      clearTimeout(timer)
      reject(new Error('The client went away.'))
    })
  })
}
