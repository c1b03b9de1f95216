import type { Keyring } from '@sallyport/keyring'
import type { Store } from '@sallyport/store'

import { systemRandomBytes } from '../system.ts'
import { SubjectKeys } from './subject-keys.ts'
import type { AuditEvent } from '../events/types.ts'

/**
 * Opens the sealed personal data of an event without opening the ledger; writes nothing.
 *
 * That the envelope opens shows that nobody altered it or moved it to another event; that the event is what was signed is
 * for `verifyLedger` to say.
 *
 * @param parts The store of the subject keys, which may be opened for reading only, and the key ring that sealed them.
 * @param event The event as read.
 * @returns What was sealed: `ip`, `userAgent`, `identity.<name>`, `detail.<name>`; `undefined` when there is nothing, or
 * the key was destroyed.
 * @throws `AuditError` with `ERR_AUDIT_ENVELOPE` when the envelope was altered or moved, or its key cannot be read.
 */
export async function revealEvent(
  parts: { readonly subjects: Store; readonly keyring: Keyring },
  event: Pick<AuditEvent, 'id' | 'sealed'>,
): Promise<Readonly<Record<string, string>> | undefined> {
  const { subjects: store, keyring } = parts
  // Opening needs no randomness.
  const keys = new SubjectKeys({ store, keyring, randomBytes: systemRandomBytes })
  return event.sealed && (await keys.open(event.id, event.sealed))
}
