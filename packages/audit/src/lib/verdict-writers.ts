import type { LedgerEvent } from './types.ts'
import { problemOf, type Problem } from './verdict.ts'

// Numbers that may be ahead of the one that is waited for; parallel commits are far fewer.
const MAX_AHEAD = 10_000
const MAX_NAMED = 1_000

/** Checks that no event which a writer counted is missing. */
export interface WriterChecker {
  readonly add: (event: Pick<LedgerEvent, 'writer' | 'index'>) => readonly Problem[]
  /** To be called after the last event: gives the gaps that were never closed. */
  readonly end: () => readonly Problem[]
}

interface Boot {
  /** The first number that has not been seen. */
  next: number
  /** Numbers beyond it that were seen, with the index of the entry that has or names them. */
  readonly ahead: Map<number, number>
}

/**
 * Makes the checker of the writers' counts: each boot of a writer counts from 1, and a number that no entry has is
 * named in the `void` of a later one. Order within a boot is free, because commits of one process may overtake.
 */
export function createWriterChecker(): WriterChecker {
  const boots = new Map<string, Boot>()
  return {
    add: ({ writer, index }) => {
      if (!isStamp(writer)) return [problemOf('entry_unreadable', index)]
      const boot = bootOf(boots, `${writer.boot}/${writer.id}`)
      const repeated = isSeen(boot, writer.seq)
      // Naming a number twice is harmless: its commit may have gone through although the writer was told it did not.
      for (const number of [writer.seq, ...(writer.void ?? [])])
        if (!isSeen(boot, number)) boot.ahead.set(number, index)
      advance(boot)
      const gaps = boot.ahead.size > MAX_AHEAD ? closeGap(boot) : []
      return repeated ? [problemOf('writer_repeated', index), ...gaps] : gaps
    },
    end: () => [...boots.values()].flatMap(closeAll),
  }
}

function bootOf(boots: Map<string, Boot>, name: string): Boot {
  const known = boots.get(name)
  if (known !== undefined) return known
  const boot = { next: 1, ahead: new Map<number, number>() }
  boots.set(name, boot)
  return boot
}

function isSeen(boot: Boot, number: number): boolean {
  return number < boot.next || boot.ahead.has(number)
}

function advance(boot: Boot): void {
  while (boot.ahead.delete(boot.next)) boot.next++
}

// Gives up waiting for the numbers before the nearest one that was seen.
function closeGap(boot: Boot): readonly Problem[] {
  let nearest = Infinity
  for (const number of boot.ahead.keys()) nearest = Math.min(nearest, number)
  const problem = problemOf('writer_gap', boot.ahead.get(nearest), `Missing: ${nearest - boot.next}.`)
  boot.next = nearest
  advance(boot)
  return [problem]
}

function closeAll(boot: Boot): readonly Problem[] {
  const problems: Problem[] = []
  while (boot.ahead.size > 0) problems.push(...closeGap(boot))
  return problems
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
