// oxlint-disable eslint/max-lines-per-function -- the function is a list of tests
import { describe, expect, test } from 'vitest'
import type { Commit, Entry, Store } from '../types.ts'
import { commitOf, create, drop, entryOf, race, withStore } from './harness.ts'
import type { StoreOpener } from './harness.ts'

const CONFLICT = { ok: false, code: 'conflict', key: ['log'] }
const OLD = { type: 'old' }
const NEW = { type: 'new' }

/** Dropping entries from the beginning of the log. */
export function describeDrop(open: StoreOpener): void {
  describe('drop', () => {
    test('begins with the first entry', () =>
      withStore(open, async ({ store }) => {
        expect(await store.first()).toBe(0)
        await append(store, [0, 3])

        expect(await store.first()).toBe(0)
      }))

    test('drops the beginning of the log, and every other entry stays at its place', () =>
      withStore(open, async ({ store }) => {
        await append(store, [0, 100])

        const dropped = await store.commit(commitOf('drop', [drop(0, 70)]))

        expect(dropped).toEqual({ ok: true, counts: [] })
        expect([await store.first(), await store.size()]).toEqual([70, 100])
        expect(await indexesFrom(store, 0)).toEqual(numbers(70, 100))
        expect(await indexesFrom(store, 69)).toEqual(numbers(70, 100))
        expect(await indexesFrom(store, 80)).toEqual(numbers(80, 100))
      }))

    test('gives no bytes from an index that was dropped, and all from one that is there', () =>
      withStore(open, async ({ store }) => {
        await append(store, [0, 100])

        await store.commit(commitOf('drop', [drop(0, 70)]))

        expect([await store.readBytes(0, 10), await store.readBytes(69, 10)]).toEqual([[], []])
        expect((await store.readBytes(70, 100)).map((bytes) => Buffer.from(bytes).toString())).toEqual(
          numbers(70, 100).map((index) => `body of e${index}`),
        )
      }))

    test('never finds what was dropped, by tags, by time or by nothing', () =>
      withStore(open, async ({ store }) => {
        await append(store, [0, 600], OLD)
        await append(store, [600, 640], NEW)

        await store.commit(commitOf('drop', [drop(0, 620)]))

        expect(await store.find({ tags: OLD }, { limit: 1_000 })).toEqual([])
        expect(await store.find({ tags: {} }, { before: 620, limit: 1_000 })).toEqual([])
        const found = await store.find({ tags: NEW, since: 0 }, { limit: 1_000 })
        expect(found.map(({ index }) => index)).toEqual(numbers(620, 640).reverse())
        expect(await store.find({ tags: {} }, { limit: 1_000 })).toEqual(found)
      }))

    test('drops in one commit with records and entries, and the entries stay', () =>
      withStore(open, async ({ store }) => {
        await append(store, [0, 40])

        const outcome = await store.commit(commitOf('c', [drop(0, 40), create(['a'], 1)], [entryOf('pruned', NEW)]))

        expect(outcome).toEqual({ ok: true, firstIndex: 40, counts: [] })
        expect([await store.first(), await store.size()]).toEqual([40, 41])
        expect(await store.read(0, 10)).toEqual([{ ...entryOf('pruned', NEW), index: 40 }])
        expect((await store.get([['a']]))[0]?.value).toBe(1)
      }))

    test('drops nothing when another write of the commit is refused, and writes nothing when the drop is', () =>
      withStore(open, async ({ store }) => {
        await append(store, [0, 40])
        await store.commit(commitOf('c', [create(['a'], 1)]))

        const taken = await store.commit(commitOf('c1', [drop(0, 20), create(['a'], 2)], [entryOf('one')]))
        const late = await store.commit(commitOf('c2', [create(['b'], 2), drop(10, 20)], [entryOf('two')]))

        expect([taken, late]).toEqual([{ ok: false, code: 'conflict', key: ['a'] }, CONFLICT])
        expect([await store.first(), await store.size()]).toEqual([0, 40])
        expect(await store.get([['b']])).toEqual([undefined])
      }))

    test('refuses a drop that expects another beginning or goes beyond the end, its own entries included', () =>
      withStore(open, async ({ store }) => {
        await append(store, [0, 40])
        await store.commit(commitOf('c1', [drop(0, 30)]))

        const outcomes = [
          await store.commit(commitOf('c2', [drop(0, 30)])),
          await store.commit(commitOf('c3', [drop(29, 35)])),
          await store.commit(commitOf('c4', [drop(31, 35)])),
          await store.commit(commitOf('c5', [drop(30, 41)], [entryOf('more')])),
        ]

        expect(outcomes).toEqual(outcomes.map(() => CONFLICT))
        expect([await store.first(), await store.size()]).toEqual([30, 40])
      }))

    test('drops a range of no entries when the log begins where it is expected', () =>
      withStore(open, async ({ store }) => {
        await append(store, [0, 2])

        expect(await store.commit(commitOf('c1', [drop(0, 0)]))).toEqual({ ok: true, counts: [] })
        expect(await store.commit(commitOf('c2', [drop(0, 2)]))).toEqual({ ok: true, counts: [] })
        expect(await store.commit(commitOf('c3', [drop(2, 2)]))).toEqual({ ok: true, counts: [] })
      }))

    test('goes on at the next index when everything was dropped', () =>
      withStore(open, async ({ store }) => {
        await append(store, [0, 512])
        await store.commit(commitOf('drop', [drop(0, 512)]))

        const empty = [await store.first(), await store.size(), await store.read(0, 1), await store.readBytes(512, 1)]
        await append(store, [512, 600], NEW)

        expect(empty).toEqual([512, 512, [], []])
        expect(await indexesFrom(store, 0)).toEqual(numbers(512, 600))
        expect(await store.find({ tags: NEW }, { limit: 1_000 })).toHaveLength(88)
      }))

    test('answers a repeated drop as the first time and drops once', () =>
      withStore(open, async ({ store }) => {
        await append(store, [0, 40])
        const first = commitOf('c1', [drop(0, 20)])
        const outcomes = [await store.commit(first), await store.commit(commitOf('c2', [drop(20, 30)]))]

        expect(await store.commit(first)).toEqual(outcomes[0])
        expect(outcomes).toEqual(outcomes.map(() => ({ ok: true, counts: [] })))
        expect(await store.first()).toBe(30)
      }))

    test('still refuses the id of an entry that was not dropped', () =>
      withStore(open, async ({ store }) => {
        await append(store, [0, 600])
        await store.commit(commitOf('drop', [drop(0, 590)]))

        const repeated = store.commit(commitOf('again', [], [entryOf('e590')]))

        await expect(repeated).rejects.toMatchObject({ code: 'ERR_STORE_INPUT' })
      }))

    test('refuses drops that are malformed, and two in one commit', () =>
      withStore(open, async ({ store }) => {
        const refused = [[drop(0, 0.5)], [drop(-1, 1)], [drop(2, 1)], [drop(0, Number.NaN)], [drop(0, 0), drop(0, 0)]]

        const outcomes = await Promise.allSettled(refused.map((writes) => store.commit(commitOf('c', writes))))

        expect(outcomes).toEqual(
          outcomes.map(() => ({ status: 'rejected', reason: expect.objectContaining({ code: 'ERR_STORE_INPUT' }) })),
        )
      }))

    test('lets exactly one of 50 parallel drops of one range win, with its entry', () =>
      withStore(open, async ({ store }) => {
        await append(store, [0, 40])

        const outcomes = await race(50, (turn) =>
          store.commit(commitOf(`c${turn}`, [drop(0, 40)], [entryOf(`dropped by ${turn}`)])),
        )

        const winner = outcomes.findIndex(({ ok }) => ok)
        expect(outcomes.filter(({ ok }) => ok)).toEqual([{ ok: true, firstIndex: 40, counts: [] }])
        expect((await store.read(0, 10)).map(({ id }) => id)).toEqual([`dropped by ${winner}`])
      }))

    test('shows readers whole logs while the beginning is dropped again and again and the end grows', () =>
      withStore(open, async ({ store }) => {
        await append(store, [0, 256], NEW)
        const work = { done: false, first: 0 }
        const writing = dropAndAppend(store, work).finally(() => {
          work.done = true
        })

        const torn: string[] = []
        while (!work.done) {
          const least = work.first
          const seen = [await store.read(0, 4_096), (await store.find({ tags: NEW }, { limit: 1_000 })).toReversed()]
          for (const entries of seen) if (!isWhole(entries, least)) torn.push(`from ${least}: ${entries[0]?.index}`)
          await new Promise(setImmediate)
        }
        await writing

        expect(torn).toEqual([])
        expect([await store.first(), await store.size()]).toEqual([1_000, 1_256])
      }))

    test('keeps the beginning when it is reopened, and answers a repeated drop as before', ({ skip }) =>
      withStore(open, async ({ store, reopen }) => {
        if (reopen === undefined) return skip('this store forgets when it is closed')
        await append(store, [0, 700], OLD)
        const commit = commitOf('drop', [drop(0, 650)], [entryOf('dropped', NEW)])
        const outcome = await store.commit(commit)
        await store.close()

        const again = await reopen()

        expect([await again.first(), await again.size()]).toEqual([650, 701])
        expect(await again.commit(commit)).toEqual(outcome)
        expect(await indexesFrom(again, 0)).toEqual(numbers(650, 701))
        expect(await again.find({ tags: OLD }, { limit: 1_000 })).toHaveLength(50)
        await append(again, [701, 1_000], OLD)
        expect(await again.commit(commitOf('more', [drop(650, 900)]))).toEqual({ ok: true, counts: [] })
        expect(await again.find({ tags: OLD }, { limit: 1_000 })).toHaveLength(100)
        await again.close()
      }))
  })
}

