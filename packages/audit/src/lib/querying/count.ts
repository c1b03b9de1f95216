import type { Store, StoredEntry } from '@sallyport/store'

import { AuditError } from '../errors.ts'
import { parseEntry } from '../events/parse-entry.ts'
import { foundEntries } from './found-entries.ts'
import { GROUPINGS, type Grouping, type LedgerCount, type LedgerQuery } from './query-contract.ts'
import { tagQueryOf, type QueryParts } from './tag-query.ts'

/** How much a count looks at before it says that it is not complete. */
export interface CountLimits {
  readonly events: number
  readonly groups: number
}

const LIMITS: CountLimits = { events: 1_000_000, groups: 10_000 }
const MAX_GROUPINGS = 3

/**
 * Counts events, alone or in groups, for reports.
 *
 * @param parts The store to read; the key ring when persons or addresses are searched.
 * @param query What must match.
 * @param by What to group by, at most 3 different ones; a total alone if none.
 * @param limits For tests with less to count.
 * @returns The groups, the largest first. What is in no group for want of room is in the total all the same.
 * @throws `AuditError` with `ERR_AUDIT_INPUT` as `queryLedger`, and for unknown, repeated or too many groupings.
 */
export async function countEvents(
  parts: QueryParts & { readonly store: Store; readonly limits?: CountLimits | undefined },
  query: LedgerQuery,
  by: readonly Grouping[] = [],
): Promise<LedgerCount> {
  checkGroupings(by)
  const limits = parts.limits ?? LIMITS
  const groups = new Groups(by, limits.groups)
  let total = 0
  for await (const entry of foundEntries(parts.store, await tagQueryOf(parts, query))) {
    if (total === limits.events) return { total, groups: groups.sorted(), complete: false }
    total++
    groups.add(entry)
  }
  return { total, groups: groups.sorted(), complete: !groups.isFull }
}

class Groups {
  readonly #by: readonly Grouping[]
  readonly #max: number
  readonly #counts = new Map<string, { readonly values: readonly (string | null)[]; count: number }>()
  isFull = false

  constructor(by: readonly Grouping[], max: number) {
    this.#by = by
    this.#max = max
  }

  add(entry: StoredEntry): void {
    if (this.#by.length === 0) return
    const values = this.#by.map((grouping) => valueOf(entry, grouping))
    const name = JSON.stringify(values)
    const group = this.#counts.get(name)
    if (group !== undefined) group.count++
    else if (this.#counts.size < this.#max) this.#counts.set(name, { values, count: 1 })
    else this.isFull = true
  }

  sorted(): LedgerCount['groups'] {
    const named = [...this.#counts].toSorted(([nameA, a], [nameB, b]) => b.count - a.count || (nameA < nameB ? -1 : 1))
    return named.map(([, { values, count }]) => ({ values, count }))
  }
}

function valueOf(entry: StoredEntry, grouping: Grouping): string | null {
  if (grouping === 'hour') return timeOf(entry, 13)?.concat('Z') ?? null
  if (grouping === 'day') return timeOf(entry, 10) ?? null
  // The one that is no tag.
  if (grouping === 'reason') return parseEntry(entry).reason ?? null
  return entry.tags[grouping] ?? null
}

/** The beginning of an entry's time; none of a number that is no time, which only the store's own hands could write. */
function timeOf({ at }: StoredEntry, length: number): string | undefined {
  const time = new Date(at)
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString().slice(0, length)
}

function checkGroupings(by: readonly Grouping[]): void {
  const known: readonly string[] = GROUPINGS
  if (by.length > MAX_GROUPINGS || new Set(by).size !== by.length || !by.every((one) => known.includes(one)))
    throw new AuditError(
      'ERR_AUDIT_INPUT',
      `A count groups by at most ${MAX_GROUPINGS} different ones of ${GROUPINGS.join(', ')}.`,
    )
}
