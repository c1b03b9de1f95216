import { describe, expect, test } from 'vitest'
import { entryOf, testEvent } from '../../../test/ledger.ts'
import { parseEntry } from './parse-entry.ts'

const unreadable: unknown = expect.objectContaining({ code: 'ERR_AUDIT_ENTRY' })
const parse = (bytes: Uint8Array): unknown => parseEntry({ id: 'e', at: 0, tags: {}, index: 7, bytes })

describe('parseEntry', () => {
  test('gives the event with its place', () => {
    expect(parseEntry({ ...entryOf(testEvent(3)), index: 7 })).toEqual({ ...testEvent(3), index: 7 })
  })

  test.each([
    ['nothing', ''],
    ['no JSON', '{"v":1'],
    ['no object', '"text"'],
    ['null', 'null'],
    ['a list', '[]'],
    ['an object without members', '{}'],
    ['another version', JSON.stringify({ ...testEvent(0), v: 2 })],
    ['a type that is not in the registry', JSON.stringify({ ...testEvent(0), type: 'access.granted' })],
    ['a type that every object has', JSON.stringify({ ...testEvent(0), type: 'constructor' })],
    ['a payload that is a list', JSON.stringify({ ...testEvent(0), data: [] })],
    ['no writer', JSON.stringify({ ...testEvent(0), writer: null })],
    ['a place of its own', JSON.stringify({ ...testEvent(0), index: 7 })],
    ['what it reveals by itself', JSON.stringify({ ...testEvent(0), revealed: { ip: '203.0.113.7' } })],
    ['what reveals nothing', JSON.stringify({ ...testEvent(0), revealed: null })],
    ['a time without milliseconds', JSON.stringify({ ...testEvent(0), at: '2026-01-01T00:00:00Z' })],
    ['a time of another zone', JSON.stringify({ ...testEvent(0), at: '2026-01-01T00:00:00.000+01:00' })],
    ['a time that no clock shows', JSON.stringify({ ...testEvent(0), at: '2026-13-01T00:00:00.000Z' })],
    [
      'a time with a message behind it',
      JSON.stringify({ ...testEvent(0), at: '2026-01-01T00:00:00.000Z web-2 sshd 1 - - accepted\n<38>1 x' }),
    ],
    ['a time with a line end', JSON.stringify({ ...testEvent(0), at: '2026-01-01T00:00:00.000Z\n' })],
    ['an actor that is nothing', JSON.stringify({ ...testEvent(0), actor: null })],
    ['an actor without a name', JSON.stringify({ ...testEvent(0), actor: {} })],
    ['an address that is a text', JSON.stringify({ ...testEvent(0), net: '192.0.2.1' })],
    ['a lineage that is a number', JSON.stringify({ ...testEvent(0), lineage: 7 })],
    ['an id that is no text', JSON.stringify({ ...testEvent(0), id: 7 })],
  ])('refuses %s', (_what, text) => {
    expect(() => parse(Buffer.from(text))).toThrow(unreadable)
  })

  test('refuses bytes that are no UTF-8', () => {
    expect(() => parse(Buffer.from([0x22, 0xff, 0x22]))).toThrow(unreadable)
  })
})
