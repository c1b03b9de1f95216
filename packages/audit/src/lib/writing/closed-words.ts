import { AuditError } from '../errors.ts'
import type { EventType } from '../events/event-payloads.ts'
import { EVENTS } from '../events/registry.ts'
import { REASONS, type EventInput } from '../events/types.ts'

const KNOWN_REASONS: ReadonlySet<unknown> = new Set(REASONS)

/**
 * Refuses what the vocabulary has no word for. Types say it already; but what must never be recorded has no field, and so no
 * caller without types, and no cast, may make one.
 *
 * @throws `AuditError` with `ERR_AUDIT_INPUT`, which repeats nothing of the input.
 */
export function requireClosedWords(
  type: EventType,
  { data, reason }: Pick<EventInput<EventType>, 'data' | 'reason'>,
): void {
  const fields: object = EVENTS[type].fields
  for (const name in data) {
    if (!Object.hasOwn(fields, name))
      throw new AuditError('ERR_AUDIT_INPUT', `An event of type ${type} has data that its type has no field for.`)
  }
  if (reason !== undefined && !KNOWN_REASONS.has(reason))
    throw new AuditError('ERR_AUDIT_INPUT', `An event of type ${type} has a reason that is not in the list.`)
}
