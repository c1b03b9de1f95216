import type { ExportSource } from '@sallyport/audit/export'
import { verifyExport, verifyLedger } from '@sallyport/audit/ledger'
import type { Store } from '@sallyport/store'
import { CliError, describeError } from '../errors.ts'
import { VERDICT_CODES } from '../exit-codes.ts'
import { exportSource, isFolder } from '../export-source.ts'
import { describeJudgement, unverifiable, type Judgement } from '../judgement.ts'
import { nameCheckpoints, type GivenCheckpoint, type KeptManifest } from '../name-checkpoints.ts'
import { openLedgerStore, parseAddress } from '../open-ledger.ts'
import { onlyPositional, parseCommand } from '../parse-command.ts'
import { printJson } from '../print-json.ts'
import { showProgress } from '../progress.ts'
import { MAX_NOTE_BYTES, readBounded } from '../read-bounded.ts'
import { readCheckpoint } from '../read-checkpoint.ts'
import { readLogKeys } from '../read-log-key.ts'
import type { Terminal } from '../terminal.ts'

const OPTIONS = {
  'log-key': { type: 'string' },
  checkpoint: { type: 'string', multiple: true },
  policy: { type: 'string' },
  quick: { type: 'boolean' },
  json: { type: 'boolean' },
} as const

const MAX_MANIFESTS = 512

/** What is verified: a database, or the folder of an export. */
type Target = { readonly ledger: string } | { readonly folder: string }

/** What it is verified with. */
interface Evidence {
  readonly logKey: string
  /** Files that each hold a checkpoint which was kept outside the database. */
  readonly checkpoints: readonly string[]
  /** A file that says which witnesses have to have cosigned. */
  readonly policy: string | undefined
  readonly quick: boolean
}

/** What both kinds of verification take. */
type Rules = Omit<Parameters<typeof verifyLedger>[0], 'store'>

/**
 * Verifies a ledger, or an export of one, against its public key, without writing anything. What cannot be read is
 * `unverifiable`, never an error without a verdict.
 */
export async function verify(args: readonly string[], terminal: Terminal): Promise<number> {
  const parsed = parseCommand(args, OPTIONS)
  const target = await parseTarget(onlyPositional(parsed, 'The ledger (sqlite:<path>, or the folder of an export)'))
  const logKey = parsed.text('log-key')
  if (logKey === undefined) throw new CliError('ERR_CLI_USAGE', '--log-key is missing.')
  const json = parsed.flag('json')

  const [checkpoints, policy] = [parsed.texts('checkpoint'), parsed.text('policy')]
  const evidence = { logKey, checkpoints, policy, quick: parsed.flag('quick') }
  const progress = showProgress(json ? { ...terminal, status: undefined } : terminal, 'verifying')
  const result = await judge(target, evidence, progress.update)
  progress.end()
  if (json) printJson(terminal, result)
  else describeJudgement(result).forEach((line) => terminal.print(line))
  return VERDICT_CODES[result.verdict]
}

async function parseTarget(address: string): Promise<Target> {
  if (!address.startsWith('sqlite:') && (await isFolder(address))) return { folder: address }
  return { ledger: parseAddress(address, 'There is no such folder, and a ledger') }
}

async function judge(target: Target, evidence: Evidence, onProgress: Rules['onProgress']): Promise<Judgement> {
  try {
    const verifierKeys = await readLogKeys(evidence.logKey)
    const given = await Promise.all(
      evidence.checkpoints.map(async (path) => ({ path, note: await readCheckpoint(path) })),
    )
    const policy =
      evidence.policy === undefined
        ? undefined
        : await readBounded(evidence.policy, 'policy', { maxBytes: MAX_NOTE_BYTES })
    const knownCheckpoints = given.map(({ note }) => note)
    const rules = { verifierKeys, knownCheckpoints, policy, quick: evidence.quick, onProgress }
    if ('ledger' in target) return await judgeStore(target.ledger, rules, given)

    const source = exportSource(target.folder)
    const result = await verifyExport({ ...source, ...rules })
    return await nameCheckpoints(result, given, { verifierKeys, manifests: async () => manifestsOf(source) })
  } catch (error) {
    return unverifiable(describeError(error))
  }
}

async function judgeStore(path: string, rules: Rules, given: readonly GivenCheckpoint[]): Promise<Judgement> {
  const store = await openLedgerStore(path)
  try {
    const result = await verifyLedger({ store, ...rules })
    return await nameCheckpoints(result, given, { ...rules, manifests: async () => manifestsIn(store) })
  } finally {
    await store.close()
  }
}

async function manifestsIn(store: Store): Promise<readonly KeptManifest[]> {
  const found = await store.list(['ledger', 'keys'], { limit: MAX_MANIFESTS })
  return found.map(({ key, value }) => ({ number: key.at(-1) ?? '', value }))
}

async function manifestsOf({ read }: ExportSource): Promise<readonly KeptManifest[]> {
  const found: KeptManifest[] = []
  while (found.length < MAX_MANIFESTS) {
    const number = String(found.length + 1).padStart(4, '0')
    const bytes = await read(`keys/${number}`, MAX_NOTE_BYTES)
    if (bytes === undefined) break
    found.push({ number, value: { note: Buffer.from(bytes).toString() } })
  }
  return found
}
