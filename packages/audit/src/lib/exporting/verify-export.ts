import { CHECKPOINT_PATH, PRUNED_PATH } from './export-layout.ts'
import type { Pruning } from '../retention/pruned-note.ts'
import { problemOf, type Problem } from '../verifying/verdict.ts'
import { ExportReader, type ExportSource } from './verify-export-files.ts'
import { judgeListing, type ForeignFiles } from './verify-export-listing.ts'
import { createExportProblems, type ExportProblem, type ExportProblemList } from './verify-export-problems.ts'
import { ExportEndsError, ExportStore } from './verify-export-store.ts'
import { verifyLedger, type Verification, type VerifyOptions } from '../verifying/verify.ts'

/** What `verifyExport` judges and by which keys. */
export interface VerifyExportOptions extends ExportSource, Omit<VerifyOptions, 'store'> {}

/** What a verification of an export found. */
export interface ExportVerification extends Omit<Verification, 'problems'> {
  /** The first hundred problems, those of files first. */
  readonly problems: readonly (Problem | ExportProblem)[]
  /** Files in the folder that belong to no export: no problem. Absent without `list`. */
  readonly foreign?: ForeignFiles
}

/**
 * Verifies an export without the database: the checkpoint's signature, every entry against its leaf hash, all tiles above
 * up to the signed root, that no file is missing or has another length, and what the entries say.
 *
 * Judges by the rules of `verifyLedger` and gives its verdicts. Never writes, reads file by file with memory that does not
 * grow with the log, and knows no file system: the files may come from anywhere, and are an attacker's until proved. With
 * `list` it also finds files beyond the checkpoint, as a checkpoint that was put back leaves them.
 *
 * @param options the files and the keys
 * @returns the verdict and what led to it
 * @throws AuditError `ERR_AUDIT_INPUT` as `verifyLedger`; what `read` and `list` reject with
 * @see C2SP tlog-tiles, RFC 9162 §2.1
 */
export async function verifyExport(options: VerifyExportOptions): Promise<ExportVerification> {
  const { read, list, ...rules } = options
  const source = { read, list }
  const { files, problems, found } = await judgeStated(source, rules)
  const size = files.checkpoint?.size
  const listing = list === undefined ? undefined : await judgeListing({ source, list, problems, size })
  if (files.note === undefined) {
    problems.add((listing?.tiles ?? 0) > 0 ? 'checkpoint_gone' : 'no_export', CHECKPOINT_PATH)
  }
  const joined = problems.joinTo(found)
  return listing === undefined ? joined : { ...joined, foreign: { names: listing.names, count: listing.count } }
}

interface Judged {
  readonly files: ExportReader
  readonly problems: ExportProblemList
  readonly found: Verification
}

/** Judges the files by what they say of pruning, unless that is of the next checkpoint and nothing is gone yet. */
async function judgeStated(source: ExportSource, rules: Omit<VerifyOptions, 'store'>): Promise<Judged> {
  const problems = createExportProblems()
  const files = await ExportReader.open(source, problems)
  const found = await judge(files, rules)
  const stated = { files, problems, found }
  const { pruning } = files
  const isUnsaid = found.problems.some(({ kind }) => kind === 'pruned_unsaid')
  if (pruning === undefined || files.note === undefined || (pruning.size <= files.size && !isUnsaid)) return stated
  // Whoever exports puts the statement there before the checkpoint that covers it.
  const before = createExportProblems()
  const whole = files.withoutPruned(before)
  const judged = { files: whole, problems: before, found: await judge(whole, rules) }
  if (!before.has('file_missing')) return judged
  problems.add('pruned_ahead', PRUNED_PATH)
  return { ...stated, found: withoutLoss(found, problemOf('pruned_unsaid', pruning.to), lossOf(files.size, pruning)) }
}

/** What the size that a statement names amounts to when it counts as a checkpoint. */
function lossOf(size: number, pruning: Pruning): Problem {
  return problemOf('entry_missing', size, `Missing: ${pruning.size - size}.`)
}

/** Leaves out what is explained already; the verdict stays, as the explanation is as grave. */
function withoutLoss(found: Verification, ...explained: readonly Problem[]): Verification {
  const isExplained = ({ kind, index, message }: Problem): boolean =>
    explained.some((one) => one.kind === kind && one.index === index && one.message === message)
  const problems = found.problems.filter((one) => !isExplained(one))
  return { ...found, problems, problemCount: found.problemCount - found.problems.length + problems.length }
}

async function judge(files: ExportReader, rules: Omit<VerifyOptions, 'store'>): Promise<Verification> {
  const judgeUpTo = async (end: number): Promise<Verification> =>
    await verifyLedger({ ...rules, store: new ExportStore(files, { end, withColumns: rules.quick !== true }) })
  try {
    return await judgeUpTo(Infinity)
  } catch (error) {
    if (!(error instanceof ExportEndsError)) throw error
    return await judgeUpTo(error.from)
  }
}
