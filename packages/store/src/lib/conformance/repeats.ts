// oxlint-disable eslint/max-lines-per-function -- the function is a list of tests
import { describe, expect, test } from 'vitest'
import { addOne, commitOf, create, entryOf, race, withStore } from './harness.ts'
import type { StoreOpener } from './harness.ts'

/** Repeating a commit, closing and reopening, and who owns which object. */
export function describeRepeats(open: StoreOpener): void {
  describe('repeats', () => {
    test('answers a repeated commit as the first time and applies it once', () =>
      withStore(open, async ({ store }) => {
        const commit = commitOf('c1', [create(['a'], 1), addOne(['n'], 9)], [entryOf('e1'), entryOf('e2')])

        const first = await store.commit(commit)
        const second = await store.commit(commit)

        expect(first).toEqual({ ok: true, firstIndex: 0, counts: [1] })
        expect(second).toEqual(first)
        expect([await store.size(), (await store.get([['n']]))[0]?.value]).toEqual([2, 1])
      }))

    test('applies a commit repeated 50 times in parallel once', () =>
      withStore(open, async ({ store }) => {
        const commit = commitOf('c1', [addOne(['n'], 99)], [entryOf('e1')])

        const outcomes = await race(50, () => store.commit(commit))

        expect(outcomes).toEqual(outcomes.map(() => ({ ok: true, firstIndex: 0, counts: [1] })))
        expect([await store.size(), (await store.get([['n']]))[0]?.value]).toEqual([1, 1])
      }))

    test('answers a repeated refusal as the first time, though its reason has gone', () =>
      withStore(open, async ({ store }) => {
        await store.commit(commitOf('c1', [create(['a'], 1)]))
        const first = await store.commit(commitOf('c2', [create(['a'], 2)]))
        await store.commit(commitOf('c3', [{ op: 'remove', key: ['a'], expect: 'c1' }]))

        const second = await store.commit(commitOf('c2', [create(['a'], 2)]))

        expect([first, second]).toEqual([first, { ok: false, code: 'conflict', key: ['a'] }])
        expect(await store.get([['a']])).toEqual([undefined])
      }))

    test('judges a commit anew that was rejected for a repeated entry', () =>
      withStore(open, async ({ store }) => {
        await store.commit(commitOf('c1', [], [entryOf('e1')]))
        const rejected = store.commit(commitOf('c2', [], [entryOf('e1')]))
        await expect(rejected).rejects.toMatchObject({ code: 'ERR_STORE_INPUT' })

        const outcome = await store.commit(commitOf('c2', [], [entryOf('e2')]))

        expect(outcome).toEqual({ ok: true, firstIndex: 1, counts: [] })
      }))

    test('remembers at least the last 10,000 commits', () =>
      withStore(open, async ({ store }) => {
        const first = await store.commit(commitOf('first', [addOne(['n'], 9)]))
        for (let turn = 0; turn < 9_999; turn += 101) {
          await race(101, (step) => store.commit(commitOf(`c${turn + step}`, [])))
        }

        expect(await store.commit(commitOf('first', [addOne(['n'], 9)]))).toEqual(first)
      }))

    test('is not moved by what a caller does to a commit after handing it over', () =>
      withStore(open, async ({ store }) => {
        const value = { list: [1] }
        const bytes = Uint8Array.of(1, 2, 3)
        const key = ['a']
        const tags = { actor: 'before' }

        const committing = store.commit({
          id: 'c1',
          writes: [create(key, value)],
          entries: [{ id: 'e', at: 1, bytes, tags }],
        })
        value.list.push(2)
        bytes.fill(9)
        key[0] = 'b'
        tags.actor = 'after'
        await committing

        expect(await store.get([['a'], ['b']])).toEqual([
          { key: ['a'], value: { list: [1] }, version: 'c1' },
          undefined,
        ])
        expect(await store.read(0, 1)).toEqual([
          { id: 'e', index: 0, at: 1, bytes: Uint8Array.of(1, 2, 3), tags: { actor: 'before' } },
        ])
      }))

    test('is not moved by what a reader does to what it was given', () =>
      withStore(open, async ({ store }) => {
        await store.commit(commitOf('c1', [create(['a'], { list: [1] })], [entryOf('e', { type: 't' })]))
        const [found] = await store.get([['a']])
        const [entry] = await store.read(0, 1)
        const before = structuredClone([found, entry])

        Reflect.set(Object(found?.value), 'list', [])
        Reflect.set(Object(entry?.tags), 'type', 'x')
        entry?.bytes.fill(0)
        for (const bytes of await store.readBytes(0, 1)) bytes.fill(0)

        expect([...(await store.get([['a']])), ...(await store.read(0, 1))]).toEqual(before)
        expect(await store.find({ tags: { type: 't' } }, { limit: 1 })).toEqual([before[1]])
      }))
  })
}
