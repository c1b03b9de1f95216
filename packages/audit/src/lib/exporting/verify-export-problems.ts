import { GRAVITY, type Problem } from '../verifying/verdict.ts'
import type { Meaning, Verdict } from '../verifying/verdict-meanings.ts'

const MAX_LISTED = 100
// What happens to one file often happens to thousands, and what the entries say must not be crowded out.
const MAX_OF_A_KIND = 10

/** The kinds of problems that only an export can have: a closed list, so that reports can count. */
export type ExportProblemKind =
  | 'no_export'
  | 'checkpoint_gone'
  | 'file_missing'
  | 'file_length'
  | 'file_ahead'
  | 'pruned_ahead'
  | 'partial_differs'

/** One thing that is wrong with the files of an export. */
export interface ExportProblem extends Omit<Problem, 'kind'> {
  readonly kind: ExportProblemKind
  /** The file, below the folder of the export. */
  readonly path: string
}

const MEANINGS: Readonly<Record<ExportProblemKind, Meaning>> = {
  no_export: {
    verdict: 'unverifiable',
    message: 'There is no export here: neither a checkpoint nor a tile.',
    innocent: 'another folder is meant',
  },
  checkpoint_gone: {
    verdict: 'incomplete',
    message: 'The checkpoint is missing.',
    innocent: 'the export was interrupted: run it again',
  },
  file_missing: { verdict: 'incomplete', message: 'A file is missing.', innocent: 'an incomplete copy' },
  file_length: {
    verdict: 'corrupt',
    message: 'A file is longer or shorter than what it must hold.',
    innocent: 'a damaged disk or an incomplete copy',
  },
  file_ahead: {
    verdict: 'incomplete',
    message: 'A file goes beyond the checkpoint: a newer checkpoint was there, or will be.',
    innocent: 'an export is under way or was interrupted: run it again',
  },
  pruned_ahead: {
    verdict: 'incomplete',
    message: 'What is said of pruning is newer than the checkpoint, and pruned entries are not here.',
    innocent: 'an export is under way or was interrupted: run it again',
  },
  partial_differs: {
    verdict: 'corrupt',
    message: 'A file of an earlier checkpoint is not the beginning of the one that follows it.',
    innocent: 'a damaged disk',
  },
}

/** Collects the problems of files: the first ten of a kind in full, of all others their number and gravity. */
export interface ExportProblemList {
  readonly add: (kind: ExportProblemKind, path: string) => void
  /** Tells whether there is one of a kind. */
  readonly has: (kind: ExportProblemKind) => boolean
  /** Gives what was found, joined with what the entries and the tree gave, the files first. */
  readonly joinTo: <Found extends FoundProblems>(found: Found) => Joined<Found>
}

interface FoundProblems {
  readonly verdict: Verdict
  readonly problems: readonly Problem[]
  readonly problemCount: number
}

type Joined<Found> = Omit<Found, 'problems'> & { readonly problems: readonly (Problem | ExportProblem)[] }

/** Makes an empty list. */
export function createExportProblems(): ExportProblemList {
  const problems: ExportProblem[] = []
  let problemCount = 0
  let gravity = 0
  return {
    add: (kind, path) => {
      const { verdict, ...meaning } = MEANINGS[kind]
      problemCount++
      gravity = Math.max(gravity, GRAVITY.indexOf(verdict))
      if (problems.filter((one) => one.kind === kind).length < MAX_OF_A_KIND) problems.push({ kind, path, ...meaning })
    },
    has: (kind) => problems.some((one) => one.kind === kind),
    joinTo: (found) => ({
      ...found,
      verdict: GRAVITY[Math.max(gravity, GRAVITY.indexOf(found.verdict))] ?? found.verdict,
      problems: [...problems, ...found.problems].slice(0, MAX_LISTED),
      problemCount: problemCount + found.problemCount,
    }),
  }
}
