import type { Store } from '@sallyport/store'
import { TlogError, treeRoot } from '@sallyport/tlog'
import { parsePolicy, type Policy } from '@sallyport/tlog/witness'
import { AuditError } from '../errors.ts'
import { getAll, checkpointKey, parseNote, readHead, tileReader } from '../signing/tree-store.ts'
import type { TrustedKeys } from '../signing/trusted-keys.ts'
import { COSIGNATURES_PREFIX, parseCosignatures } from './witness-record.ts'
import { judgeWitnesses, type StoredCheckpoint, type WitnessVerdict } from './witness-verdict.ts'

const PAGE = 64
const NOTHING_SIGNED = { head: { size: 0 } }

/** What the word of the witnesses is found from. */
export interface WitnessQuestion {
  readonly store: Store
  readonly keys: TrustedKeys
  readonly policy: Policy
  /** Checkpoints that witnesses hold, as they gave them. */
  readonly held: readonly string[]
  /** The roots over the entries at the sizes of what they hold. */
  readonly roots: ReadonlyMap<number, Uint8Array>
}

/** Says what witnesses say of a ledger whose entries were judged. */
export async function askWitnesses(question: WitnessQuestion): Promise<WitnessVerdict> {
  const { store, keys, policy, held } = question
  const checkpoints = await readCosigned(store)
  const roots = await rootsOf(question)
  return judgeWitnesses({ policy, open: keys.open, checkpoints, held, rootAt: (size) => roots.get(size) })
}

// Where the entries were not hashed up to a size, the tree that was compared with them speaks for them.
async function rootsOf({ store, keys, held, roots }: WitnessQuestion): Promise<ReadonlyMap<number, Uint8Array>> {
  const all = new Map(roots)
  const { head } = await readHead(store).catch(() => NOTHING_SIGNED)
  for (const note of held) {
    const opened = keys.open(note)
    if (typeof opened === 'string' || all.has(opened.size) || opened.size > head.size) continue
    const root = await treeRoot(opened.size, tileReader(store)).catch(() => undefined)
    if (root !== undefined) all.set(opened.size, root)
  }
  return all
}

/**
 * Reads a policy.
 *
 * @throws AuditError `ERR_AUDIT_INPUT`
 */
export function readPolicy(text: string): Policy {
  try {
    return parsePolicy(text)
  } catch (cause) {
    if (!(cause instanceof TlogError)) throw cause
    throw new AuditError('ERR_AUDIT_INPUT', 'The policy is no C2SP tlog-policy, or names a key of an unknown kind.', {
      cause,
    })
  }
}

// Newest first would be enough for the word, but the quorum may hold for an older one only.
async function readCosigned(store: Store): Promise<readonly StoredCheckpoint[]> {
  const cosigned: StoredCheckpoint[] = []
  let after: readonly string[] | undefined
  for (;;) {
    const page = await store.list(COSIGNATURES_PREFIX, { after, limit: PAGE })
    const records = await getAll(
      store,
      page.map(({ key }) => checkpointKey(Number(key.at(-1)))),
    )
    for (const [at, { value }] of page.entries()) {
      const note = parseNote(records[at]?.value ?? null)
      if (note !== undefined) cosigned.push({ note, signatures: parseCosignatures(value) })
    }
    after = page.at(-1)?.key
    if (after === undefined) return cosigned
  }
}
