import { MEANINGS, type ProblemKind, type Verdict } from './verdict-meanings.ts'

/** One thing that is wrong with a ledger, and where. */
export interface Problem {
  readonly kind: ProblemKind
  /** The entry's index, or for a checkpoint its size; absent when the whole ledger is meant. */
  readonly index?: number
  /** A sentence without anything from the entries. */
  readonly message: string
  /** What may have caused it without anybody meaning harm. */
  readonly innocent?: string
}

// A signature that does not hold outweighs what was found beneath it; "cannot tell" is said only if nothing else is.
/** The verdicts, the gravest last. */
export const GRAVITY: readonly Verdict[] = [
  'good',
  'unverifiable',
  'incomplete',
  'corrupt',
  'diverged',
  'bad_signature',
]
const MAX_LISTED = 100

/** Collects problems: the first hundred in full, of all others their number and gravity. */
export interface ProblemList {
  readonly add: (problem: Problem) => void
  readonly result: () => {
    readonly verdict: Verdict
    readonly problems: readonly Problem[]
    readonly problemCount: number
  }
}

/** Makes a problem of a kind. `detail` may add numbers to its message, never what an entry holds. */
export function problemOf(kind: ProblemKind, index?: number, detail?: string): Problem {
  const meaning = MEANINGS[kind]
  return {
    kind,
    ...(index === undefined ? {} : { index }),
    message: detail === undefined ? meaning.message : `${meaning.message} ${detail}`,
    ...(meaning.innocent === undefined ? {} : { innocent: meaning.innocent }),
  }
}

/** Makes an empty list of problems. */
export function createProblemList(): ProblemList {
  const problems: Problem[] = []
  let problemCount = 0
  let gravity = 0
  return {
    add: (problem) => {
      problemCount++
      gravity = Math.max(gravity, GRAVITY.indexOf(MEANINGS[problem.kind].verdict))
      if (problems.length < MAX_LISTED) problems.push(problem)
    },
    result: () => ({ verdict: GRAVITY[gravity] ?? 'good', problems, problemCount }),
  }
}
