import { TlogError } from './errors.ts'
import { isSize } from './size.ts'
import { TILE_WIDTH } from './tile.ts'
import type { TileId } from './tile.ts'

const ENTRIES_LEVEL = -1
const PATH = /^tile\/(entries|0|[1-9]\d?)\/((?:x\d{3}\/){0,5}\d{3})(?:\.p\/([1-9]\d{0,2}))?$/

/**
 * Formats where a tile is served: `tile/<level>/<index>`, with `.p/<width>` when it is not full.
 *
 * @param id the tile; level −1 stands for the bundle of entries below level 0
 * @returns the path, without a leading slash
 * @throws TlogError `ERR_TLOG_TILE_PATH` when level, index or width is out of range
 * @see C2SP tlog-tiles, "Merkle Tree" and "Log Entries"
 */
export function formatTilePath(id: TileId): string {
  const inRange = isWithin(id.level, ENTRIES_LEVEL, 63) && isSize(id.index) && isWithin(id.width, 1, TILE_WIDTH)
  if (!inRange) throw new TlogError('ERR_TLOG_TILE_PATH', 'A tile has level -1 to 63, an index and width 1 to 256.')
  const level = id.level === ENTRIES_LEVEL ? 'entries' : String(id.level)
  const groups = String(id.index).padStart(Math.ceil(String(id.index).length / 3) * 3, '0')
  const index = groups.replace(/\d{3}(?=\d)/g, 'x$&/')
  return `tile/${level}/${index}${id.width === TILE_WIDTH ? '' : `.p/${id.width}`}`
}

/**
 * Parses the path of a tile; accepts exactly what `formatTilePath` gives.
 *
 * @param path asked for by a client; attacker-controlled
 * @returns the tile, with width 256 when the path names none and level −1 for a bundle of entries
 * @throws TlogError `ERR_TLOG_TILE_PATH` when it is no such path, or its index is above 2^53−1
 * @see C2SP tlog-tiles, "Merkle Tree"
 */
export function parseTilePath(path: string): TileId {
  const match = path.length <= 64 ? PATH.exec(path) : null
  const [, level, index, width] = match ?? []
  if (level === undefined || index === undefined) throw notAPath()
  const id = {
    level: level === 'entries' ? ENTRIES_LEVEL : Number(level),
    index: Number(index.replaceAll(/[x/]/g, '')),
    width: width === undefined ? TILE_WIDTH : Number(width),
  }
  // A width of 256 is written by leaving it out, and an index has no more groups than it needs.
  if (!isSize(id.index) || id.level > 63 || id.width > TILE_WIDTH || formatTilePath(id) !== path) throw notAPath()
  return id
}

function isWithin(value: number, low: number, high: number): boolean {
  return Number.isInteger(value) && value >= low && value <= high
}

function notAPath(): TlogError {
  return new TlogError('ERR_TLOG_TILE_PATH', 'The path names no tile.')
}
