import { isIPv4, isIPv6 } from 'node:net'

// Longer than any address with a zone.
const MAX_LENGTH = 64

/**
 * Shortens an address to what may stand in clear: its /24 (IPv4) or /48 (IPv6).
 *
 * All spellings of one IPv6 address give one network; an IPv4 address that is mapped into IPv6 counts as IPv4.
 *
 * @param ip A client address as the request context gives it; a zone (`%eth0`) is dropped.
 * @returns The network in CIDR form, IPv6 in the form of RFC 5952; or `unknown` for anything that is no address.
 */
export function shortenAddress(ip: string): string {
  if (isIPv4(ip)) return `${ip.split('.').slice(0, 3).join('.')}.0/24`
  if (!isIPv6(ip)) return 'unknown'

  const groups = groupsOf(ip)
  const mapped = mappedIn(groups)
  if (mapped !== undefined) return shortenAddress(mapped)

  const shown = groups.slice(0, 3)
  while (shown.at(-1) === 0) shown.pop()
  return `${shown.map((group) => group.toString(16)).join(':')}::/48`
}

/**
 * Gives the one spelling of an address under which it is written: IPv4 inside IPv6 (`::ffff:…`) becomes IPv4, IPv6 is
 * written as RFC 5952 has it, a zone is dropped.
 *
 * @param text Not trusted.
 * @returns The address, or `undefined` when it is none.
 */
export function normalizeAddress(text: string | undefined): string | undefined {
  if (text === undefined || text.length > MAX_LENGTH) return undefined
  if (isIPv4(text)) return text
  const address = text.replace(/%.*$/s, '')
  if (!isIPv6(address)) return undefined
  // The URL parser writes every IPv6 address in one way.
  return mappedIn(groupsOf(address)) ?? new URL(`http://[${address}]`).hostname.slice(1, -1)
}

/**
 * Names the network whose addresses count as one source: an IPv4 address by itself, of IPv6 the /64 that one customer has.
 *
 * @param ip A client address as the request context gives it.
 * @returns The name; `unknown` for anything that is no address.
 */
export function sourceNetwork(ip: string): string {
  if (isIPv4(ip)) return ip
  if (ip.length > MAX_LENGTH || !isIPv6(ip)) return 'unknown'

  const groups = groupsOf(ip)
  return mappedIn(groups) ?? groups.slice(0, 4).join(':')
}

/** The IPv4 address that is mapped into these groups of an IPv6 address, if one is. */
function mappedIn(groups: readonly number[]): string | undefined {
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff
  return isMapped ? bytesOf(groups.slice(6)).join('.') : undefined
}

/** The eight groups of an IPv6 address. */
function groupsOf(ip: string): readonly number[] {
  const [head = '', tail] = (ip.split('%')[0] ?? '').split('::')
  const before = parseGroups(head)
  const after = parseGroups(tail ?? '')
  return [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after]
}

function parseGroups(text: string): readonly number[] {
  const parts = text.split(':').filter((part) => part !== '')
  return parts.flatMap((part) => (isIPv4(part) ? pairsOf(part.split('.').map(Number)) : [Number.parseInt(part, 16)]))
}

function pairsOf([a = 0, b = 0, c = 0, d = 0]: readonly number[]): readonly number[] {
  return [a * 256 + b, c * 256 + d]
}

function bytesOf(groups: readonly number[]): readonly number[] {
  return groups.flatMap((group) => [group >> 8, group & 0xff])
}
