import type { Json, Key } from '@sallyport/store'
import type { Case, Expected } from './cases.ts'
import { flipBit, swap } from './change.ts'
import { HEAD_KEY, tileKey, tileValue, withTilesOf } from './forge.ts'
import { textAt, valueAt, withEntries, withRecord, type Image } from './image.ts'
import type { World } from './world.ts'

/* What each kind of change of the stored tree, and of the record that names the newest checkpoint, must give. */
const EXPECTED = {
  'a leaf hash is changed': { verdict: 'corrupt', kind: 'tile_altered' },
  'a node hash is changed': { verdict: 'corrupt', kind: 'tile_altered' },
  'two hashes are swapped': { verdict: 'corrupt', kind: 'tile_altered' },
  'a tile is removed': { verdict: 'corrupt', kind: 'tile_missing' },
  'a tile is shorter': { verdict: 'corrupt', kind: 'tile_missing' },
  'a tile is wider than a tile can be': { verdict: 'corrupt', kind: 'tile_missing' },
  'a tile is written in another way': { verdict: 'corrupt', kind: 'tile_missing' },
  'a tile is no tile': { verdict: 'corrupt', kind: 'tile_missing' },
  'a tile is longer than what is signed': { verdict: 'incomplete', kind: 'tree_ahead' },
  'there is a tile beyond what is signed': { verdict: 'incomplete', kind: 'tree_ahead' },
  'two tiles are swapped': { verdict: 'corrupt', kind: ['tile_altered', 'tile_missing'] },
  'a tile stands for an older tree': { verdict: 'corrupt', kind: 'tile_missing' },
  'the tree is that of other entries': { verdict: 'corrupt', kind: 'tile_altered' },
  'all tiles are removed': { verdict: 'corrupt', kind: 'tile_missing' },
  'the head is removed': { verdict: 'incomplete', kind: 'head_missing' },
  'the head is behind': { verdict: 'corrupt', kind: 'head_differs' },
  'the head is ahead': { verdict: 'incomplete', kind: 'checkpoint_missing' },
  'the root in the head is changed': { verdict: 'corrupt', kind: 'head_differs' },
  'the head is no head': { verdict: 'corrupt', kind: 'head_differs' },
  // No signature covers when the head was written, and no judgement uses it.
  'the time in the head is changed, which proves nothing': { verdict: 'good' },
} as const satisfies Record<string, Expected>

const HASH_BYTES = 32
const TILES = [
  [0, 0],
  [0, 1],
  [1, 0],
] as const

/** Every single change of the stored tree. */
export function* treeCases({ image, copies }: World): Generator<Case> {
  for (const [level, index] of TILES) {
    const key = tileKey(level, index)
    const hashes = hashesOf(image, key)
    yield* hashCases(image, { key, hashes, level, first: index * 256 })
    yield* shapeCases(image, { key, hashes })
  }
  yield* foreignCases(image)
  for (const copy of copies) {
    const older = copy.records.get(tileKey(0, 1).join('/'))?.value
    if (older !== undefined) yield replaced(image, 'a tile stands for an older tree', [tileKey(0, 1), older])
  }
  const without = new Map([...image.records].filter(([, record]) => record.key[1] !== 'tile'))
  yield changed('all tiles are removed', () => ({ ...image, records: without }))
}

/** Every single change of the head. */
export function* headCases({ image, signedSizes }: World): Generator<Case> {
  const head = valueAt(image, HEAD_KEY)
  const size = image.entries.length
  const set = (kind: keyof typeof EXPECTED, value: Json | undefined, at?: number): Case =>
    replaced(image, kind, [HEAD_KEY, value, at])
  yield set('the head is removed', undefined)
  for (let behind = 0; behind < size; behind += 7) yield set('the head is behind', { ...head, size: behind })
  for (const ahead of [size + 1, size + 256, 2 ** 53 - 1])
    yield set('the head is ahead', { ...head, size: ahead }, ahead)
  const root = Buffer.from(textAt(image, HEAD_KEY, 'root'), 'base64')
  for (let at = 0; at < HASH_BYTES; at++) {
    const other = Buffer.from(flipBit(root, at)).toString('base64')
    yield set('the root in the head is changed', { ...head, root: other }, size)
  }
  for (const signed of signedSizes.filter((one) => one < size)) {
    yield set('the head is behind', { ...head, size: signed })
  }
  const wrong = [null, 7, 'head', [], {}, { ...head, size: -1 }, { ...head, size: 1.5 }, { ...head, size: '300' }]
  for (const value of [...wrong, { ...head, root: 7 }, { ...head, at: null }]) yield set('the head is no head', value)
  for (const at of [0, Number(head['at']) + 1])
    yield set('the time in the head is changed, which proves nothing', { ...head, at })
}

