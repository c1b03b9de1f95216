import { existsSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatCheckpoint, parseCheckpoint } from './checkpoint.ts'
import { EMPTY_ROOT } from './hash.ts'

const refused = expect.objectContaining({ code: 'ERR_TLOG_CHECKPOINT_MALFORMED' })
const ROOT = '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='
const vectors = new URL('../../../../../shared/vectors/tlog-checkpoint/parse.json', import.meta.url)

describe('formatCheckpoint and parseCheckpoint', () => {
  test('write origin, size and root as three lines', () => {
    const text = formatCheckpoint({ origin: 'audit.example.com', size: 0, root: EMPTY_ROOT })

    expect(text).toBe(`audit.example.com\n0\n${ROOT}\n`)
    expect(parseCheckpoint(text)).not.toHaveProperty('extensions')
  })

  test('are inverses', () => {
    const line = fc.stringMatching(/^[ -~]{1,30}$/)
    const checkpoint = fc.record({
      origin: line.filter((text) => !text.includes('://')),
      size: fc.maxSafeNat(),
      root: fc.uint8Array({ minLength: 32, maxLength: 32 }),
      extensions: fc.array(line, { minLength: 1, maxLength: 3 }),
    })
    fc.assert(
      fc.property(checkpoint, (value) => {
        const parsed = parseCheckpoint(formatCheckpoint(value))
        expect({ ...parsed, root: Uint8Array.from(parsed.root) }).toEqual(value)
      }),
    )
  })

  test('refuse a size that is not plain decimal or above 2^53-1', () => {
    expect(() => parseCheckpoint(`a\n01\n${ROOT}\n`)).toThrow(refused)
    expect(() => parseCheckpoint(`a\n+1\n${ROOT}\n`)).toThrow(refused)
    expect(() => parseCheckpoint(`a\n1e3\n${ROOT}\n`)).toThrow(refused)
    expect(() => parseCheckpoint(`a\n9007199254740992\n${ROOT}\n`)).toThrow(refused)
    expect(() => formatCheckpoint({ origin: 'a', size: 2 ** 53, root: EMPTY_ROOT })).toThrow(refused)
  })

  test('refuse a root that is not 32 bytes or not in the one spelling of base64', () => {
    expect(() => parseCheckpoint('a\n1\nYmFuYW5hcw==\n')).toThrow(refused)
    expect(() => parseCheckpoint(`a\n1\n${ROOT.replace('=', '')}\n`)).toThrow(refused)
    expect(() => parseCheckpoint(`a\n1\n${ROOT.replace('U=', 'V=')}\n`)).toThrow(refused)
    expect(() => formatCheckpoint({ origin: 'a', size: 1, root: new Uint8Array(31) })).toThrow(refused)
  })

  test('refuse an origin that is empty, of two lines or with a scheme', () => {
    expect(() => formatCheckpoint({ origin: '', size: 0, root: EMPTY_ROOT })).toThrow(refused)
    expect(() => formatCheckpoint({ origin: 'a\n5', size: 0, root: EMPTY_ROOT })).toThrow(refused)
    expect(() => formatCheckpoint({ origin: 'https://a', size: 0, root: EMPTY_ROOT })).toThrow(refused)
  })

  test('refuse empty extension lines and a missing last newline', () => {
    expect(() => parseCheckpoint(`a\n1\n${ROOT}\n\n`)).toThrow(refused)
    expect(() => parseCheckpoint(`a\n1\n${ROOT}`)).toThrow(refused)
    expect(() => parseCheckpoint('')).toThrow(refused)
  })
})

const present = existsSync(vectors)
describe.skipIf(!present)('public checkpoints (not run where the vectors folder is not present)', () => {
  const published = present ? JSON.parse(readFileSync(vectors, 'utf8')) : {}

  test('parse when their made-up root is replaced by one of 32 bytes', () => {
    for (const text of published.ok) {
      const [origin, size, , ...rest] = text.split('\n')
      expect(parseCheckpoint([origin, size, ROOT, ...rest].join('\n'))).toMatchObject({ origin, size: Number(size) })
    }
  })

  test('are refused as published, the lenient ones included', () => {
    for (const text of [...published.err, ...published.lenient]) expect(() => parseCheckpoint(text)).toThrow(refused)
  })

  test('are refused for their own fault and not for a made-up root', () => {
    const repaired = published.lenient.map((text: string) => text.replace(/^(.*\n.*\n).*/, `$1${ROOT}`))
    for (const text of repaired) expect(() => parseCheckpoint(text)).toThrow(refused)
  })
})
