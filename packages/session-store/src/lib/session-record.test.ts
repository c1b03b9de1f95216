import { Cookie } from 'express-session'
import type { SessionData } from 'express-session'
import { describe, expect, test } from 'vitest'
import { formatData, formatRecord, keyOf, parseData, parseRecord } from './session-record.ts'
import type { SessionRecord } from './session-record.ts'

const DAMAGED: unknown = expect.objectContaining({ code: 'ERR_SESSION_STORE_RECORD' })

function sessionOf(extra: object, cookie: Cookie = new Cookie()): SessionData {
  return { cookie, ...extra }
}

describe('keyOf', () => {
  test('v5.0.0-16.2.5 never holds the session id', () => {
    const key = keyOf('the-session-id')

    expect(key).toEqual(['express-session', expect.stringMatching(/^[\w-]{43}$/)])
    expect(key.join()).not.toContain('the-session-id')
  })

  test('gives every id a key of its own', () => {
    expect(keyOf('a')).not.toEqual(keyOf('b'))
  })
})

describe('formatData', () => {
  test('accepts 65,536 bytes and refuses one more', () => {
    const cookie = new Cookie()
    const frame = formatData(sessionOf({ text: '' }, cookie)).length

    expect(formatData(sessionOf({ text: 'x'.repeat(65_536 - frame) }, cookie))).toHaveLength(65_536)
    expect(() => formatData(sessionOf({ text: 'x'.repeat(65_537 - frame) }, cookie))).toThrow(
      expect.objectContaining({ code: 'ERR_SESSION_STORE_TOO_LARGE' }),
    )
  })

  test('counts bytes, not characters', () => {
    expect(() => formatData(sessionOf({ text: '銀'.repeat(30_000) }))).toThrow(
      expect.objectContaining({ code: 'ERR_SESSION_STORE_TOO_LARGE' }),
    )
  })
})

describe('parseData', () => {
  test('reads back what formatData wrote', () => {
    const data = formatData(sessionOf({ count: 1 }))

    expect(parseData(data)).toMatchObject({ count: 1, cookie: { path: '/', httpOnly: true } })
  })

  test.each(['', '{', 'null', '[]', '"text"', '{}', '{"cookie":null}', '{"cookie":"x"}'])('refuses %s', (data) => {
    expect(() => parseData(data)).toThrow(DAMAGED)
  })
})

describe('parseRecord', () => {
  test.each<SessionRecord>([{ state: 'live', data: '{}', until: 7 }, { state: 'ended' }])(
    'reads back the %o that formatRecord wrote',
    (record) => {
      expect(parseRecord({ key: ['a'], version: 'v', value: formatRecord(record) })).toEqual(record)
    },
  )

  test.each([[null], ['text'], [{}], [{ ended: false }], [{ data: '{}' }], [{ data: 1, until: 7 }]])(
    'refuses %j',
    (value) => {
      expect(() => parseRecord({ key: ['a'], version: 'v', value })).toThrow(DAMAGED)
    },
  )
})
