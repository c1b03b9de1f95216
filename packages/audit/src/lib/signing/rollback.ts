import type { Key, Store, Write } from '@sallyport/store'
import { signNote, type Checkpoint } from '@sallyport/tlog/note'

import { AuditError } from '../errors.ts'
import { event } from '../events/event.ts'
import type { LedgerKeys } from './ledger-keys.ts'
import { splitNote } from '../receipts/note-parts.ts'
import { requirePast, requireSignedHead, type CheckpointPlace } from './signer-place.ts'
import { readHead } from './tree-store.ts'
import type { TrustedKeys } from './trusted-keys.ts'
import type { PendingEvent } from '../events/types.ts'

/** Below it are the checkpoints that were given up when an older copy of the ledger was put in place on purpose. */
const ABANDONED_PREFIX: Key = ['ledger', 'abandoned']

const STATEMENT = 'sallyport ledger abandoned v1'

interface Parts {
  readonly store: Store
  readonly keys: LedgerKeys
  readonly place: CheckpointPlace | undefined
  readonly commit: (commit: {
    readonly writes: readonly Write[]
    readonly events: readonly PendingEvent[]
  }) => Promise<{ readonly ok: boolean }>
}

/**
 * Goes on with a ledger that is older than a checkpoint which was signed, or that has another past: the recorded way
 * back after a backup was restored. The checkpoint that is given up is named in the ledger before the second place
 * forgets it, so that nobody can go back unseen. Does nothing when the ledger is of that checkpoint's line.
 *
 * @param parts the ledger, whose head has been checked
 * @param note the checkpoint that is lost: what the second place holds
 * @throws AuditError `ERR_AUDIT_INPUT` when it is no checkpoint of this ledger
 */
export async function acceptRollback({ store, keys, place, commit }: Parts, note: string): Promise<void> {
  const lost = await keys.open(note)
  if (lost === undefined) {
    throw new AuditError(
      'ERR_AUDIT_INPUT',
      'acceptRollback is the checkpoint that is lost: the text of the checkpoint file.',
    )
  }
  if (await isPast(store, lost)) return
  const { head } = await readHead(store)
  const root = Buffer.from(lost.root).toString('base64')
  const restored = { size: lost.size, root, from: head.size }
  const statement = await signNote(formatAbandoned(lost, head.size), [await keys.signer()])
  await commit({
    // Refused when it is there: then the way back was begun before, and the process ended on it.
    writes: [{ op: 'put', key: abandonedKey(lost), value: { note, statement }, expect: null }],
    events: [event('ledger.gap_recorded', { data: { lost: {}, delayed: {}, restored } })],
  })
  const held = await place?.read()
  if (held === note) await place?.write(await requireSignedHead({ store, keys }, head))
}

/**
 * Tells where a ledger went on after it gave up a checkpoint, as it says under a key that might sign there. A record that
 * whoever can write to the store could have made says nothing.
 *
 * @param store the ledger's
 * @param keys the keys that are trusted
 * @param lost a checkpoint that was kept elsewhere
 * @returns the signed size at that time; `undefined` when it was not given up
 */
export async function abandonedFrom(store: Store, keys: TrustedKeys, lost: Checkpoint): Promise<number | undefined> {
  const [found] = await store.get([abandonedKey(lost)])
  const value = found?.value
  const statement = typeof value === 'object' && value !== null && 'statement' in value ? value['statement'] : undefined
  if (typeof statement !== 'string') return undefined
  const { text } = splitNote(statement)
  const from = parseDecimal(text.split('\n')[4] ?? '')
  if (from === undefined || text !== formatAbandoned(lost, from)) return undefined
  return keys.isSignedAt(statement, from) ? from : undefined
}

function formatAbandoned({ origin, size, root }: Checkpoint, from: number): string {
  return `${[STATEMENT, origin, size, Buffer.from(root).toString('base64'), from].join('\n')}\n`
}

function parseDecimal(text: string): number | undefined {
  return /^(?:0|[1-9]\d{0,15})$/.test(text) ? Number(text) : undefined
}

/** Gives the key of the record of a checkpoint that was given up. */
export function abandonedKey({ size, root }: Pick<Checkpoint, 'size' | 'root'>): Key {
  return [...ABANDONED_PREFIX, String(size).padStart(16, '0'), Buffer.from(root).toString('base64url')]
}

async function isPast(store: Store, lost: Checkpoint): Promise<boolean> {
  try {
    await requirePast(store, lost)
    return true
  } catch (error) {
    if (error instanceof AuditError && error.code === 'ERR_AUDIT_ROLLED_BACK') return false
    throw error
  }
}
