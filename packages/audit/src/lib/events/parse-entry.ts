import type { Entry, StoredEntry } from '@sallyport/store'

import { AuditError } from '../errors.ts'
import { hasEventMembers, isMembers } from './event-members.ts'
import type { AuditEvent, LedgerEvent } from './types.ts'

// RFC 3339, in UTC and with milliseconds, as it is written: it goes on into headers of other protocols as it is.
const AT = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/
// A byte order mark is no part of the canonical form, so it is left where it is and refused by JSON.
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** An event and the text that it was read from. */
export interface ParsedEvent {
  readonly event: AuditEvent
  readonly text: string
}

/**
 * Reads an event from an entry's bytes. Whether the bytes are what was signed is the verifier's question, not this one's.
 *
 * @param entry An entry as the store gave it.
 * @returns The event with its place in the ledger.
 * @throws `AuditError` with `ERR_AUDIT_ENTRY` when the bytes hold no event.
 */
export function parseEntry(entry: StoredEntry): LedgerEvent {
  return { ...parseEvent(entry.bytes).event, index: entry.index }
}

/** Reads an event and its text from bytes; throws as `parseEntry` does. */
export function parseEvent(bytes: Entry['bytes']): ParsedEvent {
  let text: string
  let event: unknown
  try {
    text = UTF8.decode(bytes)
    event = JSON.parse(text)
  } catch (cause) {
    throw new AuditError('ERR_AUDIT_ENTRY', 'An entry is not JSON.', { cause })
  }
  if (!isAuditEvent(event)) throw new AuditError('ERR_AUDIT_ENTRY', 'An entry is not an event.')
  return { event, text }
}

// Of attacker-controlled bytes: whatever a reader relies on must be of its type, or absent.
function isAuditEvent(value: unknown): value is AuditEvent {
  if (!isMembers(value) || !isMembers(value['writer']) || !hasEventMembers(value)) return false
  const { index, revealed, at } = value
  // Its place is what the log says, and what it reveals what the keys open: never what the entry says.
  return index === undefined && revealed === undefined && typeof at === 'string' && AT.test(at)
}
