import { createHash } from 'node:crypto'
import type { Store } from '@sallyport/store'
import { parseEntry } from '../events/parse-entry.ts'
import { SignedTree } from '../exporting/export-tree.ts'
import { tileReader, type Head } from '../signing/tree-store.ts'
import { CarryOver, fitCarry } from './carry.ts'
import { RANGE, type Carry } from './pruned-note.ts'

/** What of a ledger is to be looked at. */
export interface Candidates {
  readonly store: Store
  /** A checkpoint whose signature held. */
  readonly head: Head
  readonly first: number
  /** No entry from this index on may be dropped. */
  readonly limit: number
  /** So many entries are enough, if they can be cut there. */
  readonly enough: number
  /** Entries that were recorded later than that are kept, in milliseconds since the epoch. */
  readonly until: number
  /** What was under way at `first`. */
  readonly carry: Carry
}

/** Entries that are old enough. */
export interface OldEntries {
  /** Exclusive. */
  readonly to: number
  /** Base64 of SHA-256 over their leaf hashes. */
  readonly digest: string
  /** When the newest of them was recorded, in milliseconds since the epoch. */
  readonly newest: number
  /** What is under way at `to`. */
  readonly carry: Carry
}

/**
 * Finds the ranges of 256 entries from the beginning of a ledger that are old enough, and proves of each entry that it is
 * the one that was signed: what was tampered with is not dropped, as that would destroy the trace.
 *
 * @returns `undefined` when there are none; `under_way` when there are, but so much is under way at the end of each range that
 * no statement can hold it
 * @throws AuditError `ERR_AUDIT_TREE_CORRUPT` when an entry is not what was signed, `ERR_AUDIT_ENTRY` when it is no event
 */
export async function findOldEntries(candidates: Candidates): Promise<OldEntries | 'under_way' | undefined> {
  const { store, head, first, limit, enough, until } = candidates
  const tree = await SignedTree.open({ size: head.size, root: Buffer.from(head.root, 'base64') }, tileReader(store))
  const digest = createHash('sha256')
  const following = new CarryOver(candidates.carry)
  let newest = 0
  let found: OldEntries | undefined
  let at = first
  for (; at + RANGE <= limit && (at + RANGE <= first + enough || found === undefined); at += RANGE) {
    const bundle = at / RANGE
    const entries = await store.read(at, RANGE)
    await tree.requireSigned(
      bundle,
      entries.map(({ bytes }) => bytes),
    )
    const events = entries.map(parseEntry)
    // By the time in the bytes, which are signed, and not by the column beside them.
    const latest = events.reduce((time, { at }) => Math.max(time, Date.parse(at)), newest)
    if (!(latest <= until)) break
    newest = latest
    digest.update(await tree.tile(0, bundle))
    for (const event of events) following.take(event)
    const carry = following.underWay
    if (carry !== undefined) found = { to: at + RANGE, digest: digest.copy().digest('base64'), newest, carry }
    // The rest of the process goes on between two ranges.
    await new Promise<void>((resolve) => setImmediate(resolve))
  }
  if (found !== undefined) return { ...found, carry: fitCarry(found.carry) }
  return at === first ? undefined : 'under_way'
}
