import { verifyLedger } from '@sallyport/audit/ledger'
import type { Verification } from '@sallyport/audit/ledger'
import { CliError, describeError } from '../errors.ts'
import { VERDICT_CODES } from '../exit-codes.ts'
import { openLedgerStore, parseAddress } from '../open-ledger.ts'
import { onlyPositional, parseCommand } from '../parse-command.ts'
import { readBounded } from '../read-bounded.ts'
import { readLogKeys } from '../read-log-key.ts'
import { oneLine } from '../terminal.ts'
import type { Terminal } from '../terminal.ts'

const OPTIONS = {
  'log-key': { type: 'string' },
  checkpoint: { type: 'string', multiple: true },
  quick: { type: 'boolean' },
  json: { type: 'boolean' },
} as const

/** What a ledger is verified with. */
interface Evidence {
  readonly logKey: string
  /** Files that each hold a checkpoint which was kept outside the database. */
  readonly checkpoints: readonly string[]
  readonly quick: boolean
}

/** A verification, or that there was nothing to verify: then its one problem is `unreadable`. */
interface Judgement extends Omit<Verification, 'problems'> {
  readonly problems: readonly (Omit<Verification['problems'][number], 'kind'> & { readonly kind: string })[]
}

/**
 * Verifies a ledger against its public key, without writing anything. What cannot be read is `unverifiable`, never an
 * error without a verdict.
 */
export async function verify(args: readonly string[], terminal: Terminal): Promise<number> {
  const parsed = parseCommand(args, OPTIONS)
  const path = parseAddress(onlyPositional(parsed, 'The ledger (sqlite:<path>)'))
  const logKey = parsed.text('log-key')
  if (logKey === undefined) throw new CliError('ERR_CLI_USAGE', '--log-key is missing.')

  const result = await judge(path, { logKey, checkpoints: parsed.texts('checkpoint'), quick: parsed.flag('quick') })
  if (parsed.flag('json')) terminal.print(JSON.stringify(result))
  else describe(result).forEach((line) => terminal.print(line))
  return VERDICT_CODES[result.verdict]
}

async function judge(path: string, { logKey, checkpoints, quick }: Evidence): Promise<Judgement> {
  try {
    const verifierKeys = await readLogKeys(logKey)
    const knownCheckpoints = await Promise.all(checkpoints.map((file) => readBounded(file, 'checkpoint')))
    return await judgeStore({ store: await openLedgerStore(path), verifierKeys, knownCheckpoints, quick })
  } catch (error) {
    return unverifiable(describeError(error))
  }
}

async function judgeStore(options: Parameters<typeof verifyLedger>[0]): Promise<Judgement> {
  try {
    return await verifyLedger(options)
  } finally {
    await options.store.close()
  }
}

function unverifiable(message: string): Judgement {
  const problems = [{ kind: 'unreadable', message }]
  return { verdict: 'unverifiable', size: 0, signedSize: 0, root: '', problems, problemCount: 1 }
}

function describe(result: Judgement): readonly string[] {
  const { verdict, size, signedSize, root, lifecycle, problems, problemCount } = result
  const lines = [`${verdict}: ${size} entries, of which ${signedSize} are signed`]
  if (root !== '') lines.push(`root: ${root}`)
  if (lifecycle !== undefined) {
    lines.push(`challenges: ${lifecycle.issued} issued, ${lifecycle.ended} ended, ${lifecycle.open} open`)
  }
  const more = problemCount - problems.length
  if (more > 0) lines.push(`problems: the first ${problems.length}, and ${more} more`)
  return [...lines, ...problems.flatMap(describeProblem)].map(oneLine)
}

function describeProblem(problem: Judgement['problems'][number]): readonly string[] {
  const place = problem.index === undefined ? problem.kind : `entry ${problem.index}, ${problem.kind}`
  const line = `- ${place}: ${problem.message}`
  return problem.innocent === undefined ? [line] : [line, `  innocent cause: ${problem.innocent}`]
}
