import { AuditError } from '../errors.ts'
import { eventTime } from '../events/event-id.ts'
import type { EventType } from '../events/event-payloads.ts'
import { isEventType } from '../events/registry.ts'
import { REASONS, type Outcome, type Reason } from '../events/types.ts'
import { refused } from './input-values.ts'

const OUTCOMES: readonly Outcome[] = ['success', 'failure', 'unknown']
const KNOWN_OUTCOMES: ReadonlySet<unknown> = new Set(OUTCOMES)
const KNOWN_REASONS: ReadonlySet<unknown> = new Set(REASONS)

/**
 * Refuses a type that no event has.
 *
 * @throws `AuditError` with `ERR_AUDIT_INPUT`, which repeats nothing of the input.
 */
export function requireEventType(type: unknown): asserts type is EventType {
  // By its type, too: a list of one name would be found in the registry as that name.
  if (typeof type !== 'string' || !isEventType(type))
    throw new AuditError('ERR_AUDIT_INPUT', 'An event has a type that is not in the registry.')
}

/** Reads how an operation ended: one of the three words. */
export function outcome(value: unknown): Outcome {
  if (!isOutcome(value)) throw refused("The outcome of an event is 'success', 'failure' or 'unknown'.")
  return value
}

/** Reads why something was refused: a word of the list. */
export function reason(value: unknown): Reason {
  if (!isReason(value)) throw refused('The reason of an event is one of the list.')
  return value
}

/** Reads the id of an event: what says its time. */
export function eventId(value: unknown): string {
  if (typeof value !== 'string' || eventTime(value) === undefined)
    throw refused('The id of an event is what sortableId makes.')
  return value
}

function isOutcome(value: unknown): value is Outcome {
  return KNOWN_OUTCOMES.has(value)
}

function isReason(value: unknown): value is Reason {
  return KNOWN_REASONS.has(value)
}
