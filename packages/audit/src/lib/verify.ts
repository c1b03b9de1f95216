import type { Store } from '@sallyport/store'
import { TlogError } from '@sallyport/tlog'
import { parseVerifierKey, type NoteVerifier } from '@sallyport/tlog/note'
import { AuditError } from './errors.ts'
import type { LifecycleCounts } from './lifecycle.ts'
import { HEAD_KEY, parseHead } from './tree-store.ts'
import { createCheckpointSource } from './verdict-checkpoints.ts'
import { createContentJudge } from './verdict-content.ts'
import { LedgerRun } from './verdict-run.ts'
import type { Verdict } from './verdict-meanings.ts'
import { createProblemList, problemOf, type Problem } from './verdict.ts'

const OPTIONS = ['store', 'verifierKeys', 'knownCheckpoints', 'quick', 'onProgress']
const MAX_KEYS = 100
const MAX_KNOWN = 1_000

/** What `verifyLedger` judges and by which keys. */
export interface VerifyOptions {
  /** The ledger's store. Nothing is written to it. */
  readonly store: Store
  /** `<origin>+<key id>+<base64>`, as kept outside the store: today's key and every older one. At most 100. */
  readonly verifierKeys: readonly string[]
  /** Checkpoint notes kept elsewhere (a receipt, a side file, a witness), at most 1,000: they reveal a rollback. */
  readonly knownCheckpoints?: readonly string[] | undefined
  /** Judges signatures, tree and completeness only, not what the entries say; everything if not given. */
  readonly quick?: boolean | undefined
  /** Called after every batch with how many of how many entries were read. */
  readonly onProgress?: ((progress: { readonly checked: number; readonly size: number }) => void) | undefined
}

/** What a verification found. */
export interface Verification {
  /** The gravest of the problems: bad_signature, diverged, corrupt, incomplete, unverifiable; good without one. */
  readonly verdict: Verdict
  /** Entries that were read. */
  readonly size: number
  /** Entries under the newest good checkpoint. Those after it are younger than a second, or nobody signs. */
  readonly signedSize: number
  /** The root of that checkpoint in base64; empty when nothing is signed. */
  readonly root: string
  /** The first hundred problems in the order they were met. */
  readonly problems: readonly Problem[]
  /** All of them, counted. */
  readonly problemCount: number
  /** Absent when `quick`. */
  readonly lifecycle?: LifecycleCounts
}

/**
 * Verifies a ledger: that every entry that was signed is there, unaltered and in its place, and that what the entries
 * say is well formed and complete.
 *
 * Never writes, reads in batches with memory that does not grow with the log, and may run while the ledger is in use.
 * It proves that nothing changed since it was signed, not that it was true when it was written. Entries without any
 * checkpoint give `unverifiable`: a ledger in its first second looks like one whose checkpoints were all removed,
 * unless head or tree still tell of them (`incomplete`). A whole store put back to an earlier day is good in itself;
 * only `knownCheckpoints` reveal it.
 *
 * @param options the store and the keys
 * @returns the verdict and what led to it
 * @throws AuditError `ERR_AUDIT_INPUT` when an option is unknown, a verifier key malformed or there are too many; what
 * the store rejects with
 * @see RFC 9162 §2.1, C2SP tlog-checkpoint
 */
export async function verifyLedger(options: VerifyOptions): Promise<Verification> {
  const { store, quick = false, knownCheckpoints: known = [] } = options
  const verifiers = resolve(options)
  const problems = createProblemList()
  const content = quick ? undefined : createContentJudge(problems)
  const hasKeys = verifiers.length > 0
  const [record] = await store.get([HEAD_KEY])
  const head = record === undefined ? undefined : parseHead(record.value)
  const size = await store.size()
  const checkpoints = hasKeys ? createCheckpointSource({ store, verifiers, known, problems }) : undefined
  const run = new LedgerRun({ store, problems, checkpoints, content, head, size })

  if (!hasKeys) problems.add(problemOf('no_keys'))
  if (record !== undefined && head === undefined) problems.add(problemOf('head_differs'))
  let more = true
  while (more) {
    more = await run.judgeBatch()
    options.onProgress?.({ checked: run.checked, size })
  }
  await run.judgeEnd()
  if (hasKeys) await run.judgeHead()
  if (hasKeys) await run.judgeTreeEdge()

  const lifecycle = content?.end()
  const signedSize = run.newest?.size ?? 0
  const root = Buffer.from(run.newest?.root ?? []).toString('base64')
  const found = { size: run.checked, signedSize, root, ...problems.result() }
  return lifecycle === undefined ? found : { ...found, lifecycle }
}

function resolve(options: VerifyOptions): readonly NoteVerifier[] {
  const unknown = Object.keys(options).find((name) => !OPTIONS.includes(name))
  if (unknown !== undefined)
    throw input(`verifyLedger has no option ${JSON.stringify(unknown)}; it has ${OPTIONS.join(', ')}.`)
  if ((options.knownCheckpoints?.length ?? 0) > MAX_KNOWN) throw input('At most 1,000 known checkpoints are compared.')
  if (options.verifierKeys.length > MAX_KEYS) throw input('At most 100 verifier keys are tried.')
  try {
    return options.verifierKeys.map(parseVerifierKey)
  } catch (cause) {
    if (!(cause instanceof TlogError)) throw cause
    throw input('A verifier key has the form <origin>+<key id>+<base64>.', cause)
  }
}

function input(message: string, cause?: unknown): AuditError {
  return new AuditError('ERR_AUDIT_INPUT', message, { cause })
}
