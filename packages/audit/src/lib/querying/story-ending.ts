import type { EventType } from '../events/event-payloads.ts'
import type { LedgerEvent } from '../events/types.ts'

// What decides how a flow ended, the last of them; other events of a flow go on after it or tell how it came to it.
const ENDINGS: ReadonlyMap<string, string> = new Map<EventType, string>([
  ['oidc.login.succeeded', 'Signed in at the identity provider'],
  ['oidc.login.failed', 'Not signed in'],
  ['oidc.logout.completed', 'Signed out'],
  ['session.started', 'Signed in'],
  ['step_up.satisfied', 'The proof was given'],
  ['step_up.refused', 'Ended without the proof'],
  ['challenge.denied', 'The person said that it was not them'],
  ['challenge.locked', 'Ended by too many wrong answers'],
  ['authenticator.enrolled', 'An authenticator was added'],
  ['authenticator.enrolment_failed', 'The last try to add an authenticator was answered wrongly'],
  ['authenticator.removed', 'An authenticator was removed'],
  ['access.denied', 'Turned away'],
])
const WRONG_ANSWERS: ReadonlySet<string> = new Set<EventType>([
  'challenge.attempt_failed',
  'challenge.failed',
  'authenticator.enrolment_failed',
])

/**
 * Says in one sentence how a flow ended, how long it took and how many answers were wrong.
 *
 * @param events All events of the flow, oldest first, at least one.
 */
export function endingOf(events: readonly LedgerEvent[]): string {
  const last = events.findLast(({ type }) => ENDINGS.has(type))
  const ending = last === undefined ? 'Still open, or left without a word' : ENDINGS.get(last.type)
  const reason = typeof last?.reason === 'string' && /^[a-z_]{1,64}$/.test(last.reason) ? last.reason : undefined
  const wrong = events.filter(({ type }) => WRONG_ANSWERS.has(type)).length
  const parts = [
    `${ending}${reason === undefined ? '' : ` (${reason.replaceAll('_', ' ')})`}`,
    `after ${secondsOf(events)} s`,
    ...(wrong === 0 ? [] : [`with ${wrong} wrong ${wrong === 1 ? 'answer' : 'answers'}`]),
  ]
  return `${parts.join(', ')}.`
}

function secondsOf(events: readonly LedgerEvent[]): string {
  const times = events.map(({ at }) => Date.parse(at)).filter((at) => !Number.isNaN(at))
  if (times.length === 0) return '0'
  return (Math.max(0, (times.at(-1) ?? 0) - (times[0] ?? 0)) / 1_000).toFixed(1)
}
