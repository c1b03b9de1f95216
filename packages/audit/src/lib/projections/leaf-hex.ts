import { leafHash } from '@sallyport/tlog'

import { AuditError } from '../errors.ts'
import { canonicalize } from '../events/canonical.ts'
import type { LedgerEvent } from '../events/types.ts'

/**
 * Gives the hash under which an event stands in the tree, so that a forwarded copy can be held against the ledger.
 *
 * @param event as read from a ledger; what was revealed of it is no part of the entry
 * @returns SHA-256 in lower-case hex; `undefined` for what has no canonical form and so stands in no ledger
 * @see RFC 6962 §2.1
 */
export function leafHexOf(event: LedgerEvent): string | undefined {
  const { index: _index, revealed: _revealed, ...entry } = event
  try {
    return Buffer.from(leafHash(Buffer.from(canonicalize(entry), 'utf8'))).toString('hex')
  } catch (error) {
    if (error instanceof AuditError) return undefined
    throw error
  }
}
