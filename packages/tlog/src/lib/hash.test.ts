import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { EMPTY_ROOT, hashPair, leafHash, nodeHash } from './hash.ts'

const vectors = new URL('../../../../../shared/vectors/rfc6962/hash-kats.json', import.meta.url)

describe('EMPTY_ROOT, leafHash, nodeHash', () => {
  test('v5.0.0-11.4.1 hashes nothing into the empty root', () => {
    expect(hex(EMPTY_ROOT)).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
  })

  test('hashes an empty entry as a leaf, which is not the empty root', () => {
    expect(hex(leafHash(new Uint8Array()))).toBe('6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d')
  })

  test('keeps leaves and nodes apart: an entry that looks like two hashes is no node', () => {
    const [left, right] = [leafHash(Buffer.from('a')), leafHash(Buffer.from('b'))]

    expect(hex(leafHash(Buffer.concat([left, right])))).not.toBe(hex(nodeHash(left, right)))
  })

  test('refuses to hash what is not two hashes', () => {
    const hash = leafHash(Buffer.from('a'))

    expect(() => nodeHash(hash, hash.subarray(1))).toThrow(expect.objectContaining({ code: 'ERR_TLOG_HASH' }))
    expect(() => nodeHash(new Uint8Array(33), hash)).toThrow(expect.objectContaining({ code: 'ERR_TLOG_HASH' }))
  })
})

const present = existsSync(vectors)
describe.skipIf(!present)('public RFC 6962 answers (not run where the vectors folder is not present)', () => {
  test('gives the hashes that other implementations publish', () => {
    const answers = JSON.parse(readFileSync(vectors, 'utf8')).vectors.map(answer)

    expect(answers.length).toBeGreaterThan(0)
    for (const { actual, expected } of answers) expect(actual).toBe(expected)
  })
})

function answer(vector: Record<string, string>): { actual: string; expected: string } {
  const expected = vector['hex'] ?? Buffer.from(vector['b64'] ?? '', 'base64').toString('hex')
  const bytes = (name: string): Uint8Array => Buffer.from(vector[name] ?? '')
  if (vector['op'] === 'empty') return { actual: hex(EMPTY_ROOT), expected }
  if (vector['op'] === 'leaf') return { actual: hex(leafHash(bytes('utf8'))), expected }
  // The published halves are short strings, which `nodeHash` itself refuses.
  return { actual: hex(hashPair(bytes('left_utf8'), bytes('right_utf8'))), expected }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
