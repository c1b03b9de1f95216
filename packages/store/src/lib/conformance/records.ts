// oxlint-disable eslint/max-lines-per-function -- the function is a list of tests
import { describe, expect, test } from 'vitest'
import type { Key } from '../types.ts'
import { commitOf, create, replace, withStore } from './harness.ts'
import type { StoreOpener } from './harness.ts'

/** Every write of a record, its refusals and the reading of records. */
export function describeRecords(open: StoreOpener): void {
  describe('records', () => {
    test('reads what was put, with the commit as its version', () =>
      withStore(open, async ({ store }) => {
        const value = { text: 'ü😀', list: [1, -2.5, null, true], deep: { empty: {} } }

        const outcome = await store.commit(commitOf('c1', [create(['user', '1'], value)]))

        expect(outcome).toEqual({ ok: true, counts: [] })
        expect(await store.get([['user', '1']])).toEqual([{ key: ['user', '1'], value, version: 'c1' }])
      }))

    test('gives the time of expiry back', () =>
      withStore(open, async ({ store, now }) => {
        const expiresAt = now() + 1_000

        await store.commit(commitOf('c1', [create(['a'], 1, { expiresAt })]))

        expect(await store.get([['a']])).toEqual([{ key: ['a'], value: 1, version: 'c1', expiresAt }])
      }))

    test('answers a read in the order asked, with undefined for what is absent', () =>
      withStore(open, async ({ store }) => {
        await store.commit(commitOf('c1', [create(['a'], 1), create(['b'], 2)]))

        const found = await store.get([['b'], ['none'], ['a'], ['b']])

        expect(found.map((record) => record?.value)).toEqual([2, undefined, 1, 2])
        expect(await store.get([])).toEqual([])
      }))

    test('refuses to create a record that is there', () =>
      withStore(open, async ({ store }) => {
        await store.commit(commitOf('c1', [create(['a'], 1)]))

        const outcome = await store.commit(commitOf('c2', [create(['a'], 2)]))

        expect(outcome).toEqual({ ok: false, code: 'conflict', key: ['a'] })
        expect((await store.get([['a']]))[0]).toMatchObject({ value: 1, version: 'c1' })
      }))

    test('replaces the version that was read and no other', () =>
      withStore(open, async ({ store }) => {
        await store.commit(commitOf('c1', [create(['a'], 1)]))

        const second = await store.commit(commitOf('c2', [replace(['a'], 2, 'c1')]))
        const stale = await store.commit(commitOf('c3', [replace(['a'], 3, 'c1')]))

        expect([second.ok, stale]).toEqual([true, { ok: false, code: 'conflict', key: ['a'] }])
        expect((await store.get([['a']]))[0]).toMatchObject({ value: 2, version: 'c2' })
      }))

    test('refuses to replace a record that is not there', () =>
      withStore(open, async ({ store }) => {
        const outcome = await store.commit(commitOf('c1', [replace(['a'], 1, 'c0')]))

        expect(outcome).toEqual({ ok: false, code: 'conflict', key: ['a'] })
        expect(await store.get([['a']])).toEqual([undefined])
      }))

    test('forgets the time of expiry when a replacement has none', () =>
      withStore(open, async ({ store, now, advance }) => {
        await store.commit(commitOf('c1', [create(['a'], 1, { expiresAt: now() + 10 })]))

        await store.commit(commitOf('c2', [replace(['a'], 2, 'c1')]))
        advance(10)

        expect(await store.get([['a']])).toEqual([{ key: ['a'], value: 2, version: 'c2' }])
      }))

    test('removes the version that was read and no other', () =>
      withStore(open, async ({ store }) => {
        await store.commit(commitOf('c1', [create(['a'], 1)]))

        const wrong = await store.commit(commitOf('c2', [{ op: 'remove', key: ['a'], expect: 'c0' }]))
        const right = await store.commit(commitOf('c3', [{ op: 'remove', key: ['a'], expect: 'c1' }]))
        const again = await store.commit(commitOf('c4', [{ op: 'remove', key: ['a'], expect: 'c1' }]))

        expect([wrong.ok, right.ok, again.ok]).toEqual([false, true, false])
        expect(await store.get([['a']])).toEqual([undefined])
      }))

    test('gives a record that was removed and put again another version', () =>
      withStore(open, async ({ store }) => {
        await store.commit(commitOf('c1', [create(['a'], 'same')]))
        await store.commit(commitOf('c2', [{ op: 'remove', key: ['a'], expect: 'c1' }]))
        await store.commit(commitOf('c3', [create(['a'], 'same')]))

        const outcome = await store.commit(commitOf('c4', [replace(['a'], 'other', 'c1')]))

        expect(outcome).toMatchObject({ ok: false, code: 'conflict' })
      }))

    test('checks a record without writing it', () =>
      withStore(open, async ({ store }) => {
        await store.commit(commitOf('c1', [create(['epoch'], 1)]))
        const check = (key: Key, version: string | null) => ({ op: 'check' as const, key, expect: version })

        const right = await store.commit(commitOf('c2', [check(['epoch'], 'c1'), check(['none'], null)]))
        const stale = await store.commit(commitOf('c3', [check(['epoch'], 'c0'), create(['x'], 1)]))
        const present = await store.commit(commitOf('c4', [check(['epoch'], null)]))

        expect([right.ok, stale.ok, present.ok]).toEqual([true, false, false])
        expect(await store.get([['x'], ['none']])).toEqual([undefined, undefined])
        expect((await store.get([['epoch']]))[0]?.version).toBe('c1')
      }))

    test('names the first key that stands against a commit', () =>
      withStore(open, async ({ store }) => {
        await store.commit(commitOf('c1', [create(['b'], 1), create(['c'], 1)]))

        const outcome = await store.commit(commitOf('c2', [create(['a'], 1), create(['c'], 2), create(['b'], 2)]))

        expect(outcome).toEqual({ ok: false, code: 'conflict', key: ['c'] })
        expect(await store.get([['a']])).toEqual([undefined])
      }))

    test('takes a commit of nothing', () =>
      withStore(open, async ({ store }) => {
        expect(await store.commit(commitOf('c1', []))).toEqual({ ok: true, counts: [] })
      }))
  })
}
