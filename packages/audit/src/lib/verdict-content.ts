import type { StoredEntry } from '@sallyport/store'
import { canonicalize } from './canonical.ts'
import { AuditError } from './errors.ts'
import { createLifecycleChecker, type LifecycleCounts } from './lifecycle.ts'
import { parseEntry } from './parse-entry.ts'
import { tagsOf } from './tags.ts'
import type { LedgerEvent } from './types.ts'
import { createWriterChecker } from './verdict-writers.ts'
import type { ProblemKind } from './verdict-meanings.ts'
import { problemOf, type ProblemList } from './verdict.ts'

/** Judges what entries say: their form, the columns beside them, their writers' counts and the life of challenges. */
export interface ContentJudge {
  readonly take: (entry: StoredEntry) => void
  /** To be called after the last entry. */
  readonly end: () => LifecycleCounts
}

/** Makes the judge of the entries' content. */
export function createContentJudge(problems: ProblemList): ContentJudge {
  const lifecycle = createLifecycleChecker()
  const writers = createWriterChecker()
  return {
    take: (entry) => {
      const event = tryParse(entry)
      if (event === undefined) {
        problems.add(problemOf('entry_unreadable', entry.index))
        return
      }
      const kind = judgeForm(entry, event)
      if (kind !== undefined) problems.add(problemOf(kind, entry.index))
      for (const problem of writers.add(event)) problems.add(problem)
      for (const problem of lifecycle.add(event)) problems.add(problem)
    },
    end: () => {
      for (const problem of writers.end()) problems.add(problem)
      const { issued, ended, open } = lifecycle.end()
      return { issued, ended, open }
    },
  }
}

function tryParse(entry: StoredEntry): LedgerEvent | undefined {
  try {
    return parseEntry(entry)
  } catch (error) {
    if (error instanceof AuditError) return undefined
    throw error
  }
}

// Searches use the columns and proofs the bytes: where they disagree, a search would mislead about what is proved.
function judgeForm(entry: StoredEntry, { index, ...event }: LedgerEvent): ProblemKind | undefined {
  if (index !== entry.index || !isCanonical(entry.bytes, event)) return 'entry_not_canonical'
  return event.id === entry.id && formatTime(entry.at) === event.at && isSameTags(tagsOf(event), entry.tags)
    ? undefined
    : 'columns_differ'
}

// Beyond these bounds a date has no form at all.
function formatTime(at: number): string {
  return Math.abs(at) <= 8.64e15 ? new Date(at).toISOString() : ''
}

function isCanonical(bytes: Uint8Array, event: object): boolean {
  try {
    return Buffer.compare(Buffer.from(canonicalize(event)), bytes) === 0
  } catch (error) {
    if (error instanceof AuditError) return false
    throw error
  }
}

function isSameTags(derived: StoredEntry['tags'], stored: StoredEntry['tags']): boolean {
  const written = Object.entries(stored).filter(([, value]) => value !== undefined)
  const expected = new Map(Object.entries(derived).filter(([, value]) => value !== undefined))
  return written.length === expected.size && written.every(([name, value]) => expected.get(name) === value)
}
