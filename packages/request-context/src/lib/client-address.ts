import { normalizeAddress } from '@sallyport/audit/context'
import type { Request } from 'express'

/**
 * Tells where a request came from, as far as the proxies that Express trusts can be believed.
 *
 * A trusted proxy that passes on something else than an address cannot hide the client: then the address of the
 * connection counts, with no hops.
 *
 * @param req The request; `trust proxy` of its application decides what is believed.
 * @returns The address in its one normal form and the number of trusted proxies, or `undefined` when the connection
 * is gone or has no address (a Unix socket without a trusted proxy).
 * @see OWASP ASVS 5.0 15.3.4
 */
export function clientAddress(req: Request): { readonly ip: string; readonly hops: number } | undefined {
  const ip = normalizeAddress(req.ip)
  if (ip !== undefined) return { ip, hops: req.ips.length }
  const direct = normalizeAddress(req.socket.remoteAddress)
  return direct === undefined ? undefined : { ip: direct, hops: 0 }
}
