import { sortableId, type Store } from '@sallyport/store'
import type { Audit } from '../src/lib/audit-contract.ts'
import { event } from '../src/lib/events/event.ts'
import type { LedgerEvent } from '../src/lib/events/types.ts'
import { systemRandomBytes } from '../src/lib/system.ts'

const DAY_MS = 86_400_000

/** Who asks in tests of privacy. */
export const OFFICER = { by: { user: 'officer' } } as const

/** Records that a person was turned away, with something to be sealed. */
export async function deny(audit: Audit, user: string, ip?: string): Promise<void> {
  const context = ip === undefined ? undefined : { requestId: 'request-1', net: { ip, hops: 1 } }
  const actor = { user, identity: { name: `Name of ${user}` } }
  // Committed, so that many of them are no flood.
  await audit.commit({ writes: [], events: [event('access.denied', { actor, context, data: { requirement: 'r' } })] })
}

/** Records something two days before a time, so that a clock which was put forward is one that the ledger has lived by. */
export async function liveUntil(audit: Audit, now: number): Promise<void> {
  const id = sortableId(now - 2 * DAY_MS, systemRandomBytes(10))
  await audit.commit({ writes: [], events: [event('access.allowed', { id, data: { requirement: 'r' } })] })
}

/** The names of all keys of persons: person, class and period. */
export async function keysOf(subjects: Store): Promise<readonly (readonly string[])[]> {
  return (await subjects.list(['subject'], { limit: 1_000 })).map(({ key }) => key.slice(1))
}

/** What of the ledger can be read of persons, by event id. */
export async function readable(audit: Audit, events: readonly LedgerEvent[]): Promise<readonly string[]> {
  const revealed = await Promise.all(events.map((event) => audit.reveal(event)))
  return revealed.flatMap((fields) => (fields?.['identity.name'] === undefined ? [] : [fields['identity.name']]))
}
