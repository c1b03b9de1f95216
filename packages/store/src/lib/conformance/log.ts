// oxlint-disable eslint/max-lines-per-function -- the function is a list of tests
import { describe, expect, test } from 'vitest'
import { commitOf, create, entryOf, race, withStore } from './harness.ts'
import type { StoreOpener } from './harness.ts'

/** The log: places, order and ids. */
export function describeLog(open: StoreOpener): void {
  describe('log', () => {
    test('starts empty', () =>
      withStore(open, async ({ store }) => {
        expect(await store.size()).toBe(0)
        expect(await store.read(0, 10)).toEqual([])
      }))

    test('appends entries in order and says where the first one stands', () =>
      withStore(open, async ({ store }) => {
        const entries = ['e1', 'e2', 'e3'].map((id) => entryOf(id, { type: 'a.b', actor: 'ä' }))

        const first = await store.commit(commitOf('c1', [], entries.slice(0, 2)))
        const second = await store.commit(commitOf('c2', [], entries.slice(2)))

        expect([first, second]).toEqual([
          { ok: true, firstIndex: 0, counts: [] },
          { ok: true, firstIndex: 2, counts: [] },
        ])
        expect(await store.size()).toBe(3)
        expect(await store.read(0, 10)).toEqual(entries.map((entry, index) => ({ ...entry, index })))
      }))

    test('reads from an index, at most the limit, and nothing past the end', () =>
      withStore(open, async ({ store }) => {
        const ids = ['e0', 'e1', 'e2', 'e3']
        await store.commit(
          commitOf(
            'c1',
            [],
            ids.map((id) => entryOf(id)),
          ),
        )

        const middle = await store.read(1, 2)

        expect(middle.map((entry) => [entry.index, entry.id])).toEqual([
          [1, 'e1'],
          [2, 'e2'],
        ])
        expect(await store.read(4, 10)).toEqual([])
      }))

    test('reads the bytes alone, as they were given, from an index on and at most the limit', () =>
      withStore(open, async ({ store }) => {
        const entries = Array.from({ length: 100 }, (_, index) => entryOf(`e${index}${'.'.repeat(index)}`))
        await store.commit(commitOf('c1', [], entries.slice(0, 1)))
        await store.commit(commitOf('c2', [], entries.slice(1, 50)))
        await store.commit(commitOf('c3', [], entries.slice(50)))
        const bytes = entries.map((entry) => Buffer.from(entry.bytes))
        const readBytes = async (from: number, limit: number): Promise<Buffer[]> =>
          (await store.readBytes(from, limit)).map((one) => Buffer.from(one))

        expect(await readBytes(0, 4_096)).toEqual(bytes)
        expect(await readBytes(33, 31)).toEqual(bytes.slice(33, 64))
        expect(await readBytes(99, 2)).toEqual(bytes.slice(99))
        expect(await readBytes(100, 1)).toEqual([])
      }))

    test('keeps bytes of any value and the largest size', () =>
      withStore(open, async ({ store }) => {
        const bytes = Uint8Array.from({ length: 16_384 }, (_, index) => index % 256)

        await store.commit(commitOf('c1', [], [{ id: 'e', at: 0, bytes, tags: {} }]))

        expect((await store.read(0, 1))[0]?.bytes).toEqual(bytes)
      }))

    test('appends nothing when a write is refused, and writes nothing when an entry is refused', () =>
      withStore(open, async ({ store }) => {
        await store.commit(commitOf('c1', [create(['a'], 1)], [entryOf('e1')]))

        const refused = await store.commit(commitOf('c2', [create(['a'], 2)], [entryOf('e2')]))
        const repeated = store.commit(commitOf('c3', [create(['b'], 1)], [entryOf('e3'), entryOf('e1')]))

        expect(refused.ok).toBe(false)
        await expect(repeated).rejects.toMatchObject({ code: 'ERR_STORE_INPUT' })
        expect(await store.size()).toBe(1)
        expect(await store.get([['b']])).toEqual([undefined])
      }))

    test('leaves no gap where an entry was refused', () =>
      withStore(open, async ({ store }) => {
        await store.commit(commitOf('c1', [], [entryOf('e1')]))
        await expect(store.commit(commitOf('c2', [], [entryOf('e2'), entryOf('e1')]))).rejects.toMatchObject({
          code: 'ERR_STORE_INPUT',
        })

        const next = await store.commit(commitOf('c3', [], [entryOf('e2')]))

        expect(next).toEqual({ ok: true, firstIndex: 1, counts: [] })
      }))

    test('gives 50 parallel commits contiguous indexes, each commit its own in order', () =>
      withStore(open, async ({ store }) => {
        const ids = (turn: number) => Array.from({ length: 1 + (turn % 3) }, (_, index) => `e${turn}.${index}`)

        const outcomes = await race(50, (turn) =>
          store.commit(
            commitOf(
              `c${turn}`,
              [],
              ids(turn).map((id) => entryOf(id)),
            ),
          ),
        )

        const log = await store.read(0, 4_096)
        expect(log.map((entry) => entry.index)).toEqual(log.map((_, place) => place))
        const placed = outcomes.map((outcome, turn) => {
          const from = outcome.ok ? (outcome.firstIndex ?? -1) : -1
          return log.slice(from, from + ids(turn).length).map((entry) => entry.id)
        })
        expect(placed).toEqual(outcomes.map((_, turn) => ids(turn)))
        expect(log).toHaveLength(placed.flat().length)
      }))
  })
}
