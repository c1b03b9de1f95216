import { AuditError } from '../errors.ts'
import { isCanonical } from './canonical.ts'
import { MAX_ENTRY_BYTES } from './entry-bound.ts'
import { eventTime } from './event-id.ts'
import { parseEvent } from './parse-entry.ts'
import type { LedgerEvent } from './types.ts'

/**
 * Reads an event from bytes that must be exactly what this package writes: canonical, not too large, with an id that
 * holds the event's time.
 *
 * @param bytes the entry; attacker-controlled unless a checkpoint covers it
 * @param index its place in the ledger
 * @returns the event, or `undefined` when the bytes are anything else; never throws
 * @see SPEC.md §1
 */
export function readCanonicalEvent(bytes: Uint8Array, index: number): LedgerEvent | undefined {
  if (bytes.length > MAX_ENTRY_BYTES) return undefined
  try {
    const { event, text } = parseEvent(bytes)
    return isCanonical(text, event) && isTimeOf(event) ? { ...event, index } : undefined
  } catch (error) {
    if (error instanceof AuditError) return undefined
    throw error
  }
}

function isTimeOf({ id, at }: Pick<LedgerEvent, 'id' | 'at'>): boolean {
  const time = eventTime(id)
  return time !== undefined && new Date(time).toISOString() === at
}
