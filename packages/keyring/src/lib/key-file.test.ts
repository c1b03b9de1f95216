import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatKeyFile, generateKey, parseKeyFile } from './key-file.ts'
import { PURPOSES } from './keys.ts'

const damaged = expect.objectContaining({ code: 'ERR_KEYRING_FILE_DAMAGED' })
const KEYS = PURPOSES.map((purpose, at) => generateKey(purpose, 0, (size) => Buffer.alloc(size, at)))
const FILE = formatKeyFile(KEYS)

describe('formatKeyFile and parseKeyFile', () => {
  test('are inverses', () => {
    expect(parseKeyFile(FILE)).toEqual(KEYS)
  })

  test('never accept a file that was cut short', () => {
    fc.assert(
      fc.property(fc.nat({ max: FILE.length - 3 }), (end) => {
        expect(() => parseKeyFile(FILE.slice(0, end))).toThrow(damaged)
      }),
    )
  })

  test('refuse unknown members, in the file and in a key', () => {
    expect(() => parseKeyFile(changed({ note: 1 }))).toThrow(damaged)
    expect(() => parseKeyFile(changed({ keys: [{ ...written(0), use: 'any' }, written(1), written(2)] }))).toThrow(
      damaged,
    )
  })

  test('refuse another version and keys that are no list', () => {
    expect(() => parseKeyFile(changed({ v: 2 }))).toThrow(damaged)
    expect(() => parseKeyFile(changed({ keys: {} }))).toThrow(damaged)
    expect(() => parseKeyFile('null')).toThrow(damaged)
    expect(() => parseKeyFile('[]')).toThrow(damaged)
  })

  test('refuse members of a wrong type, length or spelling', () => {
    expect(() => parseKeyFile(withFirst({ secret: 'AAAA' }))).toThrow(damaged)
    expect(() => parseKeyFile(withFirst({ secret: `${'A'.repeat(43)}=` }))).toThrow(damaged)
    expect(() => parseKeyFile(withFirst({ secret: 7 }))).toThrow(damaged)
    expect(() => parseKeyFile(withFirst({ id: 'has space' }))).toThrow(damaged)
    expect(() => parseKeyFile(withFirst({ purpose: 'everything' }))).toThrow(damaged)
    expect(() => parseKeyFile(withFirst({ createdAt: 'yesterday' }))).toThrow(damaged)
  })

  test('refuse a purpose without a key and two keys with one id', () => {
    expect(() => parseKeyFile(changed({ keys: [written(0), written(1)] }))).toThrow(damaged)
    expect(() => parseKeyFile(changed({ keys: [written(0), written(0), written(1), written(2)] }))).toThrow(damaged)
  })
})

function written(at: number): Record<string, unknown> {
  return JSON.parse(FILE).keys[at]
}

function changed(members: object): string {
  return JSON.stringify({ ...JSON.parse(FILE), ...members })
}

function withFirst(members: object): string {
  return changed({ keys: [{ ...written(0), ...members }, written(1), written(2)] })
}
