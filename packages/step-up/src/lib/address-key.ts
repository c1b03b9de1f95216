import { isIPv4, isIPv6 } from 'node:net'

/**
 * Gives what a limit counts an address under: an IPv4 address as it is, also when it is written as IPv6, and the /64 of an
 * IPv6 address, which is what one customer has at least.
 *
 * @param ip An address in any spelling; the request's context took it from trusted hops only.
 * @returns The key, or `undefined` for what is no address.
 */
export function addressKey(ip: string): string | undefined {
  if (isIPv4(ip)) return ip
  const plain = isIPv6(ip) ? URL.parse(`http://[${withoutZone(ip)}]`)?.hostname : undefined
  if (plain === undefined) return undefined

  const groups = expand(plain.slice(1, -1))
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff
  if (isMapped)
    return groups
      .slice(6)
      .flatMap((group) => [group >> 8, group & 0xff])
      .join('.')
  return `${groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(':')}::/64`
}

function withoutZone(ip: string): string {
  return ip.split('%', 1)[0] ?? ''
}

// As the URL parser writes it: lower-case hex, the longest run of zeros as "::".
function expand(text: string): readonly number[] {
  const [head = '', tail] = text.split('::')
  const numbers = (part: string): number[] =>
    part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16))
  const before = numbers(head)
  const after = tail === undefined ? [] : numbers(tail)
  return [...before, ...Array.from({ length: 8 - before.length - after.length }, () => 0), ...after]
}
