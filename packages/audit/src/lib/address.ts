import { isIPv4, isIPv6 } from 'node:net'

/**
 * Shortens an address to what may stand in clear: its /24 (IPv4) or /48 (IPv6).
 *
 * @param ip A client address in normal form, as the request context gives it.
 * @returns The network in CIDR form, or `unknown` for anything that is no address.
 */
export function shortenAddress(ip: string): string {
  if (isIPv4(ip)) return `${ip.split('.').slice(0, 3).join('.')}.0/24`
  if (!isIPv6(ip)) return 'unknown'

  const [head = '', tail] = ip.split('::')
  const groups = head.split(':').filter((group) => group !== '')
  const missing = tail === undefined ? 0 : 8 - groups.length - tail.split(':').filter((group) => group !== '').length
  const first = [...groups, ...Array<string>(missing).fill('0'), ...(tail ?? '').split(':')].slice(0, 3)
  return `${first.map((group) => Number.parseInt(group === '' ? '0' : group, 16).toString(16)).join(':')}::/48`
}
