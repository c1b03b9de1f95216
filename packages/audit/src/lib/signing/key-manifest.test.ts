import { createMemoryStore } from '@sallyport/store'
import { formatVerifierKey } from '@sallyport/tlog/note'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  activeKeys,
  extendsManifest,
  formatManifest,
  manifestKey,
  parseManifest,
  readManifests,
  type KeyManifest,
  type LedgerKey,
} from './key-manifest.ts'

const ORIGIN = 'audit.example.com/test'
const KEYS: readonly LedgerKey[] = [
  { verifierKey: keyOf(1), from: 0, until: 40 },
  { verifierKey: keyOf(2), from: 20 },
]
const MANIFEST: KeyManifest = { origin: ORIGIN, number: 2, keys: KEYS }
const TEXT = formatManifest(MANIFEST)

describe('formatManifest', () => {
  test('says in a line each which key may sign from which size to which', () => {
    expect(TEXT).toBe(`sallyport ledger keys v1\n${ORIGIN}\n2\n0 40 ${keyOf(1)}\n20 - ${keyOf(2)}\n`)
  })
})

describe('parseManifest', () => {
  test('gives what was formatted (property)', () => {
    const bounds = fc.record({ from: fc.maxSafeNat(), until: fc.option(fc.maxSafeNat(), { nil: undefined }) })
    const seeds = fc.uniqueArray(fc.integer({ min: 0, max: 255 }), { minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(
        seeds,
        fc.array(bounds, { minLength: 20, maxLength: 20 }),
        fc.integer({ min: 1 }),
        (all, at, number) => {
          const keys = all.map((seed, place): LedgerKey => {
            const { from = 0, until } = at[place] ?? {}
            return { verifierKey: keyOf(seed), from, ...(until === undefined ? {} : { until }) }
          })
          const manifest = { origin: ORIGIN, number, keys }

          expect(parseManifest(formatManifest(manifest))).toEqual(manifest)
        },
      ),
      { numRuns: 100 },
    )
  })

  test('takes of a text with any one changed character at most one that it would format itself', () => {
    for (let at = 0; at < TEXT.length; at++) {
      for (const other of ['0', '-', ' ', '\n', '+', '\u0000']) {
        const changed = TEXT.slice(0, at) + other + TEXT.slice(at + 1)
        const parsed = parseManifest(changed)

        expect(parsed === undefined ? changed : formatManifest(parsed)).toBe(changed)
      }
    }
  })

  test.each<readonly [string, string]>([
    ['nothing', ''],
    ['another version', TEXT.replace('v1', 'v2')],
    ['no key', `sallyport ledger keys v1\n${ORIGIN}\n1\n`],
    ['no last line feed', TEXT.slice(0, -1)],
    ['a line too many', `${TEXT}\n`],
    ['a number of 0', TEXT.replace('\n2\n', '\n0\n')],
    ['a number with a zero before it', TEXT.replace('\n2\n', '\n02\n')],
    ['a number above 2^53', TEXT.replace('\n2\n', '\n9007199254740993\n')],
    ['a size with a zero before it', TEXT.replace('\n0 40', '\n00 40')],
    ['a size above 2^53', TEXT.replace('\n0 40', '\n0 9007199254740993')],
    ['a negative size', TEXT.replace('\n20 -', '\n-20 -')],
    ['a key twice', TEXT.replace(keyOf(2), keyOf(1))],
    ['a key that is none', TEXT.replace(keyOf(2), 'a+b+c')],
    ['carriage returns', TEXT.replaceAll('\n', '\r\n')],
  ])('refuses %s', (_what, text) => {
    expect(parseManifest(text)).toBeUndefined()
  })

  test('takes 256 keys and refuses one more', () => {
    const keys = Array.from({ length: 257 }, (_, seed) => ({ verifierKey: keyOf(seed), from: 0 }))

    expect(parseManifest(formatManifest({ ...MANIFEST, keys: keys.slice(1) }))?.keys).toHaveLength(256)
    expect(parseManifest(formatManifest({ ...MANIFEST, keys }))).toBeUndefined()
  })
})

describe('extendsManifest', () => {
  const [first, second] = [
    { verifierKey: keyOf(1), from: 0 },
    { verifierKey: keyOf(2), from: 20 },
  ] as const
  const older: KeyManifest = { origin: ORIGIN, number: 1, keys: [first] }
  const newer = (keys: readonly LedgerKey[], more: Partial<KeyManifest> = {}): KeyManifest => ({
    ...MANIFEST,
    keys,
    ...more,
  })

  test('lets a manifest add keys and retire those that signed', () => {
    expect(extendsManifest(newer([first, second]), older)).toBe(true)
    expect(extendsManifest(newer([{ ...first, until: 20 }, second]), older)).toBe(true)
  })

  test('refuses one that forgets a key, moves it, gives it another beginning or lets it sign again', () => {
    const retired = { ...older, keys: [{ ...first, until: 20 }] }

    expect(extendsManifest(newer([second]), older)).toBe(false)
    expect(extendsManifest(newer([second, first]), older)).toBe(false)
    expect(extendsManifest(newer([{ ...first, from: 1 }]), older)).toBe(false)
    expect(extendsManifest(newer([first]), retired)).toBe(false)
    expect(extendsManifest(newer([{ ...first, until: 30 }]), retired)).toBe(false)
  })

  test('refuses one of another ledger, and one that is not newer', () => {
    expect(extendsManifest(newer([first], { origin: 'audit.example.com/other' }), older)).toBe(false)
    expect(extendsManifest(newer([first], { number: 1 }), older)).toBe(false)
  })
})

describe('a stored manifest', () => {
  test('is read in the order of its number, and one under a strange key has no number', async () => {
    const store = createMemoryStore()
    const put = (key: readonly string[], note: string): object => ({ op: 'put', key, value: { note }, expect: null })
    const writes = JSON.parse(
      JSON.stringify([put(manifestKey(2), 'two'), put(manifestKey(1), 'one'), put(['ledger', 'keys', '3'], 'strange')]),
    )
    await store.commit({ id: 'a', writes, entries: [] })

    const read = await readManifests(store)
    expect(read.map(({ number, note }) => `${number} ${note}`)).toEqual(['1 one', '2 two', 'NaN strange'])
  })

  test('names the keys that may sign', () => {
    expect(activeKeys(MANIFEST)).toEqual(KEYS.slice(1))
  })
})

function keyOf(seed: number): string {
  return formatVerifierKey(ORIGIN, Buffer.alloc(32, seed).fill(seed >> 8, 0, 1))
}
