// oxlint-disable eslint/max-lines-per-function -- the function is a list of tests
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Entry, Store, StoredEntry, TagQuery } from '../types.ts'
import { commitOf, entryOf, withStore } from './harness.ts'
import type { StoreOpener } from './harness.ts'

/** Finding entries by their tags. */
export function describeFind(open: StoreOpener): void {
  describe('find', () => {
    test('finds by one tag, newest first', () =>
      withStore(open, async ({ store }) => {
        await append(store, [
          entryOf('e0', { actor: 'a' }),
          entryOf('e1', { actor: 'b' }),
          entryOf('e2', { actor: 'a' }),
        ])

        expect(idsOf(await store.find({ tags: { actor: 'a' } }, { limit: 10 }))).toEqual(['e2', 'e0'])
        expect(await store.find({ tags: { actor: 'none' } }, { limit: 10 })).toEqual([])
      }))

    test('finds the entry whole, at once after its commit', () =>
      withStore(open, async ({ store }) => {
        const entry = entryOf('e0', { actor: 'a', type: 't', ip: '192.0.2.0/24' })
        await append(store, [entry])

        expect(await store.find({ tags: { ip: '192.0.2.0/24' } }, { limit: 1 })).toEqual([{ ...entry, index: 0 }])
      }))

    test('asks for all tags and for any value of one tag', () =>
      withStore(open, async ({ store }) => {
        await append(store, [
          entryOf('e0', { actor: 'a', type: 't1' }),
          entryOf('e1', { actor: 'a', type: 't2' }),
          entryOf('e2', { actor: 'b', type: 't1' }),
          entryOf('e3', { type: 't1' }),
        ])

        const both = await store.find({ tags: { actor: 'a', type: ['t1', 't2'] } }, { limit: 10 })

        expect(idsOf(both)).toEqual(['e1', 'e0'])
        expect(await store.find({ tags: { type: [] } }, { limit: 10 })).toEqual([])
        expect(await store.find({ tags: { actor: 't1' } }, { limit: 10 })).toEqual([])
      }))

    test('takes values literally', () =>
      withStore(open, async ({ store }) => {
        const odd = ['', '%', '_', '"', '\\', "'", '","type":"t', 'é😀', '*']
        await append(
          store,
          odd.map((actor, index) => entryOf(`e${index}`, { actor })),
        )

        const found = await Promise.all(odd.map((actor) => store.find({ tags: { actor } }, { limit: 10 })))

        expect(found.map(idsOf)).toEqual(odd.map((_, index) => [`e${index}`]))
        expect(await store.find({ tags: { type: 't' } }, { limit: 10 })).toEqual([])
      }))

    test('finds by time from since up to, not including, until', () =>
      withStore(open, async ({ store }) => {
        await append(
          store,
          [10, 30, 20, 40].map((at) => entryOf(`at${at}`, { type: 't' }, at)),
        )

        const found = await store.find({ tags: { type: 't' }, since: 20, until: 40 }, { limit: 10 })

        expect(idsOf(found)).toEqual(['at20', 'at30'])
        expect(idsOf(await store.find({ tags: {}, until: 20 }, { limit: 10 }))).toEqual(['at10'])
      }))

    test('pages down from an index without gap or repetition', () =>
      withStore(open, async ({ store }) => {
        await append(
          store,
          Array.from({ length: 150 }, (_, index) => entryOf(`e${index}`, { type: `t${index % 3}` })),
        )

        const pages: StoredEntry[][] = []
        for (let before = 150; before > 0; before = pages.at(-1)?.at(-1)?.index ?? 0) {
          pages.push([...(await store.find({ tags: { type: 't1' } }, { before, limit: 7 }))])
        }

        const indexes = pages.flat().map((entry) => entry.index)
        expect(indexes).toEqual(Array.from({ length: 50 }, (_, index) => 148 - 3 * index))
      }))

    test('finds exactly what a scan of the log finds', () =>
      withStore(open, async ({ store }) => {
        await append(
          store,
          fc.sample(anyEntry, { seed: 7, numRuns: 400 }).map((entry, index) => ({ ...entry, id: `e${index}` })),
        )
        const log = await store.read(0, 4_096)

        await fc.assert(
          fc.asyncProperty(anyQuery, fc.option(fc.nat(420), { nil: undefined }), async (query, before) => {
            const scanned = log.filter((entry) => isWanted(entry, query) && entry.index < (before ?? Infinity))

            const found = await store.find(query, { before, limit: 20 })

            expect(idsOf(found)).toEqual(idsOf(scanned.toReversed().slice(0, 20)))
          }),
        )
      }))
  })
}

const actor = fc.constantFrom('a', 'b', 'c')
const type = fc.constantFrom('t1', 't2')
const time = fc.integer({ min: 1_000, max: 1_100 })

const anyEntry = fc
  .record({ actor, type, flow: actor }, { requiredKeys: [] })
  .chain((tags) => time.map((at) => entryOf('', tags, at)))

const anyQuery: fc.Arbitrary<TagQuery> = fc.record({
  tags: fc.record(
    { actor: fc.oneof(actor, fc.array(actor, { maxLength: 3 })), type, flow: actor },
    { requiredKeys: [] },
  ),
  since: fc.option(time, { nil: undefined }),
  until: fc.option(time, { nil: undefined }),
})

function isWanted(entry: StoredEntry, query: TagQuery): boolean {
  if (entry.at < (query.since ?? 0) || entry.at >= (query.until ?? Infinity)) return false
  const tags = Object.entries(entry.tags)
  return Object.entries(query.tags).every(([name, wanted]) =>
    tags.some(([tag, value]) => tag === name && [wanted].flat().includes(value)),
  )
}

async function append(store: Store, entries: readonly Entry[]): Promise<void> {
  for (let from = 0; from < entries.length; from += 64) {
    await store.commit(commitOf(`append ${from}`, [], entries.slice(from, from + 64)))
  }
}

function idsOf(entries: readonly Entry[]): readonly string[] {
  return entries.map((entry) => entry.id)
}
