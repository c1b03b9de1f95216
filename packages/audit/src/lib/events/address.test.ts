import fc from 'fast-check'
import { isIP } from 'node:net'
import { describe, expect, test } from 'vitest'
import { shortenAddress } from './address.ts'

describe('shortenAddress', () => {
  test.each([
    ['203.0.113.77', '203.0.113.0/24'],
    ['0.0.0.0', '0.0.0.0/24'],
    ['255.255.255.255', '255.255.255.0/24'],
  ])('cuts %s to its /24', (ip, network) => {
    expect(shortenAddress(ip)).toBe(network)
  })

  test.each([
    ['2001:db8:85a3:8d3:1319:8a2e:370:7348', '2001:db8:85a3::/48'],
    ['2001:0db8:85a3:0000:0000:8a2e:0370:7334', '2001:db8:85a3::/48'],
    ['2001:DB8:85A3::1', '2001:db8:85a3::/48'],
    ['2001:db8::1', '2001:db8::/48'],
    ['2001:db8:0:0:0:0:0:1', '2001:db8::/48'],
    ['2001::5:0:0:1', '2001::/48'],
    ['::', '::/48'],
    ['::1', '::/48'],
    ['1::', '1::/48'],
    ['::2:3:4:5:6:7:8', '0:2:3::/48'],
    ['1:2:3:4:5:6:7::', '1:2:3::/48'],
    ['::1:2:3:4:5:1.2.3.4', '0:1:2::/48'],
    ['fe80::1%eth0', 'fe80::/48'],
    ['64:ff9b::203.0.113.77', '64:ff9b::/48'],
  ])('cuts %s to its /48 in one spelling', (ip, network) => {
    expect(shortenAddress(ip)).toBe(network)
  })

  test.each(['::ffff:203.0.113.77', '::FFFF:203.0.113.77', '::ffff:cb00:714d', '0:0:0:0:0:ffff:203.0.113.77'])(
    'takes the mapped address %s for the IPv4 address that it is',
    (ip) => {
      expect(shortenAddress(ip)).toBe('203.0.113.0/24')
    },
  )

  test.each(['', 'localhost', '203.0.113', '203.0.113.256', '[::1]', '1.2.3.4:80', '2001:db8::1::2', '%eth0', ':'])(
    'says of "%s" only that it is unknown',
    (text) => {
      expect(shortenAddress(text)).toBe('unknown')
    },
  )

  test('gives all spellings of an address one network, which is itself an address (property)', () => {
    fc.assert(
      fc.property(fc.ipV6(), (ip) => {
        const plain = new URL(`http://[${ip}]/`).hostname.slice(1, -1)
        const network = shortenAddress(ip)

        expect(network).toBe(shortenAddress(plain))
        expect(network).toBe(shortenAddress(ip.toUpperCase()))
        expect(isIP(network.split('/')[0] ?? '')).not.toBe(0)
      }),
    )
  })

  test('keeps nothing of what it cuts off (property)', () => {
    const group = fc.nat(0xffff).map((value) => value.toString(16))
    fc.assert(
      fc.property(
        fc.array(group, { minLength: 3, maxLength: 3 }),
        fc.array(group, { minLength: 5, maxLength: 5 }),
        (head, tail) => {
          expect(shortenAddress([...head, ...tail].join(':'))).toBe(
            shortenAddress([...head, 'a', 'b', 'c', 'd', 'e'].join(':')),
          )
        },
      ),
    )
  })
})
