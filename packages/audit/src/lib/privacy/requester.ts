import { AuditError } from '../errors.ts'
import type { EventType } from '../events/event-payloads.ts'
import type { EventInput } from '../events/types.ts'
import type { Requester } from './privacy-contract.ts'

// What a keyed pseudonym can be made of.
const MAX_USER = 4_096

/** Says in an event who asked for something. Throws `AuditError` with `ERR_AUDIT_INPUT` for what names nobody. */
export function askedBy(by: Requester): Pick<EventInput<EventType>, 'actor' | 'context' | 'outcome'> {
  if (typeof by !== 'object' || by === null) throw input('by says who asks: { user, context }.')
  const { user, context } = by
  if (user !== undefined) requireUser('by.user', user)
  return { actor: user === undefined ? undefined : { user }, context, outcome: 'success' }
}

/** Refuses what is no id of a person. Throws `AuditError` with `ERR_AUDIT_INPUT`. */
export function requireUser(name: string, user: unknown): void {
  const isId = typeof user === 'string' && user.length >= 1 && user.length <= MAX_USER && user.isWellFormed()
  if (!isId) throw input(`${name} is the application's own id of a person, 1 to ${MAX_USER} characters.`)
}

function input(message: string): AuditError {
  return new AuditError('ERR_AUDIT_INPUT', message)
}
