// oxlint-disable eslint/max-lines-per-function -- the function is a list of tests
import { describe, expect, test } from 'vitest'
import type { Key, Store, Write } from '../types.ts'
import { commitOf, create, entryOf, withStore } from './harness.ts'
import type { StoreOpener } from './harness.ts'

/** Every bound of the contract, on both sides. */
export function describeBounds(open: StoreOpener): void {
  describe('bounds', () => {
    test('takes keys, values, ids and tags of the largest size', () =>
      withStore(open, async ({ store }) => {
        // 8 parts, 512 bytes.
        const longKey = ['k'.repeat(505), '1', '2', '3', '4', '5', '6', '7']
        const value = 'v'.repeat(256 * 1024 - 2)
        const tags = { actor: 'é'.repeat(128) }

        const outcome = await store.commit(
          commitOf('i'.repeat(128), [create(longKey, value)], [entryOf('e'.repeat(128), tags)]),
        )

        expect(outcome.ok).toBe(true)
        expect((await store.get([longKey]))[0]).toMatchObject({ key: longKey, value })
        expect(await store.find({ tags }, { limit: 1 })).toHaveLength(1)
      }))

    test('takes 128 writes, 64 entries and reads 64 keys at once', () =>
      withStore(open, async ({ store }) => {
        const keys = Array.from({ length: 128 }, (_, index) => ['k', String(index)])
        const entries = Array.from({ length: 64 }, (_, index) => entryOf(`e${index}`))

        const outcome = await store.commit(
          commitOf(
            'c1',
            keys.map((key) => create(key, 1)),
            entries,
          ),
        )

        expect(outcome.ok).toBe(true)
        expect(await store.get(keys.slice(0, 64))).not.toContain(undefined)
        expect(await store.size()).toBe(64)
      }))

    test('refuses keys that are empty, too long, too deep or not storable text', () =>
      withStore(open, async ({ store }) => {
        const keys: Key[] = [
          [],
          [''],
          ['a', ''],
          ['k'.repeat(513)],
          ['é'.repeat(257)],
          Array.from({ length: 9 }, () => 'k'),
          ['a\0b'],
          ['\uD800'],
        ]

        expect(await codesOf(keys.map((key) => store.get([key])))).toEqual(REFUSED)
        expect(await codesOf(keys.map((key) => store.commit(commitOf('c', [create(key, 1)]))))).toEqual(REFUSED)
        expect(await codesOf(keys.slice(1).map((key) => store.list(key, { limit: 1 })))).toEqual(REFUSED)
      }))

    test('refuses values that are not plain JSON, or too large or deep', () =>
      withStore(open, async ({ store }) => {
        let deep: unknown = 1
        for (let level = 0; level < 65; level++) deep = [deep]
        const hole: unknown[] = []
        hole[1] = 1
        const values = [undefined, NaN, Infinity, 1n, Symbol('s'), () => 1, new Date(0), new Map(), Uint8Array.of(1)]
        const nested = [{ a: undefined }, [undefined], hole, { a: { b: NaN } }, deep, 'é'.repeat(128 * 1024)]

        expect(
          await codesOf([...values, ...nested].map((value) => commitUnchecked(store, { ...create(['a'], 1), value }))),
        ).toEqual(REFUSED)
        expect(await store.list([], { limit: 1 })).toEqual([])
      }))

    test('refuses writes that are malformed', () =>
      withStore(open, async ({ store }) => {
        const add = { op: 'add', key: ['n'], by: 1, max: 1, expiresAt: 1 }
        const writes: unknown[] = [
          { op: 'grow', key: ['a'] },
          { op: 'put', key: ['a'], value: 1 },
          { ...create(['a'], 1), expect: '' },
          { ...create(['a'], 1), expiresAt: 1.5 },
          { ...create(['a'], 1), atExpiry: 'later' },
          { op: 'remove', key: ['a'], expect: null },
          { op: 'check', key: ['a'] },
          { ...add, by: 0.5 },
          { ...add, max: -1 },
          { ...add, expiresAt: NaN },
        ]

        expect(await codesOf(writes.map((write) => commitUnchecked(store, write)))).toEqual(REFUSED)
      }))

    test('refuses two writes to one key', () =>
      withStore(open, async ({ store }) => {
        const add: Write = { op: 'add', key: ['a'], by: 1, max: 1, expiresAt: 1 }
        const check: Write = { op: 'check', key: ['a'], expect: null }

        expect(
          await codesOf([
            store.commit(commitOf('c1', [create(['a'], 1), create(['a'], 1)])),
            store.commit(commitOf('c2', [check, create(['a'], 1)])),
            store.commit(commitOf('c3', [add, check])),
          ]),
        ).toEqual(REFUSED)
      }))

    test('refuses entries that are malformed or of one id', () =>
      withStore(open, async ({ store }) => {
        const good = entryOf('e')
        const entries: unknown[] = [
          { ...good, id: '' },
          { ...good, id: 'e'.repeat(129) },
          { ...good, at: -1 },
          { ...good, at: 0.5 },
          { ...good, bytes: new Uint8Array(0) },
          { ...good, bytes: new Uint8Array(16_385) },
          { ...good, bytes: 'text' },
          { ...good, tags: { actor: 'a'.repeat(257) } },
          { ...good, tags: { actor: 'é'.repeat(129) } },
          { ...good, tags: { actor: 'a\0' } },
          { ...good, tags: { actor: undefined } },
          { ...good, tags: { colour: 'red' } },
        ]

        expect(await codesOf(entries.map((entry) => commitUnchecked(store, undefined, entry)))).toEqual(REFUSED)
        expect(await codesOf([store.commit(commitOf('c', [], [good, good]))])).toEqual(REFUSED)
        expect(await store.size()).toBe(0)
      }))

    test('refuses too many writes, entries, keys and values', () =>
      withStore(open, async ({ store }) => {
        const many = (count: number): string[] => Array.from({ length: count }, (_, index) => String(index))

        expect(
          await codesOf([
            store.commit(
              commitOf(
                'c1',
                many(129).map((key) => create([key], 1)),
              ),
            ),
            store.commit(
              commitOf(
                'c2',
                [],
                many(65).map((id) => entryOf(id)),
              ),
            ),
            store.commit(commitOf('', [])),
            store.commit(commitOf('c'.repeat(129), [])),
            store.get(many(65).map((key) => [key])),
            store.find({ tags: { actor: many(33) } }, { limit: 1 }),
          ]),
        ).toEqual(REFUSED)
      }))

    test('refuses pages and places out of range', () =>
      withStore(open, async ({ store }) => {
        expect(
          await codesOf([
            ...[0, 1_001, 1.5, NaN].map((limit) => store.list([], { limit })),
            ...[0, 1_001].map((limit) => store.due([], limit)),
            ...[0, 1_001].map((limit) => store.find({ tags: {} }, { limit })),
            ...[0, 4_097].map((limit) => store.read(0, limit)),
            ...[0, 4_097].map((limit) => store.readBytes(0, limit)),
            store.read(-1, 1),
            store.readBytes(-1, 1),
            store.find({ tags: {} }, { before: -1, limit: 1 }),
            store.find({ tags: {}, since: NaN }, { limit: 1 }),
            store.find({ tags: {}, until: 0.5 }, { limit: 1 }),
            store.find({ tags: { actor: 'a'.repeat(257) } }, { limit: 1 }),
          ]),
        ).toEqual(REFUSED)
      }))
  })
}

const REFUSED = new Set(['ERR_STORE_INPUT'])

// The different ways in which tries end: the code of each rejection, or that it was taken.
async function codesOf(tries: readonly Promise<unknown>[]): Promise<ReadonlySet<unknown>> {
  const settled = await Promise.allSettled(tries)
  return new Set(settled.map((one) => (one.status === 'rejected' ? Reflect.get(Object(one.reason), 'code') : 'taken')))
}

// Hands over what the types forbid, as a caller without types would.
function commitUnchecked(store: Store, write: unknown, entry?: unknown): Promise<unknown> {
  const writes = write === undefined ? [] : [write]
  const entries = entry === undefined ? [] : [entry]
  const commit: unknown = Reflect.get(store, 'commit')
  if (typeof commit !== 'function') throw new TypeError('A store has a commit method.')
  return Reflect.apply(commit, store, [{ id: 'c', writes, entries }])
}
