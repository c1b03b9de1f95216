import { verifyLedger } from '@sallyport/audit/ledger'
import { createMemoryStore } from '@sallyport/store'
import type { Json, Store } from '@sallyport/store'
import type { Judgement, JudgedProblem } from './judgement.ts'
import { sizeOf } from './read-checkpoint.ts'

const AT_ONCE = 100

/** A checkpoint that was kept elsewhere, and the file that holds it. */
export interface GivenCheckpoint {
  readonly path: string
  readonly note: string
}

/** A signed list of the ledger's keys, as it is kept: the number in four digits. */
export interface KeptManifest {
  readonly number: string
  readonly value: Json
}

/**
 * Names with each problem the given checkpoints that it may come from: those of that size, those beyond the end of the
 * log, or those that cannot be trusted by themselves.
 *
 * @param result what a verification found.
 * @param given the checkpoints that it was given.
 * @param rules the keys, and how the ledger's own lists of keys are read.
 */
export async function nameCheckpoints(
  result: Judgement,
  given: readonly GivenCheckpoint[],
  rules: { readonly verifierKeys: readonly string[]; readonly manifests: () => Promise<readonly KeptManifest[]> },
): Promise<Judgement> {
  if (given.length === 0 || !result.problems.some(isOfCheckpoint)) return result
  const untrusted = result.problems.some(isUntrusted) ? await findUntrusted(given, rules) : new Map<string, string>()
  const problems = result.problems.map((problem) => {
    const files = given.filter((one) => isFrom(problem, one, untrusted)).map(({ path }) => path)
    return files.length === 0 ? problem : { ...problem, files }
  })
  return { ...result, problems }
}

function isOfCheckpoint({ kind }: JudgedProblem): boolean {
  return kind.startsWith('checkpoint_') || kind === 'root_diverged' || kind === 'entry_missing'
}

// Of a checkpoint in the store the size is known, by its key; of one that was given and cannot be opened nothing is.
function isUntrusted({ kind, index, path }: JudgedProblem): boolean {
  return kind.startsWith('checkpoint_') && index === undefined && path === undefined
}

function isFrom(problem: JudgedProblem, one: GivenCheckpoint, untrusted: ReadonlyMap<string, string>): boolean {
  const { kind, index } = problem
  if (isUntrusted(problem)) return untrusted.get(one.path) === kind
  const size = sizeOf(one.note)
  if (index === undefined || size === undefined || untrusted.has(one.path)) return false
  if (kind === 'entry_missing') return size > index
  return (kind === 'root_diverged' || kind === 'checkpoint_abandoned') && size === index
}

/** Judges each by itself, by the ledger's keys and nothing else; gives what is wrong by the path of the file. */
async function findUntrusted(
  given: readonly GivenCheckpoint[],
  { verifierKeys, manifests }: Parameters<typeof nameCheckpoints>[2],
): Promise<ReadonlyMap<string, string>> {
  const store = await keysAlone(await manifests())
  const found = new Map<string, string>()
  for (const { path, note } of given) {
    const { problems } = await verifyLedger({ store, verifierKeys, knownCheckpoints: [note], quick: true })
    const wrong = problems.find(isUntrusted)
    if (wrong !== undefined) found.set(path, wrong.kind)
  }
  return found
}

async function keysAlone(manifests: readonly KeptManifest[]): Promise<Store> {
  const store = createMemoryStore()
  for (let at = 0; at < manifests.length; at += AT_ONCE) {
    const writes = manifests
      .slice(at, at + AT_ONCE)
      .map(({ number, value }) => ({ op: 'put', key: ['ledger', 'keys', number], value, expect: null }) as const)
    await store.commit({ id: `keys-${at}`, writes, entries: [] })
  }
  return store
}
