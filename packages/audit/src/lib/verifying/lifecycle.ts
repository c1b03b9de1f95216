import type { ProblemKind } from './verdict-meanings.ts'
import { problemOf, type Problem } from './verdict.ts'

const ENDS: ReadonlySet<string> = new Set([
  'challenge.verified',
  'challenge.failed',
  'challenge.denied',
  'challenge.expired',
  'challenge.superseded',
  'challenge.cancelled',
  'challenge.locked',
])
const USES: ReadonlySet<string> = new Set([
  'challenge.delivered',
  'challenge.delivery_failed',
  'challenge.attempt_failed',
])
const REMEMBERED_ENDS = 65_536

/** The challenges of a ledger, counted: `issued` = `ended` + `open` when there is no problem. */
export interface LifecycleCounts {
  readonly issued: number
  readonly ended: number
  /** Issued and not yet ended. No problem by themselves: they may be under way. */
  readonly open: number
}

/** What the checker needs of an event. */
export interface LifecycleEvent {
  readonly type: string
  readonly challenge?: string | undefined
  readonly index: number
}

/** Checks, event by event, that every challenge ends exactly once. */
export interface LifecycleChecker {
  /** Takes the next event in ledger order; gives what is wrong with it. Events of other areas are ignored. */
  readonly add: (event: LifecycleEvent) => readonly Problem[]
  /** The challenges that are open, the one that was issued first first. */
  readonly open: () => readonly string[]
  /** Goes on behind entries that were pruned, with the challenges that were open there. */
  readonly resume: (challenges: readonly string[]) => void
  /** Tells what was counted, and all problems so far. */
  readonly end: () => LifecycleCounts & { readonly problems: number }
}

/**
 * Makes the checker of the life-cycle grammar: `challenge.issued`, then any number of deliveries and failed attempts,
 * then exactly one end.
 *
 * It remembers the open challenges and the 65,536 that ended last, so that its memory does not grow with the ledger; a
 * second end that comes later than that is reported as the end of a challenge that was never issued.
 *
 * @returns the checker, to be given every event of the ledger in order
 */
export function createLifecycleChecker(): LifecycleChecker {
  const open = new Set<string>()
  const ended = createRecent(REMEMBERED_ENDS)
  let issuedCount = 0
  let endedCount = 0
  let problems = 0

  const end = (id: string): void => {
    open.delete(id)
    ended.add(id)
    endedCount++
  }
  const judge = (type: string, id: string): ProblemKind | undefined => {
    const wasOpen = open.has(id)
    if (type === 'challenge.issued') {
      issuedCount++
      if (wasOpen || ended.has(id)) return 'challenge_reissued'
      open.add(id)
      return undefined
    }
    if (wasOpen && ENDS.has(type)) end(id)
    if (wasOpen) return undefined
    if (!ended.has(id)) return 'challenge_not_issued'
    return ENDS.has(type) ? 'challenge_ended_twice' : 'challenge_used_after_end'
  }

  return {
    add: ({ type, challenge, index }) => {
      if (!type.startsWith('challenge.') || (type !== 'challenge.issued' && !ENDS.has(type) && !USES.has(type)))
        return []
      const kind = challenge === undefined ? 'challenge_unnamed' : judge(type, challenge)
      if (kind === undefined) return []
      problems++
      return [problemOf(kind, index)]
    },
    open: () => [...open],
    resume: (challenges) => {
      const carried = new Set(challenges)
      // What was open before and is not any more has ended in what was pruned.
      for (const id of [...open].filter((one) => !carried.has(one))) end(id)
      for (const id of [...carried].filter((one) => !open.has(one))) {
        open.add(id)
        issuedCount++
      }
    },
    end: () => ({ issued: issuedCount, ended: endedCount, open: open.size, problems }),
  }
}

/** A set that forgets what was added longest ago. */
function createRecent(limit: number): { readonly has: (id: string) => boolean; readonly add: (id: string) => void } {
  const ids = new Set<string>()
  return {
    has: (id) => ids.has(id),
    add: (id) => {
      ids.add(id)
      const [oldest] = ids
      if (ids.size > limit && oldest !== undefined) ids.delete(oldest)
    },
  }
}
