import type { LedgerEvent } from './types.ts'
import { problemOf, type Problem } from './verdict.ts'

// Numbers that may be ahead of the one that is waited for; parallel commits are far fewer.
const MAX_AHEAD = 10_000
const MAX_NAMED = 1_000

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
  /** To be called after the last event. */
  readonly end: () => WriterCounts
}

interface Boot {
  /** The first number that has not been seen. */
  next: number
  /** Numbers beyond it that were seen. */
  readonly ahead: Set<number>
  /** Numbers that were named as refused, or missed, before anything was seen of them: they may still come, once. */
  readonly refused: Set<number>
}

/**
 * Makes the checker of the writers' counts: each boot of a writer counts from 1, and a number that no entry has is
 * named in the `void` of one. Heartbeats and the last event of a boot say up to which number all is there (`settled`);
 * only that is held against the log. What lies beyond may be under way, or was refused in the moment of a crash, and
 * nobody can be accused of it.
 */
export function createWriterChecker(): WriterChecker {
  const boots = new Map<string, Boot>()
  const silent = new Set<string>()
  let closed = 0
  return {
    add: (event) => {
      const { writer, index, type, data } = event
      if (!isStamp(writer)) return [problemOf('entry_unreadable', index)]
      const boot = bootOf(boots, `${writer.boot}/${writer.id}`)
      // A commit may have gone through although the writer was told that it did not.
      const repeated = isSeen(boot, writer.seq) && !boot.refused.delete(writer.seq)
      if (!isSeen(boot, writer.seq)) boot.ahead.add(writer.seq)
      for (const number of writer.void ?? []) refuse(boot, number)
      advance(boot)
      if (type === 'ledger.closed') closed++
      const named = type === 'ledger.gap_recorded' ? silentBoot(data) : undefined
      if (named !== undefined) silent.add(named)
      const gaps = closeGaps(boot, index, settledBy(event))
      return repeated ? [problemOf('writer_repeated', index), ...gaps] : gaps
    },
    end: () => ({ boots: boots.size, closed, silent: silent.size, unsettled: countUnsettled([...boots.values()]) }),
  }
}

function bootOf(boots: Map<string, Boot>, name: string): Boot {
  const known = boots.get(name)
  if (known !== undefined) return known
  const boot = { next: 1, ahead: new Set<number>(), refused: new Set<number>() }
  boots.set(name, boot)
  return boot
}

function isSeen(boot: Boot, number: number): boolean {
  return number < boot.next || boot.ahead.has(number)
}

function refuse(boot: Boot, number: number): void {
  if (isSeen(boot, number)) return
  boot.ahead.add(number)
  if (boot.refused.size < MAX_AHEAD) boot.refused.add(number)
}

function advance(boot: Boot): void {
  while (boot.ahead.delete(boot.next)) boot.next++
}

// What the writer says to be there must be there; and for no number are more than so many others waited for.
function closeGaps(boot: Boot, index: number, settled: number): readonly Problem[] {
  const problems: Problem[] = []
  while (boot.next <= settled || boot.ahead.size > MAX_AHEAD) {
    const nearest = Math.min(...boot.ahead)
    const end = boot.next <= settled ? Math.min(settled + 1, nearest) : nearest
    problems.push(problemOf('writer_gap', index, `Missing: ${end - boot.next}.`))
    // What is missed here and comes later after all is not where it should be, but it is not there twice.
    for (let number = boot.next; number < end && boot.refused.size < MAX_AHEAD; number++) boot.refused.add(number)
    boot.next = end
    advance(boot)
  }
  return problems
}

function settledBy({ type, data }: CountedEvent): number {
  const says = type === 'ledger.heartbeat' || type === 'ledger.closed'
  const settled = says ? data['settled'] : 0
  return isCount(settled) ? Number(settled) : 0
}

function silentBoot(data: CountedEvent['data']): string | undefined {
  const silent = data['silent']
  const boot = typeof silent === 'object' && silent !== null && 'boot' in silent ? silent.boot : undefined
  return typeof boot === 'string' ? boot : undefined
}

function countUnsettled(boots: readonly Boot[]): number {
  let count = 0
  for (const { ahead, next } of boots) if (ahead.size > 0) count += Math.max(...ahead) - next + 1 - ahead.size
  return count
}

// The stamp comes from an entry's bytes, which nobody has proved yet.
function isStamp(writer: LedgerEvent['writer']): boolean {
  const numbers: unknown = writer.void ?? []
  if (typeof writer.boot !== 'string' || typeof writer.id !== 'string') return false
  return isCount(writer.seq) && Array.isArray(numbers) && numbers.length <= MAX_NAMED && numbers.every(isCount)
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 1
}
