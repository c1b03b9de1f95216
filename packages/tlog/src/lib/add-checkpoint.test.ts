import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatAddCheckpoint, parseAddCheckpoint } from './add-checkpoint.ts'

const refused = expect.objectContaining({ code: 'ERR_TLOG_REQUEST_MALFORMED' })
const NOTE = 'example.com/log\n5\nroot\n\n— example.com/log AAAAAAA=\n'
const HASH = 'PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw='
const hash = fc.uint8Array({ minLength: 32, maxLength: 32 })

describe('formatAddCheckpoint and parseAddCheckpoint', () => {
  test('are each other’s inverse for any size and proof', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.array(hash, { maxLength: 63 }), (oldSize, proof) => {
        const parsed = parseAddCheckpoint(formatAddCheckpoint({ oldSize, proof, note: NOTE }))

        expect({ ...parsed, proof: parsed.proof.map(hex) }).toEqual({ oldSize, proof: proof.map(hex), note: NOTE })
      }),
    )
  })

  test('read the example of the specification', () => {
    const body = `old 20852014\n${HASH}\n${HASH}\n\n${NOTE}`

    expect(parseAddCheckpoint(body)).toMatchObject({ oldSize: 20_852_014, note: NOTE })
    expect(parseAddCheckpoint(body).proof).toHaveLength(2)
    expect(parseAddCheckpoint(`old 0\n\n${NOTE}`)).toEqual({ oldSize: 0, proof: [], note: NOTE })
  })

  test('accept nothing that formats otherwise', () => {
    fc.assert(
      fc.property(fc.nat({ max: 60 }), fc.integer({ min: 1, max: 255 }), (at, mask) => {
        const body = `old 12\n${HASH}\n\n${NOTE}`
        const changed = body.slice(0, at) + String.fromCharCode(body.charCodeAt(at) ^ mask) + body.slice(at + 1)
        const again = parses(changed) ? formatAddCheckpoint(parseAddCheckpoint(changed)) : changed

        expect(again).toBe(changed)
      }),
      { numRuns: 1000 },
    )
  })

  test('refuse sizes with leading zeros, signs, spaces or beyond 2^53-1', () => {
    for (const size of ['00', '01', '-1', '+1', ' 1', '1 ', '1e3', '', '9007199254740992', '18446744073709551615']) {
      expect(() => parseAddCheckpoint(`old ${size}\n\n${NOTE}`)).toThrow(refused)
    }
  })

  test('refuse a missing old line, proof or border', () => {
    for (const body of ['', '\n\n', 'old 0', 'old 0\n', `old 0\n${NOTE}`, `size 0\n\n${NOTE}`, `OLD 0\n\n${NOTE}`]) {
      expect(() => parseAddCheckpoint(body)).toThrow(refused)
    }
    expect(() => parseAddCheckpoint(`old 0\n\n`)).toThrow(refused)
    expect(() => parseAddCheckpoint(`old 0\n\n\n${NOTE}`)).toThrow(refused)
    expect(() => parseAddCheckpoint(`old 0\n\n${NOTE.trimEnd()}`)).toThrow(refused)
  })

  test('refuse hashes that are not 32 bytes of canonical base64', () => {
    for (const line of ['KgEA', `${HASH} `, HASH.replace('kaw=', 'kax='), HASH.replace('=', ''), 'garbage!']) {
      expect(() => parseAddCheckpoint(`old 1\n${line}\n${HASH}\n\n${NOTE}`)).toThrow(refused)
    }
  })

  test('refuse 64 hashes', () => {
    const body = (count: number): string => `old 1\n${`${HASH}\n`.repeat(count)}\n${NOTE}`

    expect(parseAddCheckpoint(body(63)).proof).toHaveLength(63)
    expect(() => parseAddCheckpoint(body(64))).toThrow(refused)
  })

  test('refuse to format what would not be parsed', () => {
    expect(() => formatAddCheckpoint({ oldSize: -1, proof: [], note: NOTE })).toThrow(refused)
    expect(() => formatAddCheckpoint({ oldSize: 0.5, proof: [], note: NOTE })).toThrow(refused)
    expect(() => formatAddCheckpoint({ oldSize: 1, proof: [new Uint8Array(31)], note: NOTE })).toThrow(refused)
    expect(() => formatAddCheckpoint({ oldSize: 1, proof: [], note: 'no newline' })).toThrow(refused)
    expect(() => formatAddCheckpoint({ oldSize: 1, proof: [], note: `${'a'.repeat(1_000_000)}\n` })).toThrow(refused)
  })
})

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

function parses(body: string): boolean {
  try {
    parseAddCheckpoint(body)
    return true
  } catch {
    return false
  }
}
