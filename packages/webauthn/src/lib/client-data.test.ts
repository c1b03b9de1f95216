import { describe, expect, test } from 'vitest'
import { parseClientData } from './client-data.ts'

const HONEST = { type: 'webauthn.get', challenge: 'AAAA', origin: 'https://bank.example' }

function parse(members: unknown, before = ''): unknown {
  return parseClientData(Buffer.from(before + JSON.stringify(members)))
}

describe('parseClientData', () => {
  test('WA-REG-01 reads the judged members, in any order and beside any others', () => {
    const { origin, challenge, type } = HONEST

    expect(parse({ more: { a: [1] }, origin, challenge, type })).toEqual({
      type: 'webauthn.get',
      challenge: new Uint8Array(3),
      origin: 'https://bank.example',
      crossOrigin: false,
    })
  })

  test('WA-REG-01 reads over a byte order mark', () => {
    expect(parse(HONEST, '\ufeff')).toMatchObject({ type: 'webauthn.get' })
  })

  test.each([
    ['a list', [HONEST]],
    ['null', null],
    ['no type', { ...HONEST, type: undefined }],
    ['a list for the type', { ...HONEST, type: ['webauthn.get'] }],
    ['a list for the origin', { ...HONEST, origin: ['https://bank.example'] }],
    ['an object for the challenge', { ...HONEST, challenge: {} }],
    ['a challenge in the other alphabet', { ...HONEST, challenge: '++++' }],
    ['a challenge of a megabyte', { ...HONEST, challenge: 'A'.repeat(2 ** 20) }],
    ['text for crossOrigin', { ...HONEST, crossOrigin: 'false' }],
    ['a list for topOrigin', { ...HONEST, topOrigin: [] }],
  ])('F-17 refuses %s', (_what, members) => {
    expect(parse(members)).toBeUndefined()
  })

  test('refuses what is no UTF-8', () => {
    const text = Buffer.from(JSON.stringify(HONEST))

    expect(
      parseClientData(Buffer.concat([text.subarray(0, 10), Buffer.from([0xff]), text.subarray(10)])),
    ).toBeUndefined()
  })
})
