import type { Entry, StoredEntry } from '@sallyport/store'

import { AuditError } from './errors.ts'
import { isEventType } from './registry.ts'
import type { AuditEvent, LedgerEvent } from './types.ts'

/**
 * Reads an event from an entry's bytes. Whether the bytes are what was signed is the verifier's question, not this one's.
 *
 * @param entry An entry as the store gave it.
 * @returns The event with its place in the ledger.
 * @throws `AuditError` with `ERR_AUDIT_ENTRY` when the bytes hold no event.
 */
export function parseEntry(entry: StoredEntry): LedgerEvent {
  return { ...parseEvent(entry.bytes), index: entry.index }
}

function parseEvent(bytes: Entry['bytes']): AuditEvent {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    throw new AuditError('ERR_AUDIT_ENTRY', 'An entry is not JSON.', { cause })
  }
  if (!isAuditEvent(value)) throw new AuditError('ERR_AUDIT_ENTRY', 'An entry is not an event.')
  return value
}

// The members that every reader relies on; the others are optional and were written by this package.
function isAuditEvent(value: unknown): value is AuditEvent {
  if (typeof value !== 'object' || value === null) return false
  if (!('id' in value && 'type' in value && 'at' in value && 'data' in value && 'writer' in value && 'v' in value))
    return false

  const { id, type, at, data, writer, v } = value
  return (
    typeof id === 'string' &&
    typeof type === 'string' &&
    isEventType(type) &&
    typeof at === 'string' &&
    isObject(data) &&
    isObject(writer) &&
    v === 1
  )
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
