import { eventTime } from '../events/event-id.ts'
import type { LedgerEvent } from '../events/types.ts'
import type { CarriedWriter } from '../retention/pruned-note.ts'
import { problemOf, type Problem } from './verdict.ts'

// Numbers that may be ahead of the one that is waited for; parallel commits are far fewer. Of all boots together, too:
// what stands in entries that nobody has signed must not fill the memory.
const MAX_AHEAD = 10_000
const MAX_AHEAD_OF_ALL = 100_000
const MAX_NAMED = 64
const MAX_RANGES = 1_000
const MAX_BOOTS = 100_000

/** What the checker needs of an event. */
export type CountedEvent = Pick<LedgerEvent, 'writer' | 'index' | 'type' | 'data'>

/** The processes that wrote a ledger, counted. None of these numbers is a problem by itself. */
export interface WriterCounts {
  /** Each time that a process opened the ledger. */
  readonly boots: number
  /** Of those, the ones that closed it in good order. */
  readonly closed: number
  /** Of those, the ones that ended or fell silent without closing it, as the ledger records. */
  readonly silent: number
  /** Numbers that no entry has, beyond what their writers have said to be there: under way, or refused before a crash. */
  readonly unsettled: number
}

/** Checks that no event is missing of which its writer says that it is there. */
export interface WriterChecker {
  readonly add: (event: CountedEvent) => readonly Problem[]
  /** The boots that have not closed the ledger, that of which was heard longest ago first. */
  readonly open: () => readonly CarriedWriter[]
  /**
   * Goes on behind entries that were pruned, with the boots that were under way there.
   *
   * @param forgotten of other boots that were started until then nobody knows what was pruned: see `Carry`
   */
  readonly resume: (writers: readonly CarriedWriter[], forgotten?: number) => void
  /** To be called after the last event. */
  readonly end: () => WriterCounts
}

interface Boot {
  readonly boot: string
  readonly id: string
  /** The first number that has not been seen. */
  next: number
  /** Numbers beyond it that were seen. */
  readonly ahead: Set<number>
  /** Numbers that were named as refused, or missed, before anything was seen of them: they may still come, once. */
  pardoned: readonly Range[]
  /** The place of its newest event. */
  heard: number
  isClosed: boolean
  /** Whether one of its events was read: of a boot that was only carried none may ever come. */
  isCounted: boolean
}

/** Whole numbers from one to another, both included. */
interface Range {
  readonly first: number
  readonly last: number
}

/**
 * Makes the checker of the writers' counts: each boot of a writer counts from 1, and a number that no entry has is
 * named in the `void` of one. Heartbeats and the last event of a boot say up to which number all is there (`settled`);
 * only that is held against the log. What lies beyond may be under way, or was refused in the moment of a crash, and
 * nobody can be accused of it.
 */
export function createWriterChecker(): WriterChecker {
  const writers = new Writers()
  let [closed, silent] = [0, 0]
  return {
    add: (event) => {
      const { writer, index, type, data } = event
      if (!isStamp(writer)) return [problemOf('entry_unreadable', index)]
      if (type === 'ledger.closed') closed++
      if (type === 'ledger.gap_recorded' && data['silent'] !== undefined) silent++
      return writers.add(writer, { index, settled: settledBy(event), isLast: type === 'ledger.closed' })
    },
    open: () => writers.open(),
    resume: (carried, forgotten) => writers.resume(carried, forgotten),
    end: () => ({ ...writers.count(), closed, silent }),
  }
}

/** The boots of all writers, in bounded memory. */
class Writers {
  #boots = new Map<string, Boot>()
  #count = 0
  #ahead = 0
  /** Boots that were started until then may have been forgotten. */
  #forgotten = -Infinity

  add(
    stamp: LedgerEvent['writer'],
    { index, settled, isLast }: { readonly index: number; readonly settled: number; readonly isLast: boolean },
  ): Problem[] {
    const boot = this.#bootOf(stamp)
    boot.heard = index
    boot.isClosed ||= isLast
    const before = boot.ahead.size
    // A commit may have gone through although the writer was told that it did not.
    const isRepeated = isSeen(boot, stamp.seq) && !takePardon(boot, stamp.seq)
    if (!isSeen(boot, stamp.seq)) boot.ahead.add(stamp.seq)
    for (const number of stamp.void ?? []) refuse(boot, number)
    advance(boot)
    const limit = this.#ahead > MAX_AHEAD_OF_ALL ? 0 : MAX_AHEAD
    const problems = closeGaps(boot, { index, settled, limit })
    this.#ahead += boot.ahead.size - before
    return isRepeated ? [problemOf('writer_repeated', index), ...problems] : problems
  }

