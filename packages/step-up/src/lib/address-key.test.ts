import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { addressKey } from './address-key.ts'

describe('addressKey', () => {
  test('counts an IPv4 address by itself', () => {
    expect(addressKey('203.0.113.7')).toBe('203.0.113.7')
  })

  test('F-32 counts an IPv4 address that is written as IPv6 as the same', () => {
    expect(['::ffff:203.0.113.7', '::FFFF:cb00:7107', '0:0:0:0:0:ffff:cb00:7107'].map(addressKey)).toEqual(
      Array(3).fill('203.0.113.7'),
    )
  })

  test('F-32 counts all addresses of one /64 together, however they are written', () => {
    const spellings = ['2001:db8:1:2::1', '2001:DB8:1:2:ffff::', '2001:0db8:0001:0002:0:0:0:9', '2001:db8:1:2::%eth0']

    expect(new Set(spellings.map(addressKey))).toEqual(new Set(['2001:db8:1:2::/64']))
    expect(addressKey('2001:db8:1:3::1')).toBe('2001:db8:1:3::/64')
  })

  test('knows what is no address', () => {
    const none = ['', 'localhost', '1.2.3', '::g', ':::', '[::1]', '1.2.3.4.5', 'a:b', '01.2.3.4']

    expect(none.map(addressKey)).toEqual(Array(none.length).fill(undefined))
  })

  test('never throws and gives every address of a network one key', () => {
    fc.assert(fc.property(fc.string(), (text) => void addressKey(text)))
    fc.assert(
      fc.property(fc.ipV6(), (ip) => {
        const key = addressKey(ip)
        expect(key).toMatch(/^(?:[0-9a-f:]+::\/64|[\d.]+)$/)
      }),
    )
  })
})
