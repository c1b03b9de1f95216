// oxlint-disable eslint/max-lines-per-function -- the function is a list of tests
import { describe, expect, test } from 'vitest'
import { commitOf, create, replace, withStore } from './harness.ts'
import type { StoreOpener } from './harness.ts'

/** What happens to records when their time is over, by the injected clock. */
export function describeExpiry(open: StoreOpener): void {
  describe('expiry', () => {
    test('reads a dropped record as absent from its time on, not before', () =>
      withStore(open, async ({ store, now, advance }) => {
        await store.commit(commitOf('c1', [create(['a'], 1, { expiresAt: now() + 10 })]))

        advance(9)
        const before = await store.get([['a']])
        advance(1)

        expect(before[0]?.value).toBe(1)
        expect(await store.get([['a']])).toEqual([undefined])
        expect(await store.list([], { limit: 5 })).toEqual([])
      }))

    test('counts a dropped record as absent for what a commit expects', () =>
      withStore(open, async ({ store, now, advance }) => {
        await store.commit(commitOf('c1', [create(['a'], 1, { expiresAt: now() + 10, atExpiry: 'drop' })]))
        advance(10)

        const stale = await store.commit(commitOf('c2', [replace(['a'], 2, 'c1')]))
        const fresh = await store.commit(commitOf('c3', [create(['a'], 3)]))

        expect([stale.ok, fresh.ok]).toEqual([false, true])
        expect((await store.get([['a']]))[0]).toEqual({ key: ['a'], value: 3, version: 'c3' })
      }))

    test('takes a record that is born expired as absent', () =>
      withStore(open, async ({ store, now }) => {
        const outcome = await store.commit(commitOf('c1', [create(['a'], 1, { expiresAt: now() })]))

        expect(outcome.ok).toBe(true)
        expect(await store.get([['a']])).toEqual([undefined])
      }))

    test('keeps a kept record readable and expected after its time', () =>
      withStore(open, async ({ store, now, advance }) => {
        const expiresAt = now() + 10
        await store.commit(commitOf('c1', [create(['a'], 1, { expiresAt, atExpiry: 'keep' })]))
        advance(1_000)

        const found = await store.get([['a']])
        const create2 = await store.commit(commitOf('c2', [create(['a'], 2)]))
        const closing = await store.commit(commitOf('c3', [{ op: 'remove', key: ['a'], expect: 'c1' }]))

        expect(found).toEqual([{ key: ['a'], value: 1, version: 'c1', expiresAt }])
        expect([create2.ok, closing.ok]).toEqual([false, true])
      }))

    test('lists kept records as due, the longest overdue first, below the prefix only', () =>
      withStore(open, async ({ store, now, advance }) => {
        const keep = (after: number) => ({ expiresAt: now() + after, atExpiry: 'keep' as const })
        await store.commit(
          commitOf('c1', [
            create(['s', 'late'], 1, keep(20)),
            create(['s', 'early'], 1, keep(10)),
            create(['s', 'future'], 1, keep(21)),
            create(['s', 'dropped'], 1, { expiresAt: now() + 5 }),
            create(['s', 'forever'], 1),
            create(['sx', 'other'], 1, keep(1)),
          ]),
        )

        advance(20)

        const due = await store.due(['s'], 10)
        expect(due.map((record) => record.key[1])).toEqual(['early', 'late'])
        expect(await store.due(['s'], 1)).toEqual(due.slice(0, 1))
      }))

    test('lists a kept record as due no longer once it is closed or given more time', () =>
      withStore(open, async ({ store, now, advance }) => {
        const keep = { expiresAt: now() + 10, atExpiry: 'keep' as const }
        await store.commit(commitOf('c1', [create(['s', 'a'], 1, keep), create(['s', 'b'], 1, keep)]))
        advance(10)

        await store.commit(
          commitOf('c2', [
            { op: 'remove', key: ['s', 'a'], expect: 'c1' },
            { op: 'put', key: ['s', 'b'], value: 1, expect: 'c1', expiresAt: now() + 10, atExpiry: 'keep' },
          ]),
        )

        expect(await store.due(['s'], 10)).toEqual([])
      }))

    test('tells the time by the injected clock', () =>
      withStore(open, async ({ store, now, advance }) => {
        advance(12_345)

        expect(store.now()).toBe(now())
      }))
  })
}
