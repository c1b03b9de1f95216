import { BlockList, isIPv4 } from 'node:net'

// The ranges of the IANA special-purpose registries that no visitor from the internet comes from, and multicast.
const RANGES_4 = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const

const RANGES_6 = [
  ['::', 127],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001:db8::', 32],
  ['3fff::', 20],
  ['5f00::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const

const special = new BlockList()
for (const [net, prefix] of RANGES_4) special.addSubnet(net, prefix, 'ipv4')
for (const [net, prefix] of RANGES_6) special.addSubnet(net, prefix, 'ipv6')

/**
 * Tells whether an address is one of the public internet: a private or reserved one is nowhere.
 *
 * @param ip An address in normal form.
 * @returns False for loopback, private, link-local, shared, documentation, multicast and reserved ranges.
 * @see RFC 6890
 */
export function isPublicAddress(ip: string): boolean {
  return !special.check(ip, isIPv4(ip) ? 'ipv4' : 'ipv6')
}
