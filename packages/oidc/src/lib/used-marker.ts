import { sha256 } from './base64url.ts'
import { OidcError, refuseStore } from './errors.ts'
import { TRANSACTION_MS } from './transactions.ts'
import type { Audit } from '@sallyport/audit'
import type { Transaction } from './transaction.ts'

/** Beyond the transaction's own life, so that a marker never goes before its transaction, whatever the clocks say. */
const MARGIN_MS = 300_000

/**
 * Marks a transaction as used, on every instance: its record is expected absent, so of all callbacks one passes.
 *
 * The browser's cookie cannot do this alone; a copy of it can be sent as often as one likes.
 *
 * @throws OidcError `ERR_OIDC_TRANSACTION_USED`, or `ERR_OIDC_STORE_UNAVAILABLE` when the store cannot tell.
 */
export async function markUsed(audit: Audit, transaction: Transaction): Promise<void> {
  const { state, startedAt } = transaction
  // Time first: keys that keep growing in number stay together in the store.
  const time = String(startedAt).padStart(15, '0')
  const key = ['oidc-used', time, sha256(state)]
  const expiresAt = startedAt + TRANSACTION_MS + MARGIN_MS
  const put = { op: 'put', key, value: true, expect: null, expiresAt } as const
  const committed = await audit.commit({ writes: [put], events: [] }).catch(refuseStore)
  if (!committed.ok) throw new OidcError('ERR_OIDC_TRANSACTION_USED')
}