interface TileOf {
  readonly key: Key
  readonly hashes: readonly Buffer[]
}

function* hashCases(
  image: Image,
  { key, hashes, level, first }: TileOf & { readonly level: number; readonly first: number },
): Generator<Case> {
  const kind = level === 0 ? 'a leaf hash is changed' : 'a node hash is changed'
  for (const [at, hash] of hashes.entries()) {
    for (const byte of [at % HASH_BYTES, HASH_BYTES - 1]) {
      const value = tileValue(hashes.with(at, Buffer.from(flipBit(hash, byte, at % 8))))
      yield { ...replaced(image, kind, [key, value, (first + at) * 256 ** level]), quick: byte % 2 === 0 }
    }
    if (at === 0) continue
    yield replaced(image, 'two hashes are swapped', [key, tileValue(swap(hashes, at - 1, at)), first + at])
  }
}

function* shapeCases(image: Image, { key, hashes }: TileOf): Generator<Case> {
  const value = valueAt(image, key)
  const text = textAt(image, key, 'hashes')
  yield replaced(image, 'a tile is removed', [key, undefined])
  for (let width = 0; width < hashes.length; width++) {
    yield { ...replaced(image, 'a tile is shorter', [key, tileValue(hashes.slice(0, width))]), quick: width % 2 === 0 }
  }
  const longer = [...hashes, ...hashes.slice(0, 1)]
  const isFull = longer.length > 256
  yield replaced(image, isFull ? 'a tile is wider than a tile can be' : 'a tile is longer than what is signed', [
    key,
    tileValue(longer),
  ])
  for (const hashesText of [`${text}\n`, text.replace('=', ''), text.replaceAll('+', '-'), ` ${text}`, `${text}!`]) {
    if (hashesText === text) continue
    yield replaced(image, 'a tile is written in another way', [key, { ...value, hashes: hashesText }])
  }
  const wrong = [null, 7, 'tile', [], {}, { ...value, width: 0 }, { ...value, width: '1' }, { ...value, hashes: 7 }]
  for (const one of [...wrong, { ...value, width: hashes.length + 1 }])
    yield replaced(image, 'a tile is no tile', [key, one])
}

function* foreignCases(image: Image): Generator<Case> {
  const stray = valueAt(image, tileKey(0, 1))
  for (const key of [tileKey(0, 2), tileKey(0, 9_999_999), tileKey(1, 1), tileKey(2, 0), tileKey(5, 0)]) {
    yield { ...replaced(image, 'there is a tile beyond what is signed', [key, stray]), quick: key[2] === '00' }
  }
  for (const [one, other] of [
    [TILES[0], TILES[1]],
    [TILES[0], TILES[2]],
    [TILES[1], TILES[2]],
  ] as const) {
    const [a, b] = [tileKey(one[0], one[1]), tileKey(other[0], other[1])]
    const swapped = (): Image => withRecord(withRecord(image, a, valueAt(image, b)), b, valueAt(image, a))
    yield changed('two tiles are swapped', swapped)
  }
  const reversed = withTilesOf(withEntries(image, image.entries.toReversed()))
  yield changed('the tree is that of other entries', () => withEntries(reversed, image.entries))
}

type Replacement = readonly [key: Key, value: Json | undefined, at?: number | undefined]

function replaced(image: Image, kind: keyof typeof EXPECTED, [key, value, at]: Replacement): Case {
  return { ...changed(kind, () => withRecord(image, key, value)), name: `${kind}: ${key.join('/')}`, at }
}

function changed(kind: keyof typeof EXPECTED, image: () => Image): Case {
  return { name: `${kind}: `, expected: EXPECTED[kind], image }
}

function hashesOf(image: Image, key: Key): readonly Buffer[] {
  const bytes = Buffer.from(textAt(image, key, 'hashes'), 'base64')
  return Array.from({ length: bytes.length / HASH_BYTES }, (_, at) =>
    bytes.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES),
  )
}
