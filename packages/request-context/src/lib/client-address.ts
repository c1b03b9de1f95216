import { isIPv4, isIPv6 } from 'node:net'
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

/**
 * Gives the one spelling of an address, so that a limit cannot be evaded and a search not missed by another one.
 *
 * IPv4 inside IPv6 (`::ffff:…`) becomes IPv4, IPv6 is written as RFC 5952 has it, a zone is dropped.
 *
 * @param text Possibly controlled by the client.
 * @returns The address, or `undefined` when it is none.
 */
export function normalizeAddress(text: string | undefined): string | undefined {
  if (text === undefined || text.length > 64) return undefined
  if (isIPv4(text)) return text
  const address = text.replace(/%.*$/s, '')
  if (!isIPv6(address)) return undefined
  // The URL parser writes every IPv6 address in one way, a mapped one as two groups after ::ffff:.
  const normal = new URL(`http://[${address}]`).hostname.slice(1, -1)
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(normal)
  return mapped === null ? normal : fromGroups(mapped[1] ?? '', mapped[2] ?? '')
}

function fromGroups(high: string, low: string): string {
  return [high, low]
    .map((group) => Number.parseInt(group, 16))
    .flatMap((number) => [number >> 8, number & 255])
    .join('.')
}
