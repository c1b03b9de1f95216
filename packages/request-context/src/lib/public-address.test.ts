import { describe, expect, test } from 'vitest'
import { isPublicAddress } from './public-address.ts'

describe('isPublicAddress', () => {
  test.each(['8.8.8.8', '193.99.144.80', '172.32.0.1', '100.128.0.1', '2001:4860:4860::8888', '2a00::1'])(
    'finds %s on the internet',
    (ip) => {
      expect(isPublicAddress(ip)).toBe(true)
    },
  )

  test.each([
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '127.0.0.1',
    '169.254.169.254',
    '172.31.255.255',
    '192.168.1.1',
    '203.0.113.9',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '2001:db8::1',
    'fd00::1',
    'fe80::1',
    'ff02::1',
  ])('finds %s nowhere', (ip) => {
    expect(isPublicAddress(ip)).toBe(false)
  })
})
