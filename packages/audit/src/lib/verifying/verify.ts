import type { Store } from '@sallyport/store'
import { TlogError } from '@sallyport/tlog'
import { parseVerifierKey, type Checkpoint } from '@sallyport/tlog/note'
import { AuditError } from '../errors.ts'
import { eventTime } from '../events/event-id.ts'
import { linesOfManifest, readManifests } from '../signing/key-manifest.ts'
import type { LifecycleCounts } from './lifecycle.ts'
import { abandonedFrom } from '../signing/rollback.ts'
import { HEAD_KEY, parseHead } from '../signing/tree-store.ts'
import { trustKeys, type TrustedKeys } from '../signing/trusted-keys.ts'
import { createCheckpointSource } from './verdict-checkpoints.ts'
import { createContentJudge } from './verdict-content.ts'
import { LedgerRun } from './verdict-run.ts'
import type { Verdict } from './verdict-meanings.ts'
import { PrunedJudge } from './verdict-pruned.ts'
import type { WriterCounts } from './verdict-writers.ts'
import { askWitnesses, readPolicy } from '../witnessing/verify-witnesses.ts'
import type { WitnessVerdict } from '../witnessing/witness-verdict.ts'
import { createProblemList, problemOf, type Problem } from './verdict.ts'

const OPTIONS = ['store', 'verifierKeys', 'knownCheckpoints', 'policy', 'quick', 'onProgress']
const MAX_KEYS = 100
const MAX_KNOWN = 1_000

/** What `verifyLedger` judges and by which keys. */
export interface VerifyOptions {
  /** The ledger's store. Nothing is written to it. */
  readonly store: Store
  /**
   * `<origin>+<key id>+<base64>`, as kept outside the store, at most 100. One is enough: the ledger's key manifests lead
   * from it to the keys before and after.
   */
  readonly verifierKeys: readonly string[]
  /** Checkpoint notes kept elsewhere (a receipt, a side file, a witness), at most 1,000: they reveal a rollback. */
  readonly knownCheckpoints?: readonly string[] | undefined
  /**
   * Which witnesses have to have cosigned, as the text of a C2SP tlog-policy: then `witnesses` says whether they have.
   * What they hold themselves belongs into `knownCheckpoints`.
   */
  readonly policy?: string | undefined
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
  /** The index of the first entry: those before it were pruned. 0 when all are there. */
  readonly first: number
  /** Under which policy, and when, the last of them were: in days, and in milliseconds since the epoch. */
  readonly pruned?: { readonly entryDays: number; readonly at: number }
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
  /** Absent when `quick`. */
  readonly writers?: WriterCounts
  /** What witnesses say; absent without a `policy`. */
  readonly witnesses?: WitnessVerdict
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
  const { store, quick = false } = options
  checkOptions(options)
  const problems = createProblemList()
  const content = quick ? undefined : createContentJudge(problems)
  const policy = options.policy === undefined ? undefined : readPolicy(options.policy)
  const hasKeys = options.verifierKeys.length > 0
  // Manifests before the log: what is added meanwhile can then only be more than is asked for.
  const keysNow = createKeyReader(store, options.verifierKeys)
  const keys = await keysNow()
  const pruned = new PrunedJudge({ store, problems, keysNow: hasKeys ? keysNow : undefined })
  await pruned.look()
  const [record] = await store.get([HEAD_KEY])
  const head = record === undefined ? undefined : parseHead(record.value)
  const size = await store.size()
  const { abandoned, known } = await sortKnown(options, keys)
  const checkpoints = hasKeys
    ? createCheckpointSource({ store, keys, keysNow, known, stated: pruned.stated, problems })
    : undefined
  const run = new LedgerRun({ store, problems, checkpoints, content, pruned, head, size })

  if (!hasKeys) problems.add(problemOf('no_keys'))
  else for (const { kind, number } of keys.problems) problems.add(problemOf(kind, number))
  if (record !== undefined && head === undefined) problems.add(problemOf('head_differs'))
  let more = true
  while (more) {
    more = await run.judgeBatch()
    await pruned.judge(content?.takePruned() ?? [])
    options.onProgress?.({ checked: run.passed, size })
    // A store that answers at once would otherwise keep everything else in this process waiting to the end.
    await new Promise<void>((resolve) => setImmediate(resolve))
  }
  await run.judgeEnd()
  if (hasKeys) await run.judgeHead()
  if (hasKeys) await run.judgeTreeEdge()

