// oxlint-disable eslint/max-lines-per-function -- the function is a list of tests
import { describe, expect, test } from 'vitest'
import type { Found, Key, Store } from '../types.ts'
import { commitOf, create, withStore } from './harness.ts'
import type { StoreOpener } from './harness.ts'

/** Lists of records: order, prefixes and pages. */
export function describeLists(open: StoreOpener): void {
  describe('lists', () => {
    test('lists what is below a prefix, not the prefix itself nor a longer word', () =>
      withStore(open, async ({ store }) => {
        await putAll(store, [['a'], ['a', 'x'], ['a', 'x', 'y'], ['ab'], ['ab', 'x'], ['A', 'x'], ['b']])

        expect(keysOf(await store.list(['a'], { limit: 10 }))).toEqual([
          ['a', 'x'],
          ['a', 'x', 'y'],
        ])
        expect(keysOf(await store.list(['a', 'x'], { limit: 10 }))).toEqual([['a', 'x', 'y']])
      }))

    test('lists everything below the empty prefix', () =>
      withStore(open, async ({ store }) => {
        await putAll(store, [['b'], ['a', 'x'], ['a']])

        expect(keysOf(await store.list([], { limit: 10 }))).toEqual([['a'], ['a', 'x'], ['b']])
      }))

    test('sorts keys part by part in the order of their UTF-8 bytes', () =>
      withStore(open, async ({ store }) => {
        // UTF-16 would put the emoji before U+FF5E; a separator that sorts above a character would put 'a!' before 'a'.
        const sorted = [
          ['k', 'Z'],
          ['k', 'a'],
          ['k', 'a', 'z'],
          ['k', 'a\u0001'],
          ['k', 'a!'],
          ['k', 'é'],
          ['k', '～'],
          ['k', '😀'],
        ]
        await putAll(store, sorted.toReversed())

        expect(keysOf(await store.list(['k'], { limit: 10 }))).toEqual(sorted)
      }))

    test('pages without gap or repetition, also after a key that has gone', () =>
      withStore(open, async ({ store }) => {
        const keys = Array.from({ length: 7 }, (_, index) => ['p', String(index)])
        await putAll(store, keys)

        const first = await store.list(['p'], { limit: 3 })
        await store.commit(commitOf('r', [{ op: 'remove', key: ['p', '2'], expect: 'all' }]))
        const second = await store.list(['p'], { after: ['p', '2'], limit: 3 })
        const third = await store.list(['p'], { after: ['p', '5'], limit: 3 })

        expect([first, second, third].map((page) => page.length)).toEqual([3, 3, 1])
        expect(keysOf([...first, ...second, ...third])).toEqual(keys)
      }))

    test('stays below the prefix whatever it lists after', () =>
      withStore(open, async ({ store }) => {
        await putAll(store, [
          ['a', '1'],
          ['b', '1'],
          ['c', '1'],
        ])

        expect(keysOf(await store.list(['b'], { after: ['a'], limit: 5 }))).toEqual([['b', '1']])
        expect(await store.list(['b'], { after: ['c'], limit: 5 })).toEqual([])
        expect(await store.list(['none'], { limit: 5 })).toEqual([])
      }))
  })
}

async function putAll(store: Store, keys: readonly Key[]): Promise<void> {
  await store.commit(
    commitOf(
      'all',
      keys.map((key) => create(key, 1)),
    ),
  )
}

function keysOf(found: readonly Found[]): readonly Key[] {
  return found.map((record) => record.key)
}
