import { AuditError } from '../errors.ts'
import type { EventType } from '../events/event-payloads.ts'
import type { Actor, Authn, EventInput, FactorName, PendingEvent, Target } from '../events/types.ts'
import { eventId, outcome, reason } from './closed-words.ts'
import { readPayload, type Payload } from './event-payload.ts'
import { readContext, readTarget, type Said, type SaidContext } from './input-context.ts'
import { joiningId, membersOf, optional, personals, text, texts, user } from './input-values.ts'

/** What is said of an event, each member as it can be written. */
export interface SaidEvent extends Omit<EventInput<EventType>, 'data' | 'context' | 'actor' | 'authn' | 'target'> {
  readonly context: SaidContext | undefined
  readonly actor: Said<Actor> | undefined
  readonly authn: Authn | undefined
  readonly target: Said<Target> | undefined
  readonly data: Payload
}

/**
 * Reads what a caller says of an event, with types or without: what can be written of it is copied, what only describes
 * is shortened, and what no reader could read is refused.
 *
 * @param type A name of the registry.
 * @param input The caller's; parts of it a client's.
 * @returns A copy with nothing in it that an entry cannot hold.
 * @throws `AuditError` with `ERR_AUDIT_INPUT`, which repeats nothing of the input.
 */
export function readInput(type: EventType, input: EventInput<EventType>): SaidEvent {
  const said = membersOf(input, 'input')
  return {
    id: optional(eventId, said['id'], 'id'),
    context: optional(readContext, said['context'], 'context'),
    actor: optional(readActor, said['actor'], 'actor'),
    target: optional(readTarget, said['target'], 'target'),
    authn: optional(readAuthn, said['authn'], 'authn'),
    outcome: optional(outcome, said['outcome'], 'outcome'),
    reason: optional(reason, said['reason'], 'reason'),
    lineage: optional(joiningId, said['lineage'], 'lineage'),
    flow: optional(joiningId, said['flow'], 'flow'),
    stepUp: optional(joiningId, said['stepUp'], 'stepUp'),
    challenge: optional(joiningId, said['challenge'], 'challenge'),
    tenant: optional(text, said['tenant'], 'tenant'),
    subject: optional(user, said['subject'], 'subject'),
    sealed: optional(readSealed, said['sealed'], 'sealed'),
    data: readPayload(type, said['data']),
  }
}

/** Tells whether an event can be written as it is said. */
export function isReadable({ type, input }: PendingEvent): boolean {
  try {
    readInput(type, input)
    return true
  } catch (error) {
    if (error instanceof AuditError) return false
    throw error
  }
}

function readActor(value: unknown, name: string): Said<Actor> {
  const said = membersOf(value, name)
  return { user: user(said['user'], 'user'), identity: optional(personals, said['identity'], 'identity') }
}

// It is written as it stands here: members in canonical order, and none that is undefined.
function readAuthn(value: unknown, name: string): Authn {
  const said = membersOf(value, name)
  const acr = optional(text, said['acr'], 'acr')
  const amr = optional(texts, said['amr'], 'amr')
  const authenticator = optional(joiningId, said['authenticator'], 'authenticator')
  const factor = optional(joiningId, said['factor'], 'factor')
  const protocol = optional(text, said['protocol'], 'protocol')
  const strength = optional(texts, said['strength'], 'strength')
  return {
    ...(acr === undefined ? {} : { acr }),
    ...(amr === undefined ? {} : { amr }),
    ...(authenticator === undefined ? {} : { authenticator }),
    ...(factor === undefined ? {} : { factor: factor as FactorName }),
    ...(protocol === undefined ? {} : { protocol: protocol as 'oidc' }),
    ...(strength === undefined ? {} : { strength }),
  }
}

// What it may hold is checked where it is sealed.
function readSealed(value: unknown, name: string): Readonly<Record<string, string>> {
  return { ...membersOf(value, name) } as Readonly<Record<string, string>>
}
