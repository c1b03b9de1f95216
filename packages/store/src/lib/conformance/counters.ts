// oxlint-disable eslint/max-lines-per-function -- the function is a list of tests
import { describe, expect, test } from 'vitest'
import { addOne, commitOf, create, race, withStore } from './harness.ts'
import type { StoreOpener } from './harness.ts'

/** Counters: sums, limits and windows. */
export function describeCounters(open: StoreOpener): void {
  describe('counters', () => {
    test('adds to nothing and reads as a record whose value is the sum', () =>
      withStore(open, async ({ store, now }) => {
        const expiresAt = now() + 60_000

        const outcome = await store.commit(commitOf('c1', [{ op: 'add', key: ['n'], by: 3, max: 5, expiresAt }]))

        expect(outcome).toEqual({ ok: true, counts: [3] })
        expect(await store.get([['n']])).toEqual([{ key: ['n'], value: 3, version: 'c1', expiresAt }])
      }))

    test('reaches its maximum and refuses to exceed it', () =>
      withStore(open, async ({ store }) => {
        await store.commit(commitOf('c1', [addOne(['n'], 2)]))

        const second = await store.commit(commitOf('c2', [addOne(['n'], 2)]))
        const third = await store.commit(commitOf('c3', [addOne(['n'], 2)]))

        expect(second).toEqual({ ok: true, counts: [2] })
        expect(third).toEqual({ ok: false, code: 'limit', key: ['n'] })
        expect((await store.get([['n']]))[0]).toMatchObject({ value: 2, version: 'c2' })
      }))

    test('takes off again and never falls below zero', () =>
      withStore(open, async ({ store, now }) => {
        const add = (by: number) => ({ op: 'add' as const, key: ['n'], by, max: 9, expiresAt: now() + 1_000 })

        const sums = [
          await store.commit(commitOf('c1', [add(5)])),
          await store.commit(commitOf('c2', [add(-2)])),
          await store.commit(commitOf('c3', [add(-7)])),
          await store.commit(commitOf('c4', [add(1)])),
        ]

        expect(sums.map((sum) => sum.ok && sum.counts)).toEqual([[5], [3], [0], [1]])
      }))

    test('keeps the window that the first add opened, and starts anew when it is over', () =>
      withStore(open, async ({ store, now, advance }) => {
        const opened = now()
        const add = (expiresAt: number) => ({ op: 'add' as const, key: ['n'], by: 1, max: 9, expiresAt })
        await store.commit(commitOf('c1', [add(opened + 100)]))
        advance(99)

        await store.commit(commitOf('c2', [add(opened + 500)]))
        const inside = await store.get([['n']])
        advance(1)
        const outside = await store.get([['n']])
        const anew = await store.commit(commitOf('c3', [add(opened + 500)]))

        expect(inside[0]).toMatchObject({ value: 2, expiresAt: opened + 100 })
        expect(outside).toEqual([undefined])
        expect(anew).toEqual({ ok: true, counts: [1] })
        expect((await store.get([['n']]))[0]?.expiresAt).toBe(opened + 500)
      }))

    test('adds several times within one commit, in order', () =>
      withStore(open, async ({ store }) => {
        const outcome = await store.commit(commitOf('c1', [addOne(['n'], 9), addOne(['m'], 9), addOne(['n'], 9)]))
        const beyond = await store.commit(commitOf('c2', [addOne(['m'], 2), addOne(['m'], 2)]))

        expect(outcome).toEqual({ ok: true, counts: [1, 1, 2] })
        expect(beyond).toEqual({ ok: false, code: 'limit', key: ['m'] })
        expect((await store.get([['m']]))[0]?.value).toBe(1)
      }))

    test('writes nothing when any counter of a commit is at its limit', () =>
      withStore(open, async ({ store }) => {
        await store.commit(commitOf('c1', [addOne(['full'], 1)]))

        const outcome = await store.commit(commitOf('c2', [addOne(['free'], 9), addOne(['full'], 1), create(['a'], 1)]))

        expect(outcome).toEqual({ ok: false, code: 'limit', key: ['full'] })
        expect(await store.get([['free'], ['a']])).toEqual([undefined, undefined])
      }))

    test('refuses to add to a record that is no count', () =>
      withStore(open, async ({ store }) => {
        await store.commit(commitOf('c1', [create(['n'], 'five')]))

        const outcome = await store.commit(commitOf('c2', [addOne(['n'], 9)]))

        expect(outcome).toEqual({ ok: false, code: 'conflict', key: ['n'] })
      }))

    test('F-09 never exceeds its maximum under 50 parallel adds, and every sum is given once', () =>
      withStore(open, async ({ store }) => {
        const outcomes = await race(50, (turn) => store.commit(commitOf(`c${turn}`, [addOne(['n'], 30)])))

        const sums = outcomes.flatMap((outcome) => (outcome.ok ? outcome.counts : []))
        expect(sums.toSorted((one, other) => one - other)).toEqual(Array.from({ length: 30 }, (_, index) => index + 1))
        expect((await store.get([['n']]))[0]?.value).toBe(30)
      }))
  })
}
