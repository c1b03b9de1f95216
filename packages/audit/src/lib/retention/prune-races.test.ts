import type { Store, Write } from '@sallyport/store'
import { formatVerifierKey } from '@sallyport/tlog/note'
import { describe, expect, test } from 'vitest'
import { LEDGER, verify as verifyStore } from '../../../test/bench.ts'
import { BY, DAY, withOldLedger, type OldLedger } from '../../../test/old-ledger.ts'
import { event } from '../events/event.ts'
import type { PendingEvent } from '../events/types.ts'
import { guardWrite, holdKey, holdValue, readHolds } from '../privacy/hold-record.ts'
import { countEvents } from '../querying/count.ts'
import { followLedger } from '../querying/follow.ts'
import { makeReceipt } from '../receipts/receipt.ts'
import { verifyReceipt } from '../receipts/verify-receipt.ts'
import { PRUNED_KEY } from './pruned-note.ts'
import type { Pruned } from './retention-contract.ts'

const FIFTY = Array.from({ length: 50 }, (_, at) => at)

describe('prune among others', () => {
  test('drops every range once, however many prune while others record', async () => {
    await withOldLedger(async (ledger) => {
      const { audit, fill, clock, verify, events } = ledger
      await fill(600)
      clock.now += 31 * DAY
      const results = await Promise.all(
        FIFTY.map(async (at) => {
          await audit.emit('access.denied', { outcome: 'failure', data: { requirement: `r-${at % 5}` } })
          return await audit.prune(BY)
        }),
      )
      await audit.settle()

      const dropped = results.map((one) => (one.ok ? one.to - one.from : -1))
      expect(dropped.filter((count) => count > 0)).toEqual([512])
      expect((await events()).filter(({ type }) => type === 'ledger.pruned')).toHaveLength(1)
      expect(await verify()).toMatchObject({ verdict: 'good', problems: [], first: 512 })
    })
  })

  test('verifies as good while it is being pruned', async () => {
    await withOldLedger(async ({ audit, fill, clock, store, verify }) => {
      await fill(3_000)
      clock.now += 31 * DAY
      const [found] = await Promise.all([verify(), audit.prune(BY)])
      expect(found).toMatchObject({ verdict: 'good', problems: [] })
      expect(await store.first()).toBeGreaterThan(2_000)
    })
  })

  test('verifies as good also when a clock stands still and the entry that says so is one of thousands', async () => {
    await withOldLedger(async ({ audit, fill, clock, store, keyring }) => {
      await fill(3_000)
      clock.now += 31 * DAY
      const pruning = once(async () => {
        await audit.prune(BY)
        for (let left = 1_200; left > 0; left -= 60) await audit.commit({ writes: [], events: manyOf(60) })
      })
      const read: Store['read'] = async (from, limit) => {
        await pruning()
        return await store.read(from, limit)
      }
      expect(await verifyStore({ ...store, read }, keyring)).toMatchObject({ verdict: 'good', problems: [] })
      expect(await store.first()).toBeGreaterThan(2_000)
    })
  })

  test('verifies as good also when the entry that says so is pruned before it is found', async () => {
    await withOldLedger(async ({ audit, fill, fillAndPrune, clock, store, keyring }) => {
      await fill(3_000)
      clock.now += 31 * DAY
      const early = once(async () => void (await audit.prune(BY)))
      const late = once(async () => void (await fillAndPrune(600)))
      const read: Store['read'] = async (from, limit) => {
        await early()
        return await store.read(from, limit)
      }
      const find: Store['find'] = async (query, page) => {
        await late()
        return await store.find(query, page)
      }
      const found = await verifyStore({ ...store, read, find }, keyring)
      expect(found).toMatchObject({ verdict: 'good', problems: [] })
      expect(found.first).toBeGreaterThan(3_000)
    })
  })

  test('disturbs nobody who counts, follows or asks for a receipt meanwhile', async () => {
    await withOldLedger(async ({ audit, fill, clock, store, keyring, events }) => {
      await fill(3_000)
      const [oldest] = await events()
      const newest = (await events()).at(-1)
      clock.now += 31 * DAY
      const prune = once(async () => void (await audit.prune(BY)))
      const find: Store['find'] = async (query, page) => {
        const found = await store.find(query, page)
        await prune()
        return found
      }
      const busy = { ...store, find }
      const receipt = await makeReceipt(busy, oldest?.id ?? '')
      const first = await store.first()
      expect(first).toBeGreaterThan(2_000)
      const verifierKeys = (await keyring.publicKeys()).map((key) => formatVerifierKey(LEDGER, key))
      expect(verifyReceipt(receipt, { verifierKeys })).toMatchObject({ ok: true, index: 0 })

      const followed = followLedger({ store }, {}, { from: 0, pollMs: 10 })
      expect((await followed.next()).value).toMatchObject({ index: first })
      await followed.return()
      expect(await countEvents({ store }, {})).toMatchObject({ complete: true, total: (await store.size()) - first })
      await expect(makeReceipt(store, oldest?.id ?? '')).rejects.toMatchObject({ code: 'ERR_AUDIT_NOT_FOUND' })
      expect(await makeReceipt(store, newest?.id ?? '')).toContain('\n')
    })
  })

  test('counts what is left, and nothing twice, when the ledger is pruned between two pages', async () => {
    await withOldLedger(async ({ audit, fill, clock, store, events }) => {
      await fill(3_000)
      clock.now += 31 * DAY
      const prune = once(async () => void (await audit.prune(BY)))
      const find: Store['find'] = async (query, page) => {
        const found = await store.find(query, page)
        await prune()
        return found
      }
      const until = clock.now
      const isOlder = ({ at }: { readonly at: string }): boolean => Date.parse(at) < until
      const { total, complete } = await countEvents({ store: { ...store, find } }, { until })
      expect([complete, total]).toEqual([true, 1_000])
      expect(await countEvents({ store }, { until })).toMatchObject({ total: (await events()).filter(isOlder).length })
    })
  })

  test('LOG-10 drops nothing while a hold stands, on everything or on one person', async () => {
    await withOldLedger(async ({ audit, fill, clock, store }) => {
      await fill(700)
      clock.now += 31 * DAY
      expect(await hold(store, 'case-7', { subject: 'name0000.x', user: 'sealed' })).toBe(true)
      expect(await audit.prune(BY)).toEqual({ ok: false, code: 'held', hold: 'case-7' })
      expect(await store.first()).toBe(0)
      await release(store, 'case-7')
      expect(await audit.prune(BY)).toMatchObject({ ok: true, to: 512 })
    })
  })

  test('a hold that is placed at the same moment comes before the pruning or after it, never within', async () => {
    for (const turn of [0, 1, 2, 3, 4]) {
      await withOldLedger(async (ledger) => {
        const { pruned, held, first } = await pruneAndHold(ledger, turn)
        expect(held).not.toContain(false)
        expect(pruned.ok ? pruned.to : 0).toBe(first)
        expect(await ledger.audit.prune(BY)).toMatchObject({ ok: false, code: 'held' })
        expect(await ledger.store.first()).toBe(first)
      })
    }
  })

  test('a hold between the look and the commit wins', async () => {
    await withOldLedger(async ({ audit, fill, clock, store, beforeCommit }) => {
      await fill(700)
      clock.now += 31 * DAY
      beforeCommit.once = async (inner) => void (await hold(inner, 'late'))
      expect(await audit.prune(BY)).toEqual({ ok: false, code: 'held', hold: 'late' })
      expect([await store.first(), (await store.get([PRUNED_KEY]))[0]]).toEqual([0, undefined])
    })
  })

  test('a commit whose answer is lost is either whole or not there', async () => {
    await withOldLedger(async ({ audit, fill, clock, store, verify, beforeCommit }) => {
      await fill(700)
      clock.now += 31 * DAY
      beforeCommit.once = () => Promise.reject(new Error('the process ended here'))
      await expect(audit.prune(BY)).rejects.toThrow('the process ended here')
      expect(await store.first()).toBe(0)
      expect(await audit.prune(BY)).toMatchObject({ ok: true, to: 512 })
      await audit.settle()
      expect(await verify()).toMatchObject({ verdict: 'good', problems: [] })
    })
  })
})

