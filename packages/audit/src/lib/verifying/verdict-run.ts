import type { Store, StoredEntry } from '@sallyport/store'
import { RANGE } from '../retention/pruned-note.ts'
import { checkpointKey, HEAD_KEY, parseHead, type Head } from '../signing/tree-store.ts'
import type { CheckpointSource, SignedRoot } from './verdict-checkpoints.ts'
import type { ContentJudge } from './verdict-content.ts'
import type { PrunedJudge } from './verdict-pruned.ts'
import { TreeJudge } from './verdict-tree.ts'
import { hasTreeBeyond } from './verdict-tree-edge.ts'
import { problemOf, type ProblemList } from './verdict.ts'

const BATCH = 1_024

/** What one verification works with. */
export interface RunParts {
  readonly store: Store
  readonly problems: ProblemList
  /** Absent when no key was given: then no checkpoint can be judged. */
  readonly checkpoints: CheckpointSource | undefined
  /** Absent when only the integrity is judged. */
  readonly content: ContentJudge | undefined
  /** Judges what is gone from the beginning. */
  readonly pruned: PrunedJudge
  /** The head as it was before anything else was read: all that it names must be found afterwards. */
  readonly head: Head | undefined
  /** Entries there were at the start: those that come meanwhile are left for the next time. */
  readonly size: number
}

/** One verification under way. */
export class LedgerRun {
  readonly #parts: RunParts
  readonly #tree: TreeJudge
  #newest: SignedRoot | undefined
  #newestStored: SignedRoot | undefined
  readonly #roots = new Map<number, Uint8Array>()
  #headSeen = false
  #missingFrom: number | undefined
  #next = 0
  #checked = 0

  constructor(parts: RunParts) {
    this.#parts = parts
    this.#tree = new TreeJudge(parts.store, parts.problems, parts.head?.size ?? Infinity)
  }

  /** The newest checkpoint that held. */
  get newest(): SignedRoot | undefined {
    return this.#newest
  }

  /** The roots over the entries at the sizes of checkpoints that were kept elsewhere. */
  get roots(): ReadonlyMap<number, Uint8Array> {
    return this.#roots
  }

  /** How many indexes are behind, those of pruned entries included. */
  get passed(): number {
    return this.#next
  }

  /** Entries that were read. */
  get checked(): number {
    return this.#checked
  }

  /** Judges the next entries and the checkpoints that end among them; gives false when all entries were judged. */
  async judgeBatch(): Promise<boolean> {
    const { size, checkpoints, pruned } = this.#parts
    const begin = this.#next
    const to = Math.min(begin + BATCH, size)
    // Checkpoints before tiles before entries: what a signer adds meanwhile can then only be more than is asked for.
    const due = [...((await checkpoints?.takeUpTo(to)) ?? [])]
    const later = await checkpoints?.peek()
    const signedTo = later === undefined ? (due.at(-1)?.size ?? begin) : to
    await this.#tree.load(begin, Math.max(begin, signedTo))
    let isEmpty = false
    let from = await this.#passPruned(due, { from: begin, to, signedTo })
    if (!(await this.#judgeBytes(due, { from, to, signedTo }))) {
      let slots = await this.#readSlots(from, to)
      const isWhole = from === to || (slots.length === to - from && !slots.includes(undefined))
      // What is missing may have been pruned since the last look.
      if (!isWhole && (await pruned.lookAgain()) && pruned.first > from) {
        const rest = await this.#passPruned(due, { from, to, signedTo })
        slots = slots.slice(rest - from)
        from = rest
      }
      isEmpty = from < to && slots.length === 0
      for (let index = from; index < to; index++) {
        this.#judgeRoots(due, index)
        this.#judgePlace(index, slots[index - from], index < signedTo)
      }
    }
    this.#judgeRoots(due, to)
    this.#next = isEmpty && later === undefined ? await this.#afterGap(to) : to
    return this.#next < size
  }

  /**
   * Passes over the pruned entries of a batch: what was hashed stands in for them, or what an export still has of them. Gives
   * the first index that is left.
   */
  async #passPruned(
    due: SignedRoot[],
    { from, to, signedTo }: { readonly from: number; readonly to: number; readonly signedTo: number },
  ): Promise<number> {
    const { store, pruned, content } = this.#parts
    const end = Math.max(from, Math.min(to, pruned.first))
    let at = from
    while (at < end) {
      const stop = Math.min(end, at - (at % RANGE) + RANGE)
      const kept = await store.readBytes(at, stop - at)
      for (let index = at; index < stop; index++) {
        this.#judgeRoots(due, index)
        const bytes = kept[index - at]
        if (index >= signedTo) continue
        if (bytes === undefined) this.#tree.skip(index)
        else this.#tree.take(bytes)
      }
      at = stop
    }
    if (from < end && end === pruned.first) content?.resume(pruned.carry)
    return end
  }

