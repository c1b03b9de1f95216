import type { Keyring } from '@sallyport/keyring'
import type { Store } from '@sallyport/store'

import type { Audit } from '../audit-contract.ts'
import { event } from '../events/event.ts'
import type { LedgerEvent } from '../events/types.ts'
import { queryLedger } from '../querying/query.ts'
import type { LedgerQuery } from '../querying/query-contract.ts'
import { personOfId } from './key-records.ts'
import type { Requester } from './privacy-contract.ts'
import { askedBy, requireUser } from './requester.ts'
import { openFor } from './reveal-policy.ts'
import type { SubjectKeys } from './subject-keys.ts'

/** What an export of a person's data needs. */
export interface SubjectExportParts {
  readonly store: Store
  readonly keyring: Keyring
  readonly subjects: SubjectKeys
  readonly commit: Audit['commit']
}

const PAGE = 500

/** Gives everything the ledger says of a person; see `AuditPrivacy.exportSubject`. */
export async function* exportSubject(
  parts: SubjectExportParts,
  user: string,
  by: Requester,
): AsyncGenerator<LedgerEvent, void> {
  requireUser('user', user)
  const { store, keyring, subjects, commit } = parts
  const size = await store.size()
  const exported = event('privacy.subject.exported', { ...askedBy(by), subject: user, data: {} })
  await commit({ writes: [], events: [exported] })

  const names = await keyring.pseudonyms('audit.subject', user)
  const acted = oldestFirst(parts, { user }, size)
  const suffered = oldestFirst(parts, { subject: user }, size)
  const looked = lookedAt(
    oldestFirst(parts, { type: 'audit.viewed' }, size),
    await keyring.pseudonyms('audit.actor', user),
  )
  for await (const { sealed, ...entry } of merge(merge(acted, suffered), looked)) {
    const isTheirs = sealed !== undefined && names.includes(personOfId(sealed.subject) ?? '')
    // What is sealed for somebody else is not even given closed.
    yield isTheirs ? await openFor(subjects, { ...entry, sealed }, 'everything') : entry
  }
}

/** Gives what a query finds below an index, the oldest first; keeps no more than where its pages begin. */
async function* oldestFirst(
  parts: Pick<SubjectExportParts, 'store' | 'keyring'>,
  query: LedgerQuery,
  size: number,
): AsyncGenerator<LedgerEvent, void> {
  const begins = [size]
  for (let before: number | undefined = size; before !== undefined;) {
    before = (await queryLedger(parts, query, { before, limit: PAGE })).next
    if (before !== undefined) begins.push(before)
  }
  for (const before of begins.toReversed()) {
    const { events } = await queryLedger(parts, query, { before, limit: PAGE })
    yield* events.toReversed()
  }
}

/** Leaves those who looked at a person without asking by the person's id. */
async function* lookedAt(
  views: AsyncIterable<LedgerEvent>,
  pseudonyms: readonly string[],
): AsyncGenerator<LedgerEvent, void> {
  for await (const view of views) {
    const { subjects } = view.data
    if (Array.isArray(subjects) && subjects.some((one) => pseudonyms.includes(one))) yield view
  }
}

/** Merges two lists in the order of the ledger; an event that is in both comes once. */
async function* merge(
  one: AsyncIterator<LedgerEvent>,
  two: AsyncIterator<LedgerEvent>,
): AsyncGenerator<LedgerEvent, void> {
  let [left, right] = [await one.next(), await two.next()]
  while (left.done !== true || right.done !== true) {
    const isLeft = right.done === true || (left.done !== true && left.value.index <= right.value.index)
    const isBoth = left.done !== true && right.done !== true && left.value.index === right.value.index
    if (isLeft && left.done !== true) yield left.value
    else if (right.done !== true) yield right.value
    if (isLeft) left = await one.next()
    if (!isLeft || isBoth) right = await two.next()
  }
}
