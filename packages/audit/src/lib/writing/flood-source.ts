import { sourceNetwork } from '../events/address.ts'
import type { EventType } from '../events/event-payloads.ts'
import { REASONS, type PendingEvent, type Reason } from '../events/types.ts'

/** Whose failures are counted together. */
export interface FloodSource {
  readonly type: EventType
  readonly reason: Reason | undefined
  /** Names whom it shares room with: strangers take none from persons, nor one type of theirs from another. */
  readonly table: string
  /**
   * Names what it is counted under, the narrowest first: the source itself, and where there are too many to tell them apart
   * the person, if there is one, and then all of the type and reason.
   */
  readonly keys: readonly string[]
}

// Failures by nature, whatever their outcome says.
const FAILURES: ReadonlySet<EventType> = new Set<EventType>([
  'access.denied',
  'oidc.login.failed',
  'session.reused_after_end',
])
// Somebody has in hand what only a person had.
const GRAVE: ReadonlySet<EventType> = new Set<EventType>(['session.reused_after_end'])
const STRANGERS = 'strangers'
const KNOWN_REASONS: ReadonlySet<unknown> = new Set(REASONS)
// Names of persons that are longer and equal so far count as one.
const MAX_NAME = 256

/** Tells whose failure an event is: the type, the reason, the network of the address and the actor; `undefined` for no failure. */
export function floodSource({ type, input }: PendingEvent): FloodSource | undefined {
  if (input.outcome !== 'failure' && !FAILURES.has(type)) return undefined
  // How an access ended that was let through belongs beside it, however many fail.
  if (type === 'access.completed' && input.actor !== undefined) return undefined

  const ip = input.context?.net?.ip
  const network = ip === undefined ? '' : sourceNetwork(ip)
  // However many texts a caller makes up, there are only so many buckets.
  const reason = KNOWN_REASONS.has(input.reason) ? input.reason : undefined
  const all = `${type} ${reason ?? ''}`
  if (input.actor === undefined) {
    return { type, reason, table: GRAVE.has(type) ? type : STRANGERS, keys: [`${all} ${network}`, all] }
  }
  const person = input.actor.user.slice(0, MAX_NAME)
  return { type, reason, table: type, keys: [`${all} ${network} ${person}`, `${all} ${person}`, all] }
}
