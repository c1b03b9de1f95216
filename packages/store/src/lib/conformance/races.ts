// oxlint-disable eslint/max-lines-per-function -- the function is a list of tests
import { describe, expect, test } from 'vitest'
import { addOne, commitOf, create, entryOf, race, replace, withStore } from './harness.ts'
import type { StoreOpener } from './harness.ts'

/** What must hold however many ask at once. */
export function describeRaces(open: StoreOpener): void {
  describe('races', () => {
    test('F-09 lets exactly one of 50 parallel consumers use a record up, with its entry', () =>
      withStore(open, async ({ store }) => {
        await store.commit(commitOf('issue', [create(['grant', '1'], 'good for one use')]))

        const outcomes = await race(50, (turn) =>
          store.commit(
            commitOf(
              `c${turn}`,
              [{ op: 'remove', key: ['grant', '1'], expect: 'issue' }],
              [entryOf(`used by ${turn}`)],
            ),
          ),
        )

        const winner = outcomes.findIndex((outcome) => outcome.ok)
        expect(outcomes.filter((outcome) => outcome.ok)).toEqual([{ ok: true, firstIndex: 0, counts: [] }])
        expect((await store.read(0, 10)).map((entry) => entry.id)).toEqual([`used by ${winner}`])
      }))

    test('F-09 lets exactly one of 50 parallel creators have a record', () =>
      withStore(open, async ({ store }) => {
        const outcomes = await race(50, (turn) => store.commit(commitOf(`c${turn}`, [create(['used', 'nonce'], turn)])))

        const winner = outcomes.findIndex((outcome) => outcome.ok)
        expect(outcomes.filter((outcome) => outcome.ok)).toHaveLength(1)
        expect((await store.get([['used', 'nonce']]))[0]).toMatchObject({ value: winner, version: `c${winner}` })
      }))

    test('v5.0.0-15.4.2 loses no update of 50 parallel writers that try until they succeed', () =>
      withStore(open, async ({ store }) => {
        await store.commit(commitOf('start', [create(['n'], 0)]))

        await race(50, async (turn) => {
          for (let attempt = 0; ; attempt++) {
            const [found] = await store.get([['n']])
            const next = Number(found?.value) + 1
            const outcome = await store.commit(
              commitOf(`c${turn}.${attempt}`, [replace(['n'], next, found?.version ?? '-')]),
            )
            if (outcome.ok) return
          }
        })

        expect((await store.get([['n']]))[0]?.value).toBe(50)
      }))

    test('refuses in a crowd only the commits that conflict', () =>
      withStore(open, async ({ store }) => {
        const outcomes = await race(50, (turn) =>
          store.commit(
            commitOf(`c${turn}`, [create(['k', String(turn % 25)], turn), addOne(['n'], 50)], [entryOf(`e${turn}`)]),
          ),
        )

        expect(outcomes.filter((outcome) => outcome.ok)).toHaveLength(25)
        expect(await store.list(['k'], { limit: 100 })).toHaveLength(25)
        expect([await store.size(), (await store.get([['n']]))[0]?.value]).toEqual([25, 25])
      }))

    test('shows every reader both halves of a commit or neither', () =>
      withStore(open, async ({ store }) => {
        await store.commit(commitOf('c0', [create(['left'], 0), create(['right'], 0)]))
        let done = false
        const writing = (async () => {
          for (let turn = 1; turn <= 50; turn++) {
            const expected = `c${turn - 1}`
            await store.commit(
              commitOf(`c${turn}`, [replace(['left'], turn, expected), replace(['right'], turn, expected)]),
            )
          }
          done = true
        })()

        const seen: boolean[] = []
        while (!done) {
          const [left, right] = await store.get([['left'], ['right']])
          seen.push(left?.version === right?.version && left?.value === right?.value)
          await new Promise(setImmediate)
        }
        await writing

        expect(seen).not.toContain(false)
      }))
  })
}