/** Makes something that is done the first time only. */
function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined
  return async () => {
    done ??= work()
    await done
  }
}

function manyOf(count: number): readonly PendingEvent[] {
  return Array.from({ length: count }, () =>
    event('access.allowed', { outcome: 'success', data: { requirement: 'r' } }),
  )
}

/** Prunes while 50 holds are placed, some rounds later. */
async function pruneAndHold(
  { audit, fill, clock, store }: OldLedger,
  rounds: number,
): Promise<{ readonly pruned: Pruned; readonly held: readonly boolean[]; readonly first: number }> {
  await fill(600)
  clock.now += 31 * DAY
  const holding = FIFTY.map(async (at) => {
    for (let wait = 0; wait < rounds * 3; wait++) await new Promise((resolve) => setImmediate(resolve))
    return await hold(store, `hold-${at}`)
  })
  const [pruned, ...held] = await Promise.all([audit.prune(BY), ...holding])
  return { pruned, held, first: await store.first() }
}

/** Places a hold as the ledger does. */
async function hold(
  store: Store,
  name: string,
  person: { readonly subject?: string; readonly user?: string } = {},
): Promise<boolean> {
  const value = holdValue({ ...person, reference: 'case', at: 1 })
  return await guarded(store, name, () => ({ op: 'put', key: holdKey(name), value, expect: null }))
}

async function release(store: Store, name: string): Promise<void> {
  await guarded(store, name, (version) => ({ op: 'remove', key: holdKey(name), expect: version }))
}

async function guarded(store: Store, name: string, writeOf: (version: string) => Write): Promise<boolean> {
  for (let tries = 0; tries < 1_000; tries++) {
    const standing = await readHolds(store)
    const version = standing.holds.find((one) => one.name === name)?.version ?? ''
    const id = `${name}-${tries}-${version}`
    const { ok } = await store.commit({ id, writes: [writeOf(version), guardWrite(standing, 1)], entries: [] })
    if (ok) return true
  }
  return false
}
