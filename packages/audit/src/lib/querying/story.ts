import type { Store } from '@sallyport/store'

import { AuditError } from '../errors.ts'
import { parseEntry } from '../events/parse-entry.ts'
import type { LedgerEvent } from '../events/types.ts'
import { foundEntries } from './found-entries.ts'
import type { Story } from './query-contract.ts'
import { endingOf } from './story-ending.ts'
import { sentenceOf } from './story-sentences.ts'

// A flow ends after a few minutes and a few tries: whatever is longer is told by its newest part.
const MAX_EVENTS = 1_000
const MAX_FLOW = 256

/**
 * Tells one login, enrolment or step-up in plain lines, for a person who has to understand what happened.
 *
 * What it says is what the entries say; that nobody changed them is for `verifyLedger`. No line holds text that a client
 * chose: only types, closed words, what the application configured, shortened addresses and known browser names.
 *
 * @param parts The store to read.
 * @param flow The id that the events of one flow share, 1 to 256 characters.
 * @returns The story, of the newest 1,000 events of the flow; `undefined` when no event has it.
 * @throws `AuditError` with `ERR_AUDIT_INPUT` for a flow that cannot be, with `ERR_AUDIT_ENTRY` when an entry is no event.
 */
export async function tellStory({ store }: { readonly store: Store }, flow: string): Promise<Story | undefined> {
  if (typeof flow !== 'string' || flow.length === 0 || flow.length > MAX_FLOW)
    throw new AuditError('ERR_AUDIT_INPUT', `A flow is a text of 1 to ${MAX_FLOW} characters.`)

  const events: LedgerEvent[] = []
  for await (const entry of foundEntries(store, { tags: { flow } })) {
    events.push(parseEntry(entry))
    if (events.length === MAX_EVENTS) break
  }
  if (events.length === 0) return undefined
  events.reverse()
  const lines = events.map((event, at) => `${event.at}  ${sentenceOf(event, events[at - 1])}`)
  return { flow, events, lines, ending: endingOf(events) }
}
