import { describe, expect, test } from 'vitest'
import { normalizeAddress } from './address.ts'

describe('normalizeAddress', () => {
  test.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['::FFFF:c000:0207', '192.0.2.7'],
    ['0:0:0:0:0:ffff:192.0.2.7', '192.0.2.7'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['2001:0db8::0001', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['::1', '::1'],
    ['::', '::'],
  ])('F-32 gives one spelling: %s is %s', (text, address) => {
    expect(normalizeAddress(text)).toBe(address)
  })

  test.each([
    '',
    'unknown',
    '192.0.2.7:443',
    '[2001:db8::1]:443',
    '192.0.2.007',
    '192.0.2',
    '0x7f000001',
    '2130706433',
    '192.0.2.7%eth0',
    'fe80::1%eth0\r\nX: y'.repeat(4),
    'example.com',
    '1'.repeat(1000),
  ])('F-32 takes %j for no address', (text) => {
    expect(normalizeAddress(text)).toBeUndefined()
  })

  test('takes a connection that is gone for no address', () => {
    expect(normalizeAddress(undefined)).toBeUndefined()
  })
})
