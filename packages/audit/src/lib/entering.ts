import type { ResolvedOptions } from './audit-options.ts'
import { AuditError } from './errors.ts'
import { event } from './events/event.ts'
import type { LedgerParts } from './ledger-parts.ts'
import { formatRetention } from './retention/retention-policy.ts'
import { newestKeyIds } from './privacy/newest-keys.ts'
import { isDoneWithin } from './running/is-done-within.ts'
import { acceptRollback } from './signing/rollback.ts'
import { createSigner } from './signing/signer.ts'
import { readHead } from './signing/tree-store.ts'
import { floodText } from './writing/flood-options.ts'
import { levelsText } from './writing/levels.ts'
import { recordSettings } from './writing/settings-record.ts'

// Others that open the ledger or sign it meanwhile.
const OPEN_TRIES = 100

/**
 * Enters a ledger: makes sure that it is the one which was signed last, fills its second place, and records that this
 * process has opened it.
 *
 * @throws AuditError `ERR_AUDIT_ROLLED_BACK`, `ERR_AUDIT_TREE_CORRUPT`, `ERR_AUDIT_CHECKPOINT_FILE` or `ERR_AUDIT_KEYS`
 */
export async function enterLedger(parts: LedgerParts): Promise<void> {
  const { place, signer, signing, heartbeat } = parts
  await requireSameLine(parts)
  const isPlaceBegun = await isPlaceEmpty(parts)
  // An emptied second place is filled again only once the ledger says that it was empty.
  if (!isPlaceBegun) await signer.signUpTo()
  await recordOpened(parts, isPlaceBegun)
  await recordSettings(parts, settingsOf(parts.options))
  await recordNewestKeys(parts)
  // A file that cannot be written is to be noticed now, and not when it is needed.
  if (place !== undefined) await signing.sign()
  await heartbeat.recordSilent()
}

/** What the operator has chosen, and what a change of it is to be recorded of. */
function settingsOf({ levels, flood, retention }: ResolvedOptions): Parameters<typeof recordSettings>[1] {
  return {
    'audit.levels': levelsText(levels),
    'audit.flood': floodText(flood),
    'audit.retention': formatRetention(retention),
  }
}

/** Records that other keys seal and name than before; the first ones are nobody's change. */
async function recordNewestKeys(parts: LedgerParts): Promise<void> {
  const asking = newestKeyIds(parts.options.keyring).catch(() => undefined)
  // Nobody waits for a key service that is away: the next start finds the change as well.
  const newest = (await isDoneWithin(parts.waits.othersMs, asking)) ? await asking : undefined
  if (newest !== undefined) await recordSettings(parts, newest, 'kept')
}

/** Goes on only with a ledger that is the one which was signed last, unless the operator says that it is not. */
async function requireSameLine({ options, keys, place, signer, writer }: LedgerParts): Promise<void> {
  const { acceptRollback: lost, store, origin, randomBytes } = options
  if (lost !== undefined) {
    // The second place keeps the lost checkpoint until the ledger names it, also where an empty one is begun.
    await createSigner({ store, keys, origin, clock: store, randomBytes }).begin()
    await acceptRollback({ store, keys, place, commit: async (one) => await writer.commit(one) }, lost)
  }
  await signer.requireNoRollback()
  await signer.begin()
}

/** Tells whether the second place holds nothing although something was signed. */
async function isPlaceEmpty({ options, place }: LedgerParts): Promise<boolean> {
  if (place === undefined || (await readHead(options.store)).head.size === 0) return false
  return !(await place.read())
}

/** Records that this process has opened the ledger, in one commit with the keys that it brings. */
async function recordOpened({ options, keys, heartbeat }: LedgerParts, isPlaceBegun: boolean): Promise<void> {
  const { origin, store } = options
  const place = isPlaceBegun ? { place: 'begun' as const } : {}
  for (let tries = 1; ; tries++) {
    const change = await keys.plan(await readHead(store))
    // A process whose key was retired could only record what others must sign: that is to be noticed at its start.
    if (change === undefined) await keys.signer()
    const opened = event('ledger.opened', { data: { origin, ...place, size: await store.size() } })
    const done = await heartbeat.open({ writes: change?.writes ?? [], events: [opened, ...(change?.events ?? [])] })
    keys.forget()
    if (done) return
    if (tries === OPEN_TRIES)
      throw new AuditError('ERR_AUDIT_KEYS', 'Others change the keys of the ledger all the time.')
  }
}
