import { describe, expect, test } from 'vitest'
import { withAudit } from '../../../test/bench.ts'
import type { Audit } from '../audit-contract.ts'
import type { LedgerEvent } from '../events/types.ts'
import { followLedger, type FollowOptions } from './follow.ts'

const input: unknown = expect.objectContaining({ code: 'ERR_AUDIT_INPUT' })

describe('followLedger', () => {
  test('gives what comes from now on, in order and once', async () => {
    await withAudit(async ({ audit, store }) => {
      await deny(audit)
      const events = followLedger({ store }, { type: 'access.denied' }, { pollMs: 10 })
      const first = events.next()
      await deny(audit)
      await deny(audit)
      const found = [await first, await events.next()]
      await events.return()

      expect(found.map(({ value }) => indexOf(value))).toEqual([3, 4])
    })
  })

  test('goes on from an index without leaving anything out', async () => {
    await withAudit(async ({ audit, store }) => {
      for (let turn = 0; turn < 300; turn++) await audit.commit(notice())
      const found = await take(300, followLedger({ store }, { type: 'session.started' }, { from: 0, pollMs: 10 }))

      expect(found).toEqual(Array.from({ length: 300 }, (_, at) => at + 2))
    })
  })

  test('leaves out what does not match, by several values and by time', async () => {
    await withAudit(async ({ audit, store }) => {
      await audit.commit(notice())
      await deny(audit)
      const types = ['access.denied', 'ledger.opened'] as const
      const matching = followLedger({ store }, { type: types }, { from: 0, pollMs: 10 })
      const later = followLedger({ store }, { since: store.now() + 60_000 }, { from: 0, signal: AbortSignal.abort() })

      expect(await take(2, matching)).toEqual([0, 3])
      expect((await later.next()).done).toBe(true)
    })
  })

  test('ends when it is told to', async () => {
    await withAudit(async ({ store }) => {
      const end = new AbortController()
      const next = followLedger({ store }, {}, { signal: end.signal }).next()
      end.abort()

      expect(await next).toEqual({ done: true, value: undefined })
    })
  })

  test.each<FollowOptions>([{ from: -1 }, { from: 0.5 }, { pollMs: 9 }, { pollMs: 60_001 }])(
    'refuses %j',
    async (options) => {
      await withAudit(async ({ store }) => {
        await expect(followLedger({ store }, {}, options).next()).rejects.toEqual(input)
      })
    },
  )
})

function notice(): Parameters<Audit['commit']>[0] {
  return { writes: [], events: [{ type: 'session.started', input: { data: {} } }] }
}

async function deny(audit: Audit): Promise<void> {
  await audit.emit('access.denied', { data: { requirement: 'r' } })
}

async function take(count: number, events: AsyncGenerator<LedgerEvent, void>): Promise<readonly number[]> {
  const found: number[] = []
  for await (const { index } of events) {
    found.push(index)
    if (found.length === count) break
  }
  return found
}

function indexOf(value: LedgerEvent | void): number | undefined {
  return typeof value === 'object' ? value.index : undefined
}
