import type { Entry, StoredEntry } from '@sallyport/store'

import { AuditError } from '../errors.ts'
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

// Of attacker-controlled bytes: whatever a reader relies on must be of its type, or absent. Member by member, because it is
// asked of every entry of a ledger.
function isAuditEvent(value: unknown): value is AuditEvent {
  // Its place is what the log says, never what the entry says.
  if (!isObject(value) || value['index'] !== undefined) return false
  const { id, type, at, data, writer, v, target, authn } = value
  const isNamed = typeof id === 'string' && typeof type === 'string' && isEventType(type) && typeof at === 'string'
  const isWhole = v === 1 && isObject(data) && isObject(writer) && hasOrLacks(target) && hasOrLacks(authn)
  return isNamed && isWhole && hasTexts(value) && hasParts(value)
}

function hasTexts({ outcome, reason, lineage, flow, stepUp, challenge, tenant }: Members): boolean {
  const joins = isTextOrAbsent(lineage) && isTextOrAbsent(flow) && isTextOrAbsent(stepUp) && isTextOrAbsent(challenge)
  return joins && isTextOrAbsent(outcome) && isTextOrAbsent(reason) && isTextOrAbsent(tenant)
}

function hasParts({ actor, subject, device, request, net, sealed }: Members): boolean {
  const persons = hasOrLacks(actor, 'id') && hasOrLacks(subject, 'id') && hasOrLacks(sealed, 'box')
  return persons && hasOrLacks(device, 'id') && hasOrLacks(request, 'id') && hasOrLacks(net, 'ipId')
}

type Members = Readonly<Record<string, unknown>>

/** Tells whether a part is absent, or an object with the text that every reader relies on. */
function hasOrLacks(part: unknown, needed?: string): boolean {
  if (part === undefined) return true
  return isObject(part) && (needed === undefined || typeof part[needed] === 'string')
}

function isTextOrAbsent(value: unknown): boolean {
  return value === undefined || typeof value === 'string'
}

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
