import { request } from 'node:https'
import { Readable } from 'node:stream'
import { OidcError } from '../errors.ts'
import type { IncomingMessage } from 'node:http'
import type { Send } from './guarded-fetch.ts'
import type { ClientProof } from './provider-settings.ts'

/**
 * How requests go on the wire for a client: by `fetch`, or with its certificate (RFC 8705), which `fetch` cannot show.
 *
 * @param proof Of the client.
 * @param proven Where the certificate is shown; nowhere else, for its names are nobody else's business.
 * @returns `undefined` for `fetch`.
 */
export function sendFor(proof: ClientProof, proven: ReadonlySet<string> = new Set()): Send | undefined {
  if (proof.by !== 'certificate') return undefined
  const { certificate: cert, key, ca } = proof
  const trusted = ca === undefined ? {} : { ca }
  return async (url, { body, headers, method, signal }) => {
    const shown = proven.has(url) ? { cert, key } : {}
    const incoming = await new Promise<IncomingMessage>((resolve, reject) => {
      // A connection of its own, so that nothing without a certificate is ever asked over one with it.
      const outgoing = request(url, { ...shown, ...trusted, agent: false, headers, method, signal }, resolve)
      outgoing.on('error', reject)
      // Neither was asked for, and Node says no `error` when it closes for them.
      outgoing.on('upgrade', (_, socket) => socket.destroy())
      outgoing.on('close', () => reject(new Error('The connection was closed.')))
      outgoing.end(body)
    })
    return toResponse(incoming)
  }
}

function toResponse(incoming: IncomingMessage): Response {
  // Nothing but plain bytes was asked for; unpacking what comes all the same would need bounds of its own.
  if ((incoming.headers['content-encoding'] ?? 'identity') !== 'identity') {
    incoming.destroy()
    throw new OidcError('ERR_OIDC_PROVIDER_RESPONSE')
  }
  const headers = new Headers()
  for (const [name, values = []] of Object.entries(incoming.headersDistinct)) {
    for (const value of values) headers.append(name, value)
  }
  const { statusCode: status = 0 } = incoming
  const isEmpty = status === 204 || status === 205 || status === 304
  if (isEmpty) incoming.resume()
  return new Response(isEmpty ? null : Readable.toWeb(incoming), { status, headers })
}
