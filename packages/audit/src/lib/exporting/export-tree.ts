import { leafHash, TlogError, treeRoot, type TileId, type TileReader } from '@sallyport/tlog'
import { AuditError } from '../errors.ts'
import { TILE_WIDTH, widthOf } from './export-layout.ts'
import { createFrontier } from '../verifying/verdict-frontier.ts'

const HASH_BYTES = 32
const FULL_BYTES = TILE_WIDTH * HASH_BYTES

/** The tree under a root: gives no hash that the root does not cover. */
export class SignedTree {
  readonly #size: number
  readonly #stored: TileReader
  /** The tiles at the right edge that are not full, by level: the root is computed from them alone. */
  readonly #edge: ReadonlyMap<number, Uint8Array>
  /** The tile of each level that was proved last. */
  readonly #proved = new Map<number, { readonly index: number; readonly bytes: Uint8Array }>()

  private constructor(size: number, stored: TileReader, edge: ReadonlyMap<number, Uint8Array>) {
    this.#size = size
    this.#stored = stored
    this.#edge = edge
  }

  /**
   * Opens a tree.
   *
   * @param signed its size and root
   * @param stored gives tiles that nobody has proved
   * @throws AuditError `ERR_AUDIT_TREE_CORRUPT` when they do not lead to the root
   */
  static async open(
    { size, root }: { readonly size: number; readonly root: Uint8Array },
    stored: TileReader,
  ): Promise<SignedTree> {
    const edge = new Map<number, Uint8Array>()
    for (const id of edgeOf(size)) edge.set(id.level, cut(await stored([id]), id))
    try {
      const found = await treeRoot(size, async (ids) => ids.map(({ level }) => edge.get(level) ?? new Uint8Array()))
      if (Buffer.compare(found, root) === 0) return new SignedTree(size, stored, edge)
    } catch (error) {
      if (!(error instanceof TlogError)) throw error
    }
    throw corrupt('The stored tree does not lead to the signed root.')
  }

  /**
   * Gives the hashes of a tile, as many as the tree has.
   *
   * @throws AuditError `ERR_AUDIT_TREE_CORRUPT` when what is stored is not what was signed
   */
  async tile(level: number, index: number): Promise<Uint8Array> {
    const width = widthOf(this.#size, { level, index })
    const edge = width < TILE_WIDTH ? this.#edge.get(level) : undefined
    if (edge !== undefined) return edge
    const last = this.#proved.get(level)
    if (last?.index === index) return last.bytes
    const bytes = cut(await this.#stored([{ level, index, width }]), { width })
    const above = await this.tile(level + 1, Math.floor(index / TILE_WIDTH))
    if (bytes.length !== FULL_BYTES || Buffer.compare(rootOf(bytes), hashAt(above, index % TILE_WIDTH)) !== 0) {
      throw corrupt(`Tile ${index} of level ${level} is not what was signed.`)
    }
    this.#proved.set(level, { index, bytes })
    return bytes
  }

  /**
   * Finds that entries are those which were signed.
   *
   * @param bundle which 256 of them
   * @throws AuditError `ERR_AUDIT_TREE_CORRUPT` naming the first that is not
   */
  async requireSigned(bundle: number, entries: readonly Uint8Array[]): Promise<void> {
    const hashes = await this.tile(0, bundle)
    for (let at = 0; at * HASH_BYTES < hashes.length; at++) {
      const entry = entries[at]
      if (entry !== undefined && Buffer.compare(leafHash(entry), hashAt(hashes, at)) === 0) continue
      throw corrupt(`Entry ${bundle * TILE_WIDTH + at} is not the one that was signed.`)
    }
  }

  /** Gives proved tiles to whatever reads tiles. */
  readonly read: TileReader = async (ids) => await Promise.all(ids.map(({ level, index }) => this.tile(level, index)))
}

function edgeOf(size: number): readonly TileId[] {
  const ids: TileId[] = []
  for (let level = 0; size >= TILE_WIDTH ** level; level++) {
    const index = Math.floor(size / TILE_WIDTH ** (level + 1))
    const width = widthOf(size, { level, index })
    if (width > 0) ids.push({ level, index, width })
  }
  return ids
}

// A tile may have grown since the checkpoint was signed.
function cut([bytes]: readonly Uint8Array[], { width }: Pick<TileId, 'width'>): Uint8Array {
  return bytes?.subarray(0, width * HASH_BYTES) ?? new Uint8Array()
}

function rootOf(tile: Uint8Array): Uint8Array {
  const frontier = createFrontier(() => undefined)
  for (let at = 0; at < TILE_WIDTH; at++) frontier.push(hashAt(tile, at))
  return frontier.root()
}

function hashAt(tile: Uint8Array, at: number): Uint8Array {
  return tile.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES)
}

function corrupt(message: string): AuditError {
  return new AuditError('ERR_AUDIT_TREE_CORRUPT', `${message} Run sallyport verify.`)
}
