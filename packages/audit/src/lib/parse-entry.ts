import type { Entry, StoredEntry } from '@sallyport/store'

import { AuditError } from './errors.ts'
import { isEventType } from './registry.ts'
import type { AuditEvent, LedgerEvent } from './types.ts'

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

const TEXTS = ['outcome', 'reason', 'lineage', 'flow', 'stepUp', 'challenge', 'tenant'] as const
// Of each the member that every reader relies on, if there is one.
const PARTS = [
  ['actor', 'id'],
  ['subject', 'id'],
  ['device', 'id'],
  ['request', 'id'],
  ['net', 'ipId'],
  ['sealed', 'box'],
  ['target', undefined],
  ['authn', undefined],
] as const

// Of attacker-controlled bytes: whatever a reader relies on must be of its type, or absent.
function isAuditEvent(value: unknown): value is AuditEvent {
  if (typeof value !== 'object' || value === null) return false
  if (!('id' in value && 'type' in value && 'at' in value && 'data' in value && 'writer' in value && 'v' in value))
    return false
  // Its place is what the log says, never what the entry says.
  if ('index' in value) return false

  const { id, type, at, data, writer, v } = value
  return (
    typeof id === 'string' &&
    typeof type === 'string' &&
    isEventType(type) &&
    typeof at === 'string' &&
    isObject(data) &&
    isObject(writer) &&
    v === 1 &&
    TEXTS.every((name) => isTextOrAbsent(Reflect.get(value, name))) &&
    PARTS.every(([name, needed]) => isPartOrAbsent(Reflect.get(value, name), needed))
  )
}

function isTextOrAbsent(value: unknown): boolean {
  return value === undefined || typeof value === 'string'
}

function isPartOrAbsent(value: unknown, needed: string | undefined): boolean {
  if (value === undefined) return true
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return needed === undefined || typeof Reflect.get(value, needed) === 'string'
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
