import { createMemoryStore, type Store } from '@sallyport/store'
import type { Audit } from '../src/lib/audit-contract.ts'
import { event } from '../src/lib/events/event.ts'
import type { PendingEvent } from '../src/lib/events/types.ts'
import { readHead } from '../src/lib/signing/tree-store.ts'
import type { AuditOptions } from '../src/lib/audit-options.ts'
import { flipByte } from './ledger.ts'
import { withBench, type Bench } from './bench.ts'

/** Milliseconds of a day. */
export const DAY = 86_400_000

/** By whom a test prunes. */
export const BY = { by: { user: 'operator' } }

/** A ledger whose entries are as old as the test says. */
export interface OldLedger extends Bench {
  readonly audit: Audit
  readonly clock: { now: number }
  /** Records so many events and signs them: by turns a challenge that is issued, the end of an earlier one, an access. */
  readonly fill: (count: number) => Promise<void>
  /** Fills the ledger, lets so many days pass and prunes it; gives what became of it. */
  readonly fillAndPrune: (count: number, days?: number) => ReturnType<Audit['prune']>
  /** How many entries are signed. */
  readonly signed: () => Promise<number>
  /** What whoever reads the log is to find altered: the bytes of an entry, or the column of all times. */
  readonly tampered: { index: number | undefined; at: number | undefined }
  /** Called once before the next commit that drops entries. */
  readonly beforeCommit: { once: ((inner: Store) => Promise<void>) | undefined }
}

/** Opens a ledger that keeps entries for 30 days, in memory or in the store that is given. */
export async function withOldLedger(
  use: (ledger: OldLedger) => Promise<void>,
  openStore: (clock: () => number) => Promise<Store> = async (clock) => createMemoryStore({ clock }),
  options: Partial<AuditOptions> = {},
): Promise<void> {
  const clock = { now: Date.UTC(2026, 0, 1) }
  const tampered: OldLedger['tampered'] = { index: undefined, at: undefined }
  const opened = await openStore(() => clock.now)
  const beforeCommit: OldLedger['beforeCommit'] = { once: undefined }
  const store = alter(opened, tampered, beforeCommit)
  try {
    await withBench(
      async (bench) => {
        const audit = await bench.open({
          retention: { entryDays: 30 },
          checkpointFile: false,
          pollMs: 1_000,
          ...options,
        })
        let number = 0
        const fill = async (count: number): Promise<void> => {
          for (let left = count; left > 0; left -= 60) {
            const events = Array.from({ length: Math.min(60, left) }, () => eventOf(number++))
            await audit.commit({ writes: [], events })
            clock.now += 1
          }
          await audit.settle()
        }
        const fillAndPrune = async (count: number, days = 31): ReturnType<Audit['prune']> => {
          await fill(count)
          clock.now += days * DAY
          return await audit.prune(BY)
        }
        const signed = async (): Promise<number> => (await readHead(store)).head.size
        await use({ ...bench, audit, clock, fill, fillAndPrune, signed, tampered, beforeCommit })
      },
      { store, clock: () => clock.now },
    )
  } finally {
    await store.close()
  }
}

function alter(store: Store, tampered: OldLedger['tampered'], beforeCommit: OldLedger['beforeCommit']): Store {
  return {
    ...store,
    commit: async (commit) => {
      const { once } = beforeCommit
      if (once !== undefined && commit.writes.some(({ op }) => op === 'drop')) {
        beforeCommit.once = undefined
        await once(store)
      }
      return await store.commit(commit)
    },
    read: async (from, limit) =>
      (await store.read(from, limit)).map((entry) => {
        const altered = entry.index === tampered.index ? flipByte(entry, 20) : entry
        return { ...altered, at: tampered.at ?? altered.at }
      }),
  }
}

// Five challenges are open at any time, so that some are wherever entries are cut.
function eventOf(number: number): PendingEvent {
  const turn = Math.floor(number / 3)
  const data = { factor: 'totp' as const }
  if (number % 3 === 0)
    return event('challenge.issued', { challenge: `c-${turn}`, data: { ...data, expiresAt: number } })
  if (number % 3 === 1 && turn >= 5) return event('challenge.verified', { challenge: `c-${turn - 5}`, data })
  return event('access.allowed', { outcome: 'success', data: { requirement: 'transfer' } })
}
