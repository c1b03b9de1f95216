import type { StoredEntry } from '@sallyport/store'
import { isCanonical } from '../events/canonical.ts'
import { MAX_ENTRY_BYTES } from '../events/entry-bound.ts'
import { AuditError } from '../errors.ts'
import { eventTime } from '../events/event-id.ts'
import { createLifecycleChecker, type LifecycleCounts } from './lifecycle.ts'
import { parseEvent, type ParsedEvent } from '../events/parse-entry.ts'
import { tagsOf } from '../events/tags.ts'
import type { LedgerEvent } from '../events/types.ts'
import type { Carry } from '../retention/pruned-note.ts'
import { createWriterChecker, type WriterCounts } from './verdict-writers.ts'
import type { ProblemKind } from './verdict-meanings.ts'
import { problemOf, type ProblemList } from './verdict.ts'

// Far more than any ledger says of its keys and losses; an entry that nobody has signed may say anything.
const MAX_SAID = 10_000

/** Judges what entries say: their form, the columns beside them, their writers' counts and the life of challenges. */
export interface ContentJudge {
  readonly take: (entry: StoredEntry) => void
  /** Goes on behind entries that were pruned. */
  readonly resume: (carry: Carry) => void
  /** Gives what the entries since the last time say of pruning. */
  readonly takePruned: () => readonly LedgerEvent[]
  /** To be called after the last entry. */
  readonly end: () => ContentSummary
}

/** What the entries of a ledger say of the ledger itself. */
export interface ContentSummary {
  readonly lifecycle: LifecycleCounts
  readonly writers: WriterCounts
  /** What they tell of key manifests, as `<number> added|retired <verifier key>`. */
  readonly manifests: ReadonlySet<string>
  /** The checkpoints that were given up for an older copy, as `<size> <root in base64>`. */
  readonly abandoned: ReadonlySet<string>
  /** Where it is said of a key that it was retired, by its verifier key. */
  readonly retired: ReadonlyMap<string, number>
}

/** Makes the judge of the entries' content. */
export function createContentJudge(problems: ProblemList): ContentJudge {
  const lifecycle = createLifecycleChecker()
  const writers = createWriterChecker()
  const formatTime = createTimeFormat()
  const manifests = new Set<string>()
  const abandoned = new Set<string>()
  const retired = new Map<string, number>()
  let pruned: LedgerEvent[] = []
  return {
    take: (entry) => {
      const parsed = tryParse(entry)
      if (parsed === undefined) {
        problems.add(problemOf('entry_unreadable', entry.index))
        return
      }
      const kind = judgeForm(entry, parsed, formatTime)
      if (kind !== undefined) problems.add(problemOf(kind, entry.index))
      const { type, data, writer, challenge } = parsed.event
      const { index } = entry
      for (const problem of writers.add({ writer, index, type, data })) problems.add(problem)
      for (const problem of lifecycle.add({ type, challenge, index })) problems.add(problem)
      if (type === 'ledger.pruned') pruned.push({ ...parsed.event, index })
      if (type === 'ledger.key_retired' && retired.size < MAX_SAID) {
        const key = String(data['key'])
        // What is said again later, whoever says it, is no excuse.
        retired.set(key, retired.get(key) ?? index)
      }
      for (const one of keyChangeOf(type, data)) if (manifests.size < MAX_SAID) manifests.add(one)
      for (const one of restoredBy(type, data)) if (abandoned.size < MAX_SAID) abandoned.add(one)
    },
    resume: ({ challenges, writers: carried, forgotten }) => {
      lifecycle.resume(challenges)
      writers.resume(carried, forgotten)
    },
    takePruned: () => {
      const taken = pruned
      pruned = []
      return taken
    },
    end: () => {
      const { issued, ended, open } = lifecycle.end()
      return { lifecycle: { issued, ended, open }, writers: writers.end(), manifests, abandoned, retired }
    },
  }
}

function keyChangeOf(type: string, data: LedgerEvent['data']): readonly string[] {
  if (type !== 'ledger.key_added' && type !== 'ledger.key_retired') return []
  const change = type === 'ledger.key_added' ? 'added' : 'retired'
  return [`${String(data['manifest'])} ${change} ${String(data['key'])}`]
}

function restoredBy(type: string, data: LedgerEvent['data']): readonly string[] {
  if (type !== 'ledger.gap_recorded') return []
  const restored = data['restored']
  if (typeof restored !== 'object' || restored === null || !('size' in restored && 'root' in restored)) return []
  return [`${String(restored.size)} ${String(restored.root)}`]
}

function tryParse(entry: StoredEntry): ParsedEvent | undefined {
  try {
    return parseEvent(entry.bytes)
  } catch (error) {
    if (error instanceof AuditError) return undefined
    throw error
  }
}

// Searches use the columns and proofs the bytes: where they disagree, a search would mislead about what is proved.
function judgeForm(
  entry: StoredEntry,
  { event, text }: ParsedEvent,
  formatTime: (at: number) => string,
): ProblemKind | undefined {
  if (entry.bytes.length > MAX_ENTRY_BYTES) return 'entry_unreadable'
  const named = formatTime(eventTime(event.id) ?? Number.NaN)
  if (named !== event.at || !isCanonical(text, event)) return 'entry_not_canonical'
  return event.id === entry.id && formatTime(entry.at) === event.at && isSameTags(tagsOf(event), entry.tags)
    ? undefined
    : 'columns_differ'
}

// Entries of one millisecond stand together, so what was formatted last is often asked for again.
function createTimeFormat(): (at: number) => string {
  let last = Number.NaN
  let text = ''
  return (at) => {
    if (at === last) return text
    last = at
    // Beyond these bounds a date has no form at all.
    text = Math.abs(at) <= 8.64e15 ? new Date(at).toISOString() : ''
    return text
  }
}

function isSameTags(derived: StoredEntry['tags'], stored: StoredEntry['tags']): boolean {
  const expected = Object.entries(derived)
  const written = Object.keys(stored).length
  return written === expected.length && expected.every(([name, value]) => Reflect.get(stored, name) === value)
}