  open(): readonly CarriedWriter[] {
    const open = [...this.#boots.values()].filter(({ isClosed }) => !isClosed)
    return open.toSorted((one, other) => one.heard - other.heard).map(carry)
  }

  resume(carried: readonly CarriedWriter[], forgotten = -Infinity): void {
    this.#forgotten = Math.max(this.#forgotten, forgotten)
    const before = this.#boots
    // Each was heard before all that comes now, in the order in which they are carried.
    const boots = carried.map((one, at) => {
      const isCounted = before.get(nameOf(one))?.isCounted ?? false
      return { ...restore(one), heard: at - carried.length, isCounted }
    })
    this.#boots = new Map(boots.map((boot) => [nameOf(boot), boot]))
    this.#ahead = boots.reduce((sum, { ahead }) => sum + ahead.size, 0)
  }

  count(): Pick<WriterCounts, 'boots' | 'unsettled'> {
    let unsettled = 0
    for (const { ahead, next } of this.#boots.values()) {
      if (ahead.size > 0) unsettled += greatest(ahead) - next + 1 - ahead.size
    }
    return { boots: this.#count, unsettled }
  }

  #bootOf({ boot: name, id, seq }: LedgerEvent['writer']): Boot {
    const key = nameOf({ boot: name, id })
    const known = this.#boots.get(key)
    if (known !== undefined) return this.#counted(known)
    if (this.#boots.size >= MAX_BOOTS) {
      this.#boots = new Map()
      this.#ahead = 0
      this.#forgotten = Infinity
    }
    // Of a boot that was forgotten nobody knows any more what was there: what is below may have come, or may come yet.
    const next = (eventTime(name) ?? 0) <= this.#forgotten ? seq : 1
    const pardoned = next > 1 ? [[1, next - 1] as const] : []
    const boot = { ...restore({ boot: name, id, next, ahead: [], pardoned }), heard: 0, isCounted: false }
    this.#boots.set(key, boot)
    return this.#counted(boot)
  }

  #counted(boot: Boot): Boot {
    if (!boot.isCounted) this.#count++
    boot.isCounted = true
    return boot
  }
}

function nameOf({ boot, id }: Pick<CarriedWriter, 'boot' | 'id'>): string {
  return `${boot}/${id}`
}

function carry({ boot, id, next, ahead, pardoned }: Boot): CarriedWriter {
  const ranges = pardoned.map(({ first, last }) => [first, last] as const)
  return { boot, id, next, ahead: [...ahead].toSorted((one, other) => one - other), pardoned: ranges }
}

function restore({ boot, id, next, ahead, pardoned }: CarriedWriter): Omit<Boot, 'heard' | 'isCounted'> {
  const ranges = pardoned.map(([first, last]) => ({ first, last }))
  return { boot, id, next, ahead: new Set(ahead), pardoned: ranges, isClosed: false }
}

function isSeen(boot: Boot, number: number): boolean {
  return number < boot.next || boot.ahead.has(number)
}

function refuse(boot: Boot, number: number): void {
  if (isSeen(boot, number)) return
  boot.ahead.add(number)
  pardon(boot, { first: number, last: number })
}

function pardon(boot: Boot, range: Range): void {
  const newest = boot.pardoned.at(-1)
  const follows = newest !== undefined && newest.last + 1 === range.first
  const kept = follows ? boot.pardoned.slice(0, -1) : boot.pardoned.slice(-MAX_RANGES + 1)
  boot.pardoned = [...kept, follows ? { first: newest.first, last: range.last } : range]
}

/** Takes the pardon of a number, if it has one. */
function takePardon(boot: Boot, number: number): boolean {
  const at = boot.pardoned.findIndex(({ first, last }) => number >= first && number <= last)
  const range = boot.pardoned[at]
  if (range === undefined) return false
  const rest = [
    { first: range.first, last: number - 1 },
    { first: number + 1, last: range.last },
  ].filter(({ first, last }) => first <= last)
  boot.pardoned = boot.pardoned.toSpliced(at, 1, ...rest)
  return true
}

function advance(boot: Boot): void {
  while (boot.ahead.delete(boot.next)) boot.next++
}

// What the writer says to be there must be there; and for no number are more than so many others waited for. Then half of
// them go at once, so that the sorting is paid for by many.
function closeGaps(
  boot: Boot,
  { index, settled, limit }: { readonly index: number; readonly settled: number; readonly limit: number },
): Problem[] {
  if (boot.next > settled && boot.ahead.size <= limit) return []
  const problems: Problem[] = []
  const keep = boot.ahead.size > limit ? limit / 2 : boot.ahead.size
  for (const number of Float64Array.from(boot.ahead).sort()) {
    if (number < boot.next) continue
    if (boot.next > settled && boot.ahead.size <= keep) return problems
    // Up to what is settled everything is missing; what is missing beyond it only if it is no longer waited for.
    const end = boot.ahead.size > keep ? number : Math.min(settled + 1, number)
    problems.push(miss(boot, end, index))
  }
  if (boot.next <= settled) problems.push(miss(boot, settled + 1, index))
  return problems
}

function miss(boot: Boot, end: number, index: number): Problem {
  const problem = problemOf('writer_gap', index, `Missing: ${end - boot.next}.`)
  // What is missed here and comes later after all is not where it should be, but it is not there twice.
  pardon(boot, { first: boot.next, last: end - 1 })
  boot.next = end
  advance(boot)
  return problem
}

function greatest(numbers: ReadonlySet<number>): number {
  let found = 0
  for (const number of numbers) found = Math.max(found, number)
  return found
}

function settledBy({ type, data }: CountedEvent): number {
  const says = type === 'ledger.heartbeat' || type === 'ledger.closed'
  const settled = says ? data['settled'] : 0
  return isCount(settled) ? Number(settled) : 0
}

// The stamp comes from an entry's bytes, which nobody has proved yet.
function isStamp(writer: LedgerEvent['writer']): boolean {
  const numbers: unknown = writer.void ?? []
  if (typeof writer.boot !== 'string' || typeof writer.id !== 'string') return false
  if (!isCount(writer.seq) || !Array.isArray(numbers) || numbers.length > MAX_NAMED) return false
  // A number is refused before a later one names it.
  return numbers.every((number) => isCount(number) && number < writer.seq)
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 1
}
