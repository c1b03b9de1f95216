import { formatTilePath, type TileId } from '@sallyport/tlog'

/** Hashes in a full tile, and entries in a full bundle. */
export const TILE_WIDTH = 256

/** The level that stands for bundles of entries. */
export const BUNDLES = -1

/** Where the checkpoint is. */
export const CHECKPOINT_PATH = 'checkpoint'

/** Where the statement is that says from which index on there are entries. */
export const PRUNED_PATH = 'pruned'

/** Where the key manifests are, one file each. */
export const MANIFEST_FOLDER = 'keys'

/** The longest signed note. */
export const MAX_NOTE_BYTES = 1_000_000

const HASH_BYTES = 32
const LENGTH_BYTES = 2
const MAX_LENGTH = 65_535

/** Gives how many hashes or entries a tile or bundle of a log of `size` holds: 0 when there is none. */
export function widthOf(size: number, { level, index }: Pick<TileId, 'level' | 'index'>): number {
  const inLevel = Math.floor(size / TILE_WIDTH ** Math.max(level, 0))
  return Math.max(0, Math.min(TILE_WIDTH, inLevel - index * TILE_WIDTH))
}

/** Gives how long the file of a tile is, or can be if it is a bundle, in bytes. */
export function maxBytes({ level, width }: Pick<TileId, 'level' | 'width'>): number {
  return width * (level === BUNDLES ? LENGTH_BYTES + MAX_LENGTH : HASH_BYTES)
}

/** Gives the folder of the narrower forms that a tile or bundle had before it was full. */
export function partialsFolder({ level, index }: Pick<TileId, 'level' | 'index'>): string {
  return `${formatTilePath({ level, index, width: TILE_WIDTH })}.p`
}

/** Reads the width that a file in such a folder stands for; `undefined` when its name is none. */
export function parseWidth(name: string): number | undefined {
  const width = /^[1-9]\d{0,2}$/.test(name) ? Number(name) : TILE_WIDTH
  return width < TILE_WIDTH ? width : undefined
}

/** Gives the path of a key manifest. */
export function manifestPath(number: number): string {
  return `${MANIFEST_FOLDER}/${String(number).padStart(4, '0')}`
}

/** Reads the number of a key manifest from the name of its file; `undefined` when it is none. */
export function parseManifestName(name: string): number | undefined {
  return /^\d{4}$/.test(name) ? Number(name) : undefined
}

/**
 * Writes entries one after the other, each after its length as two bytes, the most significant first.
 *
 * @see C2SP tlog-tiles, "Log entries"
 */
export function encodeBundle(entries: readonly Uint8Array[]): Uint8Array {
  const parts = entries.flatMap((entry) => {
    const length = Buffer.alloc(LENGTH_BYTES)
    length.writeUInt16BE(entry.length)
    return [length, entry]
  })
  return Buffer.concat(parts)
}

/** What a bundle's bytes hold. */
export interface DecodedBundle {
  /** The whole entries, at most as many as were asked for. */
  readonly entries: readonly Uint8Array[]
  /** Where the last of them ends. */
  readonly end: number
}

/** Reads at most `width` entries from a bundle; the entries share its memory. */
export function decodeBundle(bytes: Uint8Array, width: number): DecodedBundle {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const entries: Uint8Array[] = []
  let end = 0
  while (entries.length < width && end + LENGTH_BYTES <= bytes.length) {
    const next = end + LENGTH_BYTES + view.getUint16(end)
    if (next > bytes.length) break
    entries.push(bytes.subarray(end + LENGTH_BYTES, next))
    end = next
  }
  return { entries, end }
}

/** Cuts the bytes of a tile or bundle to a narrower form of it. */
export function narrow(bytes: Uint8Array, { level, width }: Pick<TileId, 'level' | 'width'>): Uint8Array {
  return bytes.subarray(0, level === BUNDLES ? decodeBundle(bytes, width).end : width * HASH_BYTES)
}
