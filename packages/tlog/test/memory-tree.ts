import { EMPTY_ROOT, leafHash, nodeHash } from '../src/lib/hash.ts'
import { growTiles } from '../src/lib/grow-tiles.ts'
import type { TileId, TileReader } from '../src/lib/tile.ts'

/** Computes a root by the definition of RFC 6962 §2.1, with no tile and no shortcut. */
export function naiveRoot(leaves: readonly Uint8Array[]): Uint8Array {
  const [first] = leaves
  if (first === undefined) return EMPTY_ROOT
  if (leaves.length === 1) return first
  let split = 1
  while (split * 2 < leaves.length) split *= 2
  return nodeHash(naiveRoot(leaves.slice(0, split)), naiveRoot(leaves.slice(split)))
}

/** Makes different leaf hashes: of the entries `0`, `1` and so on. */
export function makeLeaves(count: number): readonly Uint8Array[] {
  return Array.from({ length: count }, (_, index) => leafHash(Buffer.from(String(index))))
}

/** A tree whose tiles are kept in memory. */
export interface MemoryTree {
  readonly tiles: Map<string, Uint8Array>
  readonly asked: TileId[]
  readonly read: TileReader
  size: number
}

/** Makes an empty tree that notes which tiles were asked. */
export function memoryTree(): MemoryTree {
  const tiles = new Map<string, Uint8Array>()
  const asked: TileId[] = []
  const read: TileReader = async (ids) => {
    asked.push(...ids)
    return ids.map((id) => tiles.get(`${id.level}/${id.index}`) ?? new Uint8Array())
  }
  return { tiles, asked, read, size: 0 }
}

/** Appends leaves and stores the tiles that changed. */
export async function append(tree: MemoryTree, leaves: readonly Uint8Array[]): Promise<void> {
  const grown = await growTiles(tree.size, leaves, tree.read)
  for (const { id, bytes } of grown.tiles) tree.tiles.set(`${id.level}/${id.index}`, bytes)
  tree.size = grown.size
}

/** Makes a tree of so many entries. */
export async function treeOf(count: number): Promise<MemoryTree> {
  const tree = memoryTree()
  await append(tree, makeLeaves(count))
  return tree
}
