import type { Store } from '@sallyport/store'
import { leafHash } from '@sallyport/tlog'
import { getAll, parseTile, tileKey } from '../signing/tree-store.ts'
import type { SignedRoot } from './verdict-checkpoints.ts'
import { createFrontier, type Frontier } from './verdict-frontier.ts'
import type { ProblemKind } from './verdict-meanings.ts'
import { problemOf, type ProblemList } from './verdict.ts'

const TILE_WIDTH = 256
const HASH_BYTES = 32
// Mismatches that wait for the next checkpoint, which tells whether entry or tile is at fault.
const MAX_WAITING = 100

/** Compares entries with the stored tree, and the root they lead to with what was signed. */
export class TreeJudge {
  readonly #store: Store
  readonly #problems: ProblemList
  readonly #frontier: Frontier
  readonly #treeSize: number
  #tiles: ReadonlyMap<string, Uint8Array | undefined> = new Map()
  #waiting: number[] = []
  #waitingCount = 0
  #tilesAgree = true
  #rootsAgree = true
  #lost = false
  #missingTile = ''

  /** @param treeSize entries that the stored tree is said to have: what it has beyond them is compared, but not missed */
  constructor(store: Store, problems: ProblemList, treeSize: number) {
    this.#store = store
    this.#problems = problems
    this.#treeSize = treeSize
    this.#frontier = createFrontier((level, index, hash) => this.#compare(level, index, hash))
  }

  /** Reads every tile that holds a hash which becomes known between two sizes. */
  async load(from: number, to: number): Promise<void> {
    const ids: { readonly level: number; readonly index: number }[] = []
    for (let level = 0; Math.floor(to / TILE_WIDTH ** level) > Math.floor(from / TILE_WIDTH ** level); level++) {
      const first = Math.floor(from / TILE_WIDTH ** (level + 1))
      const last = Math.floor((Math.floor(to / TILE_WIDTH ** level) - 1) / TILE_WIDTH)
      for (let index = first; index <= last; index++) ids.push({ level, index })
    }
    const found = await getAll(this.#store, ids.map(tileKey))
    const tiles = found.map((record) => (record === undefined ? undefined : parseTile(record.value)))
    this.#tiles = new Map(ids.map((id, at) => [`${id.level}/${id.index}`, tiles[at]]))
  }

  /** Takes the next signed entry. */
  take(entry: Uint8Array): void {
    this.#frontier.push(leafHash(entry))
  }

  /** Takes the place of an entry that is gone: what was hashed stands in for it, so that what follows can be judged. */
  skip(index: number): void {
    const stored = this.#hashAt(0, index)
    if (stored === undefined) this.#lost = true
    this.#frontier.push(stored ?? new Uint8Array(HASH_BYTES))
  }

  /** Compares the root over the entries so far with a signed one of that size, and gives it. */
  judge(signed: SignedRoot): Uint8Array {
    const root = this.#frontier.root()
    const agrees = !this.#lost && Buffer.compare(root, signed.root) === 0
    const namesEntries = this.#waitingCount > 0
    this.#settle(agrees ? 'tile_altered' : 'entry_altered')
    // Once a root is wrong, all that follow are: only the first says where, and only if no entry was named for it.
    if (!agrees && this.#rootsAgree && !this.#lost && !namesEntries) {
      this.#problems.add(problemOf(this.#tilesAgree ? 'root_diverged' : 'root_differs', signed.size))
    }
    this.#rootsAgree = agrees
    if (agrees) this.#tilesAgree = true
    return root
  }

  /** To be called at the end: entries that no checkpoint could speak for differ from the tree all the same. */
  end(): void {
    this.#settle('entry_altered')
  }

  #settle(kind: ProblemKind): void {
    for (const index of this.#waiting) this.#problems.add(problemOf(kind, index))
    // Those beyond the first hundred were not remembered; they still count.
    for (let more = this.#waiting.length; more < this.#waitingCount; more++) this.#problems.add(problemOf(kind))
    this.#waiting = []
    this.#waitingCount = 0
  }

  #compare(level: number, index: number, hash: Uint8Array): void {
    const stored = this.#hashAt(level, index)
    if (stored === undefined) {
      const isPartOfTree = (index + 1) * TILE_WIDTH ** level <= this.#treeSize
      if (isPartOfTree) this.#reportTile(level, Math.floor(index / TILE_WIDTH))
      return
    }
    if (Buffer.compare(stored, hash) === 0) return
    // A wrong leaf makes every hash above it wrong, so above leaves only the first discord says something new.
    const wasAgreed = this.#tilesAgree
    this.#tilesAgree = false
    if (level > 0) {
      if (wasAgreed) this.#problems.add(problemOf('tile_altered', index * TILE_WIDTH ** level, `Tile level ${level}.`))
      return
    }
    this.#waitingCount++
    if (this.#waiting.length < MAX_WAITING) this.#waiting.push(index)
  }

  #reportTile(level: number, index: number): void {
    const name = `${level}/${index}`
    if (this.#missingTile === name) return
    this.#missingTile = name
    this.#tilesAgree = false
    this.#problems.add(problemOf('tile_missing', index * TILE_WIDTH ** (level + 1), `Tile level ${level}.`))
  }

  #hashAt(level: number, index: number): Uint8Array | undefined {
    const tile = this.#tiles.get(`${level}/${Math.floor(index / TILE_WIDTH)}`)
    const at = (index % TILE_WIDTH) * HASH_BYTES
    return tile !== undefined && tile.length >= at + HASH_BYTES ? tile.subarray(at, at + HASH_BYTES) : undefined
  }
}
