import { existsSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatTilePath, parseTilePath } from './tile-path.ts'

const refused = expect.objectContaining({ code: 'ERR_TLOG_TILE_PATH' })
const vectors = new URL('../../../../../shared/vectors/tlog-tiles/paths.json', import.meta.url)

describe('formatTilePath and parseTilePath', () => {
  test('are inverses for every tile', () => {
    const tile = fc.record({
      level: fc.integer({ min: -1, max: 63 }),
      index: fc.maxSafeNat(),
      width: fc.integer({ min: 1, max: 256 }),
    })
    fc.assert(
      fc.property(tile, (id) => {
        expect(parseTilePath(formatTilePath(id))).toEqual(id)
      }),
    )
  })

  test('accept no path that is not the one they format', () => {
    const path = fc.stringMatching(/^tile\/(entries|\d{1,3})\/(x?\d{2,4}\/){0,7}x?\d{2,4}(\.p\/\d{1,3})?$/)
    fc.assert(
      fc.property(path, (text) => {
        const id = tryParse(text)
        expect(id === undefined || formatTilePath(id) === text).toBe(true)
      }),
    )
  })

  test('refuse an index that needs no leading group but has one', () => {
    expect(() => parseTilePath('tile/0/x000/001')).toThrow(refused)
  })

  test('refuse a width of 256 that is spelt out, or of 0', () => {
    expect(() => parseTilePath('tile/0/001.p/256')).toThrow(refused)
    expect(() => parseTilePath('tile/0/001.p/0')).toThrow(refused)
  })

  test('refuse to format what is out of range', () => {
    expect(() => formatTilePath({ level: 64, index: 0, width: 1 })).toThrow(refused)
    expect(() => formatTilePath({ level: -2, index: 0, width: 1 })).toThrow(refused)
    expect(() => formatTilePath({ level: 0, index: 2 ** 53, width: 1 })).toThrow(refused)
    expect(() => formatTilePath({ level: 0, index: 0, width: 0 })).toThrow(refused)
    expect(() => formatTilePath({ level: 0, index: 0, width: 257 })).toThrow(refused)
  })

  test('refuse a very long path at once', () => {
    expect(() => parseTilePath(`tile/0/${'x001/'.repeat(100_000)}001`)).toThrow(refused)
  })
})

const present = existsSync(vectors)
describe.skipIf(!present)('public tile paths (not run where the vectors folder is not present)', () => {
  const published = present ? JSON.parse(readFileSync(vectors, 'utf8')) : {}

  test('format as published', () => {
    for (const [level, index, width, path] of published.tile_path) {
      expect(formatTilePath({ level, index, width: width === 0 ? 256 : width })).toBe(path)
    }
  })

  test('name the bundle of an entry as published', () => {
    for (const [index, size, path] of published.entries_for_index) {
      const bundle = Math.floor(index / 256)
      expect(formatTilePath({ level: -1, index: bundle, width: Math.min(256, size - bundle * 256) })).toBe(path)
    }
  })

  test('parse as published, but for the index above 2^53-1, which is refused', () => {
    for (const [level, rest, , index, width] of published.parse_ok) {
      const parsed = tryParse(`tile/${level}/${rest}`)
      const expected = { level: Number(level), index, width: width === 0 ? 256 : width }
      expect(parsed).toEqual(Number.isSafeInteger(index) ? expected : undefined)
    }
  })

  test('are refused as published', () => {
    for (const [level, rest] of published.parse_err)
      expect(() => parseTilePath(`tile/${level}/${rest}`)).toThrow(refused)
  })
})

function tryParse(path: string): ReturnType<typeof parseTilePath> | undefined {
  try {
    return parseTilePath(path)
  } catch {
    return undefined
  }
}
