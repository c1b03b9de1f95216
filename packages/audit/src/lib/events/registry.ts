import type { EventType } from './event-payloads.ts'
import type { EventSpec } from './event-spec.ts'
import { ACCESS_EVENTS } from './registry-access.ts'
import { AUTHENTICATOR_EVENTS } from './registry-authenticator.ts'
import { CHALLENGE_EVENTS } from './registry-challenge.ts'
import { LEDGER_EVENTS } from './registry-ledger.ts'
import { LOGIN_EVENTS } from './registry-login.ts'
import { READING_EVENTS } from './registry-reading.ts'
import { SESSION_EVENTS } from './registry-session.ts'
import { STEP_UP_EVENTS } from './registry-step-up.ts'

/** Every event that can occur, in the order of the inventory. Names are append-only. */
export const EVENTS: { readonly [T in EventType]: EventSpec<T> } = {
  ...LOGIN_EVENTS,
  ...SESSION_EVENTS,
  ...STEP_UP_EVENTS,
  ...CHALLENGE_EVENTS,
  ...AUTHENTICATOR_EVENTS,
  ...ACCESS_EVENTS,
  ...LEDGER_EVENTS,
  ...READING_EVENTS,
}

/** The names of all events. */
export const EVENT_TYPES: readonly EventType[] = Object.keys(EVENTS).filter(isEventType)

/** Tells whether a text is the name of an event. */
export function isEventType(name: string): name is EventType {
  return Object.hasOwn(EVENTS, name)
}

/** The events by what they are about, in the order of the inventory. */
export const AREAS: Readonly<Record<string, readonly EventType[]>> = {
  'First door': typesOf(LOGIN_EVENTS),
  Sessions: typesOf(SESSION_EVENTS),
  'Second door': typesOf(STEP_UP_EVENTS),
  Challenges: typesOf(CHALLENGE_EVENTS),
  'Authenticators, accounts and notices': typesOf(AUTHENTICATOR_EVENTS),
  'Access and rights': typesOf(ACCESS_EVENTS),
  'The ledger itself': typesOf(LEDGER_EVENTS),
  'Readers and privacy': typesOf(READING_EVENTS),
}

function typesOf(area: object): readonly EventType[] {
  return Object.keys(area).filter(isEventType)
}