  async #readSlots(from: number, to: number): Promise<readonly (StoredEntry | undefined)[]> {
    const { store, problems } = this.#parts
    return readSlots(await readRange(store, from, to), { from, to, problems })
  }

  /** Beyond all that is signed an intruder may give an entry any index: nobody walks there through what is not there. */
  async #afterGap(from: number): Promise<number> {
    const { store, size } = this.#parts
    const [next] = await store.read(from, 1)
    return Math.max(from, Math.min(next?.index ?? size, size))
  }

  /** Judges the bytes of a batch alone, if that is all that is asked for and none of them is missing. */
  async #judgeBytes(
    due: SignedRoot[],
    { from, to, signedTo }: { readonly from: number; readonly to: number; readonly signedTo: number },
  ): Promise<boolean> {
    const { content, store } = this.#parts
    if (content !== undefined || this.#missingFrom !== undefined || from === to) return false
    const entries = await store.readBytes(from, to - from)
    if (entries.length !== to - from) return false
    for (const [place, bytes] of entries.entries()) {
      this.#judgeRoots(due, from + place)
      if (from + place < signedTo) this.#tree.take(bytes)
    }
    this.#checked += entries.length
    return true
  }

  /** Judges what signed checkpoints say beyond the end of the log, and whatever still waits. */
  async judgeEnd(): Promise<void> {
    const { store, size, problems, checkpoints } = this.#parts
    this.#reportMissing(size)
    this.#tree.end()
    let signedSize = size
    for (const signed of (await checkpoints?.takeUpTo(Infinity)) ?? []) {
      // The log was measured at the start; what has been signed since is no loss.
      if ((await store.size()) >= signed.size) continue
      this.#note(signed)
      signedSize = signed.size
    }
    if (signedSize > size) problems.add(problemOf('entry_missing', size, `Missing: ${signedSize - size}.`))
  }

  /** Judges that head record and checkpoints name each other. */
  async judgeHead(): Promise<void> {
    const { store, problems, head } = this.#parts
    if (head !== undefined && !this.#headSeen) {
      const [record] = await store.get([checkpointKey(head.size)])
      if (record === undefined) problems.add(problemOf('checkpoint_missing', head.size))
    }
    const newest = this.#newestStored
    if (newest === undefined) {
      if (head === undefined) problems.add(problemOf('nothing_signed'))
      return
    }
    if (head !== undefined && head.size >= newest.size) return
    const now = await this.#readHead()
    if (now === undefined) problems.add(problemOf('head_missing'))
    else if (now.size < newest.size) problems.add(problemOf('head_differs', newest.size))
  }

  /** Judges that the stored tree does not go on where the checkpoints end. */
  async judgeTreeEdge(): Promise<void> {
    const { store, problems } = this.#parts
    const signedSize = this.#newestStored?.size ?? 0
    if (!(await hasTreeBeyond(store, signedSize))) return
    // A signer that was at work meanwhile has moved the head with the tree.
    const head = await this.#readHead()
    if (head === undefined || head.size <= signedSize) problems.add(problemOf('tree_ahead', signedSize))
  }

  #judgeRoots(due: SignedRoot[], size: number): void {
    for (let first = due[0]; first?.size === size; first = due[0]) {
      const root = this.#tree.judge(first)
      if (!first.stored) this.#roots.set(first.size, root)
      this.#note(first)
      due.shift()
    }
  }

  #judgePlace(index: number, entry: StoredEntry | undefined, signed: boolean): void {
    if (entry === undefined) {
      this.#missingFrom ??= index
      if (signed) this.#tree.skip(index)
      return
    }
    this.#reportMissing(index)
    this.#checked++
    if (signed) this.#tree.take(entry.bytes)
    this.#parts.content?.take(entry)
  }

  #reportMissing(end: number): void {
    const from = this.#missingFrom
    if (from === undefined) return
    this.#missingFrom = undefined
    this.#parts.problems.add(problemOf('index_gap', from, `Missing: ${end - from}.`))
  }

  #note(signed: SignedRoot): void {
    const { head, problems } = this.#parts
    if (this.#newest === undefined || signed.size > this.#newest.size) this.#newest = signed
    if (!signed.stored) return
    this.#newestStored = signed
    if (signed.size !== head?.size) return
    this.#headSeen = true
    if (Buffer.from(signed.root).toString('base64') !== head.root) problems.add(problemOf('head_differs', head.size))
  }

  async #readHead(): Promise<Head | undefined> {
    const [record] = await this.#parts.store.get([HEAD_KEY])
    return record === undefined ? undefined : parseHead(record.value)
  }
}

async function readRange(store: Store, from: number, to: number): Promise<readonly StoredEntry[]> {
  const entries: StoredEntry[] = []
  let next = from
  while (next < to) {
    const batch = await store.read(next, to - next)
    entries.push(...batch)
    const last = batch.at(-1)
    // A store that gives nothing further, or what was not asked for, has no more to say about this range.
    if (last === undefined || last.index < next) break
    next = last.index + 1
  }
  return entries
}

// Gives every index its entry, whatever the store gave: what comes twice or was not asked for is a finding of its own.
function readSlots(
  entries: readonly StoredEntry[],
  range: { readonly from: number; readonly to: number; readonly problems: ProblemList },
): readonly (StoredEntry | undefined)[] {
  const slots: (StoredEntry | undefined)[] = []
  for (const entry of entries) {
    const at = entry.index - range.from
    // Where entries are missing, as many as were asked for reach beyond the range: those come again with the next.
    if (entry.index >= range.to) continue
    if (at < 0 || slots[at] !== undefined) range.problems.add(problemOf('index_disorder', range.from))
    else slots[at] = entry
  }
  return slots
}
