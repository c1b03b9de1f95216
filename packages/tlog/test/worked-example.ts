import { growTiles } from '../src/lib/grow-tiles.ts'
import { leafHash } from '../src/lib/hash.ts'
import { formatCheckpoint } from '../src/lib/checkpoint.ts'
import { signNote } from '../src/lib/note.ts'
import { formatVerifierKey } from '../src/lib/note-key.ts'
import { formatProof } from '../src/lib/proof-text.ts'
import { proveConsistency, proveInclusion, treeRoot } from '../src/lib/prove.ts'
import { formatTilePath } from '../src/lib/tile-path.ts'
import { testKey, testSigner } from './test-key.ts'

const ORIGIN = 'log.example.com'
const SEED = 7

/** The worked example of the README, made by the code: its blocks by their headings. */
export async function makeWorkedExample(): Promise<ReadonlyMap<string, string>> {
  const entries = ['first', 'second', 'third'].map((text) => Buffer.from(text))
  const leaves = entries.map(leafHash)
  const { tiles } = await growTiles(0, leaves, async () => [])
  const read = async (ids: readonly unknown[]): Promise<readonly Uint8Array[]> =>
    ids.map(() => tiles[0]?.bytes ?? new Uint8Array())
  const root = await treeRoot(3, read)
  const checkpoint = await signNote(formatCheckpoint({ origin: ORIGIN, size: 3, root }), [testSigner(ORIGIN, SEED)])
  const hashes = await proveInclusion(1, 3, read)
  return new Map([
    ['Leaf hashes', hex(leaves)],
    ['Tile', `${formatTilePath({ level: 0, index: 0, width: 3 })}\n${hex([tiles[0]?.bytes ?? new Uint8Array()])}`],
    ['Bundle of entries', `${formatTilePath({ level: -1, index: 0, width: 3 })}\n${hex([bundle(entries)])}`],
    ['Root', hex([root])],
    ['Consistency from 1 to 3', hex(await proveConsistency(1, 3, read))],
    ['Verifier key', formatVerifierKey(ORIGIN, testKey(SEED).publicKey)],
    ['Proof of the second entry', formatProof({ index: 1, hashes, extra: entries[1], checkpoint }).trimEnd()],
  ])
}

function bundle(entries: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(entries.flatMap((entry) => [Uint8Array.of(entry.length >> 8, entry.length & 255), entry]))
}

function hex(hashes: readonly Uint8Array[]): string {
  return hashes.map((hash) => Buffer.from(hash).toString('hex')).join('\n')
}
