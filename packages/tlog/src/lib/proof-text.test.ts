import { existsSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatProof, parseProof } from './proof-text.ts'

const refused = expect.objectContaining({ code: 'ERR_TLOG_PROOF_MALFORMED' })
const hash = new Uint8Array(32)
const vectors = new URL('../../../../../shared/vectors/tlog-proof/vectors.json', import.meta.url)

describe('formatProof and parseProof', () => {
  test('are inverses', () => {
    const proof = fc.record(
      {
        index: fc.maxSafeNat(),
        hashes: fc.array(fc.uint8Array({ minLength: 32, maxLength: 32 }), { maxLength: 63 }),
        extra: fc.uint8Array({ minLength: 1, maxLength: 40 }),
        checkpoint: fc.stringMatching(/^[ -~]{1,40}\n$/),
      },
      { requiredKeys: ['index', 'hashes', 'checkpoint'] },
    )
    fc.assert(
      fc.property(proof, (value) => {
        expect(plain(parseProof(formatProof(value)))).toEqual(value)
      }),
    )
  })

  test('refuse more hashes than a tree can be high', () => {
    const hashes = Array.from({ length: 64 }, () => hash)

    expect(() => formatProof({ index: 0, hashes, checkpoint: 'a\n' })).toThrow(refused)
  })

  test('refuse hashes that are not 32 bytes, an index above 2^53-1 and a checkpoint without last newline', () => {
    expect(() => formatProof({ index: 0, hashes: [hash.subarray(1)], checkpoint: 'a\n' })).toThrow(refused)
    expect(() => formatProof({ index: 2 ** 53, hashes: [], checkpoint: 'a\n' })).toThrow(refused)
    expect(() => formatProof({ index: 0, hashes: [], checkpoint: 'a' })).toThrow(refused)
    expect(() => formatProof({ index: 0, hashes: [], extra: new Uint8Array(), checkpoint: 'a\n' })).toThrow(refused)
  })

  test('refuse a proof above 1 MB', () => {
    expect(() => parseProof(`c2sp.org/tlog-proof@v1\nindex 0\n\n${'a'.repeat(1_000_000)}\n`)).toThrow(refused)
  })
})

const present = existsSync(vectors)
describe.skipIf(!present)('public proofs (not run where the vectors folder is not present)', () => {
  const published = present ? JSON.parse(readFileSync(vectors, 'utf8')) : {}

  test('format as published and parse back', () => {
    for (const { index, hashes, extra_b64: extra, checkpoint, want } of published.marshal) {
      const bytes = hashes.map((text: string) => Buffer.from(text, 'base64'))
      const proof = { index, hashes: bytes, checkpoint, ...(extra ? { extra: Buffer.from(extra, 'base64') } : {}) }

      expect(formatProof(proof)).toBe(want)
      expect(parseProof(want)).toEqual(proof)
    }
  })

  test('are refused as published', () => {
    for (const text of published.parse_err) expect(() => parseProof(text)).toThrow(refused)
  })
})

function plain(proof: ReturnType<typeof parseProof>): ReturnType<typeof parseProof> {
  const extra = proof.extra === undefined ? {} : { extra: Uint8Array.from(proof.extra) }
  return { ...proof, hashes: proof.hashes.map((bytes) => Uint8Array.from(bytes)), ...extra }
}
