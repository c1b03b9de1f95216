// oxlint-disable eslint/max-lines-per-function -- the function is a list of tests
import { describe, expect, test } from 'vitest'
import { commitOf, create, entryOf, race, withStore } from './harness.ts'
import type { StoreOpener } from './harness.ts'

/** Closing and reopening. */
export function describeClosing(open: StoreOpener): void {
  describe('closing', () => {
    test('refuses every use after it was closed, and closes twice without harm', () =>
      withStore(open, async ({ store }) => {
        await store.close()
        await store.close()

        const uses = await Promise.allSettled([
          store.get([['a']]),
          store.list([], { limit: 1 }),
          store.due([], 1),
          store.commit(commitOf('c', [])),
          store.read(0, 1),
          store.readBytes(0, 1),
          store.find({ tags: {} }, { limit: 1 }),
          store.first(),
          store.size(),
        ])

        expect(uses).toEqual(
          uses.map(() => ({ status: 'rejected', reason: expect.objectContaining({ code: 'ERR_STORE_CLOSED' }) })),
        )
      }))

    test('finishes the commits that were under way when it was closed', () =>
      withStore(open, async ({ store }) => {
        const committing = race(50, (turn) => store.commit(commitOf(`c${turn}`, [create(['k', `${turn}`], turn)])))
        const closing = store.close()

        expect((await committing).every((outcome) => outcome.ok)).toBe(true)
        await closing
      }))

    test('finds everything again when it is reopened, and answers a repeated commit as before', ({ skip }) =>
      withStore(open, async ({ store, reopen }) => {
        if (reopen === undefined) return skip('this store forgets when it is closed')
        const kept = commitOf('c1', [create(['a'], { b: [1] })], [entryOf('e1', { type: 't' })])
        const refused = commitOf('c2', [create(['a'], 2)])
        const outcomes = [await store.commit(kept), await store.commit(refused)]
        await store.close()

        const again = await reopen()

        expect(await again.get([['a']])).toEqual([{ key: ['a'], value: { b: [1] }, version: 'c1' }])
        expect(await again.find({ tags: { type: 't' } }, { limit: 9 })).toEqual([
          { ...entryOf('e1', { type: 't' }), index: 0 },
        ])
        expect([await again.commit(kept), await again.commit(refused)]).toEqual(outcomes)
        expect(await again.size()).toBe(1)
        await again.close()
      }))
  })
}
