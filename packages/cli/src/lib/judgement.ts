import type { ExportVerification } from '@sallyport/audit/export'
import { oneLine } from './terminal.ts'

const MAX_NAMED = 5

/** One thing that is wrong, and where: at an entry, or in a file of an export. */
export interface JudgedProblem {
  readonly kind: string
  readonly message: string
  readonly innocent?: string
  readonly index?: number
  readonly path?: string
  /** The files of the given checkpoints that it comes from. */
  readonly files?: readonly string[]
}

/** A verification, or that there was nothing to verify: then its one problem is `unreadable`. */
export interface Judgement extends Omit<ExportVerification, 'problems'> {
  readonly problems: readonly JudgedProblem[]
}

/** Makes the judgement on what cannot be read. */
export function unverifiable(message: string): Judgement {
  const problems = [{ kind: 'unreadable', message }]
  return { verdict: 'unverifiable', size: 0, first: 0, signedSize: 0, root: '', problems, problemCount: 1 }
}

/** Says in words what was found, line by line. */
export function describeJudgement(result: Judgement): readonly string[] {
  const { verdict, size, first, signedSize, root, lifecycle, writers, witnesses, problems, problemCount } = result
  const signedHere = Math.max(0, signedSize - first)
  const signed = signedHere > size ? `${signedHere} were signed` : `of which ${signedHere} are signed`
  const lines = [`${verdict}: ${size} entries, ${signed}`, ...describePruned(result)]
  if (root !== '') lines.push(`root: ${root}`)
  if (lifecycle !== undefined) {
    lines.push(`challenges: ${lifecycle.issued} issued, ${lifecycle.ended} ended, ${lifecycle.open} open`)
  }
  if (writers !== undefined) {
    const { boots, closed, silent } = writers
    lines.push(`processes: ${boots} opened the ledger, ${closed} closed it, ${silent} ended or fell silent without`)
  }
  if (witnesses !== undefined) lines.push(describeWitnesses(witnesses))
  const more = problemCount - problems.length
  if (more > 0) lines.push(`problems: the first ${problems.length}, and ${more} more`)
  return [...lines, ...problems.flatMap(describeProblem), ...describeForeign(result.foreign)].map(oneLine)
}

function describePruned({ first, pruned }: Judgement): readonly string[] {
  if (first === 0) return []
  const entries = `pruned: entries 0–${first - 1}`
  if (pruned === undefined) return [`${entries} are gone`]
  const day = new Date(pruned.at).toISOString().slice(0, 10)
  return [`${entries} were pruned under the policy of ${pruned.entryDays} days, the last of them on ${day}`]
}

function describeWitnesses({ word, size, time, by, ignored }: NonNullable<Judgement['witnesses']>): string {
  const since = time === undefined ? '' : ` since ${new Date(time * 1_000).toISOString()}`
  const what = size === undefined ? '' : `: the checkpoint of size ${size}, by ${by.join(', ')}${since}`
  const rest = ignored === 0 ? '' : ` (${ignored} of the given checkpoints say nothing)`
  return `${word}${what}${rest}`
}

function describeProblem(problem: JudgedProblem): readonly string[] {
  const { kind, message, innocent, files = [] } = problem
  const line = `- ${placeOf(problem)}${kind}: ${message}`
  const given = files.length === 0 ? [] : [`  of the given checkpoint ${files.join(', ')}`]
  return [line, ...given, ...(innocent === undefined ? [] : [`  innocent cause: ${innocent}`])]
}

function placeOf({ kind, index, path }: JudgedProblem): string {
  if (path !== undefined) return `file ${path}, `
  if (index === undefined) return ''
  if (kind.startsWith('keys_')) return `key manifest ${index}, `
  return kind.startsWith('checkpoint_') ? `checkpoint of size ${index}, ` : `entry ${index}, `
}

function describeForeign(foreign: Judgement['foreign']): readonly string[] {
  if (foreign === undefined || foreign.count === 0) return []
  const named = foreign.names.slice(0, MAX_NAMED).join(', ')
  const more = foreign.count > MAX_NAMED ? ', …' : ''
  return [`note: not of the export, and not judged (${foreign.count}): ${named}${more}`]
}