  const said = content?.end()
  await pruned.end(said?.retired)
  if (said !== undefined) {
    for (const problem of await judgeManifests(store, said.manifests)) problems.add(problem)
    for (const problem of judgeAbandoned(abandoned, said.abandoned, pruned.first)) problems.add(problem)
  }
  const signedSize = run.newest?.size ?? 0
  const root = Buffer.from(run.newest?.root ?? []).toString('base64')
  const witnesses =
    policy && (await askWitnesses({ store, keys, policy, held: options.knownCheckpoints ?? [], roots: run.roots }))
  return {
    size: run.checked,
    first: pruned.first,
    ...prunedOf(pruned),
    signedSize,
    root,
    ...problems.result(),
    ...(said === undefined ? {} : { lifecycle: said.lifecycle, writers: said.writers }),
    ...(witnesses === undefined ? {} : { witnesses }),
  }
}

/** Reads the manifests each time, and judges them anew only when another one has come. */
function createKeyReader(store: Store, verifierKeys: readonly string[]): () => Promise<TrustedKeys> {
  let known: { readonly versions: string; readonly keys: TrustedKeys } | undefined
  return async () => {
    const stored = await readManifests(store)
    const versions = stored.map(({ version }) => version).join('\n')
    if (known?.versions !== versions) known = { versions, keys: trustKeys(verifierKeys, stored) }
    return known.keys
  }
}

/** Sets apart the known checkpoints of which the store says that they were given up: the entries must say so, too. */
async function sortKnown(
  { store, knownCheckpoints: notes = [], quick = false }: VerifyOptions,
  keys: TrustedKeys,
): Promise<{ readonly known: readonly string[]; readonly abandoned: readonly Abandoned[] }> {
  const known: string[] = []
  const abandoned: Abandoned[] = []
  for (const note of notes) {
    const opened = keys.open(note)
    const from = quick || typeof opened === 'string' ? undefined : await abandonedFrom(store, keys, opened)
    if (from === undefined || typeof opened === 'string') known.push(note)
    else abandoned.push({ ...opened, from })
  }
  return { known, abandoned }
}

function prunedOf({ pruning, first }: PrunedJudge): Pick<Verification, 'pruned'> {
  if (pruning === undefined || pruning.to !== first) return {}
  return { pruned: { entryDays: pruning.entryDays, at: eventTime(pruning.event) ?? 0 } }
}

/** A checkpoint that was given up, and the size at which the ledger went on. */
type Abandoned = Checkpoint & { readonly from: number }

function judgeAbandoned(abandoned: readonly Abandoned[], said: ReadonlySet<string>, first: number): readonly Problem[] {
  return abandoned.map(({ size, root, from }) => {
    // The statement is signed; the entry that says so, too, may have been pruned since.
    const isSaid = from < first || said.has(`${size} ${Buffer.from(root).toString('base64')}`)
    return problemOf(isSaid ? 'checkpoint_abandoned' : 'root_diverged', size)
  })
}

// Read anew: what the entries tell of may have come after the manifests were read the first time.
async function judgeManifests(store: Store, said: ReadonlySet<string>): Promise<readonly Problem[]> {
  const stored = await readManifests(store)
  const numbers = new Set(stored.map(({ number }) => String(number)))
  const lines = new Set(stored.flatMap(linesOfManifest))
  return [...said].flatMap((line) => {
    const [number = ''] = line.split(' ')
    if (!numbers.has(number)) return [problemOf('keys_missing', Number(number))]
    return lines.has(line) ? [] : [problemOf('keys_differ', Number(number))]
  })
}

function checkOptions(options: VerifyOptions): void {
  const unknown = Object.keys(options).find((name) => !OPTIONS.includes(name))
  if (unknown !== undefined)
    throw input(`verifyLedger has no option ${JSON.stringify(unknown)}; it has ${OPTIONS.join(', ')}.`)
  if ((options.knownCheckpoints?.length ?? 0) > MAX_KNOWN) throw input('At most 1,000 known checkpoints are compared.')
  if (options.verifierKeys.length > MAX_KEYS) throw input('At most 100 verifier keys are tried.')
  try {
    options.verifierKeys.forEach(parseVerifierKey)
  } catch (cause) {
    if (!(cause instanceof TlogError)) throw cause
    throw input('A verifier key has the form <origin>+<key id>+<base64>.', cause)
  }
}

function input(message: string, cause?: unknown): AuditError {
  return new AuditError('ERR_AUDIT_INPUT', message, { cause })
}
