import type { EventType } from './event-payloads.ts'
import type { EventInput, PendingEvent } from './types.ts'

/**
 * Makes an event to be committed together with record writes; the type decides which payload fits.
 *
 * @param type The event's name.
 * @param input What is said of it.
 * @returns The event, to be given to `audit.commit`.
 * @example
 * await audit.commit({ writes, events: [event('authenticator.removed', { actor, data: { factor: 'totp', left: 1 } })] })
 */
export function event<T extends EventType>(type: T, input: EventInput<T>): PendingEvent {
  return { type, input }
}