// Entries of ids e<from> to e<to - 1>, whose times are their indexes.
async function append(store: Store, [from, to]: readonly [number, number], tags: Entry['tags'] = {}): Promise<void> {
  const commits: Commit[] = []
  for (let start = from; start < to; start += 64) {
    const indexes = numbers(start, Math.min(to, start + 64))
    commits.push(
      commitOf(
        `append ${start}`,
        [],
        indexes.map((index) => entryOf(`e${index}`, tags, index)),
      ),
    )
  }
  await Promise.all(commits.map((commit) => store.commit(commit)))
}

// Twenty times: drops 50 entries, appends as many.
async function dropAndAppend(store: Store, work: { first: number }): Promise<void> {
  for (let first = 0; first < 1_000; first += 50) {
    const entries = numbers(first + 256, first + 306).map((index) => entryOf(`e${index}`, NEW, index))
    await store.commit(commitOf(`turn ${first}`, [drop(first, first + 50)], entries))
    work.first = first + 50
  }
}

// Always 256 entries without a gap, from where the log began when they were asked for or later.
function isWhole(entries: readonly { readonly index: number }[], least: number): boolean {
  const first = entries[0]?.index ?? -1
  return first >= least && entries.length === 256 && entries.every(({ index }, place) => index === first + place)
}

async function indexesFrom(store: Store, from: number): Promise<number[]> {
  return (await store.read(from, 4_096)).map(({ index }) => index)
}

function numbers(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, place) => from + place)
}
