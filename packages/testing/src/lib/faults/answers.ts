import { defined, ELSEWHERE } from './act.ts'
import type { Answer, Change, FaultPair, FaultTools, Json } from './act.ts'

type Place = 'token' | 'jwks' | 'userinfo' | 'discovery'

/** Ties two changes to the answer that they change. The twin's is by default none. */
export function at(place: Place): (fault: Change, twin?: Change) => FaultPair {
  return (fault, twin = unchanged) => ({ fault: { [place]: fault }, twin: { [place]: twin } })
}

const unchanged: Change = (answer) => answer

/** What can go wrong with any JSON answer. */
export interface UsualFaults {
  readonly list: FaultPair
  readonly notJson: FaultPair
  readonly cutOff: FaultPair
  readonly oversized: FaultPair
  readonly unavailable: FaultPair
  readonly dripping: FaultPair
  readonly slow: FaultPair
  readonly redirected: (status: number) => FaultPair
}

/** The usual faults of one place; the twins are large or slow within bounds. */
export function usualFaults(place: Place): UsualFaults {
  const pair = at(place)
  return {
    list: pair(asList),
    notJson: pair(asPage),
    cutOff: pair(cutOff),
    oversized: pair(oversized, large),
    unavailable: pair(unavailable),
    dripping: pair(drip, late),
    slow: pair(never, late),
    redirected: (status) => pair(redirected(status), located),
  }
}

/** Replaces or, by `undefined`, leaves out members. */
export function members(change: (json: Json, tools: FaultTools) => Json): Change {
  return (answer, tools) => ({ ...answer, json: defined({ ...answer.json, ...change(answer.json, tools) }) })
}

/** Makes a list of the whole answer. */
const asList: Change = (answer) => ({ ...answer, raw: JSON.stringify([answer.json]) })
/** A page in place of the answer. */
const asPage: Change = (answer) => ({ ...answer, raw: '<html>maintenance</html>', type: 'text/html' })
/** Stops in the middle of the text. */
const cutOff: Change = (answer) => ({ ...answer, raw: JSON.stringify(answer.json).slice(0, -10) })
/** More than anybody reads: 2 MB. */
const oversized: Change = members(() => ({ filler: 'x'.repeat(2_000_000) }))
/** Less than 1 MiB. */
const large: Change = members(() => ({ filler: 'x'.repeat(900_000) }))
const never: Change = (answer) => ({ ...answer, pace: 'never' })
const drip: Change = (answer) => ({ ...answer, pace: 'drip' })
const late: Change = (answer) => ({ ...answer, pace: 'late' })
const unavailable: Change = (answer) => ({
  ...answer,
  status: 503,
  raw: 'out of order: provider text',
  type: 'text/plain',
})

/** Sends whoever follows to another path of the provider, which has the right answer. */
function redirected(status: number): Change {
  return (answer, { issuer }) => ({
    ...answer,
    status,
    raw: '',
    type: 'text/plain',
    headers: { location: issuer + ELSEWHERE },
  })
}

/** Names that path and answers all the same: with status 200 the header means nothing. */
const located: Change = (answer, { issuer }) => ({ ...answer, headers: { location: issuer + ELSEWHERE } })

/** Writes a member a second time, at the end: most readers take the last one. */
export function doubled(name: string, value: (answer: Answer, tools: FaultTools) => unknown): Change {
  return (answer, tools) => ({ ...answer, raw: appendMember(JSON.stringify(answer.json), name, value(answer, tools)) })
}

/** Writes a JSON object's text with one more member at its end, whether it has one of this name or not. */
export function appendMember(text: string, name: string, value: unknown): string {
  return `${text.slice(0, -1)},${JSON.stringify(name)}:${JSON.stringify(value)}}`
}

/** Writes a JSON object's text with one more member at its start: of two, most readers take the later one. */
export function prependMember(text: string, name: string, value: unknown): string {
  return `{${JSON.stringify(name)}:${JSON.stringify(value)},${text.slice(1)}`
}
