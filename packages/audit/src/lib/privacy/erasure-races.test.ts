import { openKeyring, rotateKey } from '@sallyport/keyring'
import { createMemoryStore, sortableId, type Commit, type Store } from '@sallyport/store'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { withAudit, withBench } from '../../../test/bench.ts'
import { faultyStore } from '../../../test/faulty-store.ts'
import { deny, keysOf, OFFICER, readable } from '../../../test/people.ts'
import { event } from '../events/event.ts'
import type { Placed } from './privacy-contract.ts'

const CASE = { name: 'case-1', reference: 'C1', user: 'alice' } as const
const CONTEXT = {
  requestId: 'r-1',
  net: { ip: '203.0.113.7', hops: 0 },
  device: { id: 'd', known: true, userAgent: 'Alices-Browser/1.0' },
  target: { route: '/me' },
} as const

describe('an erasure', () => {
  test('that a person asks for leaves nothing of that request to be read', async () => {
    await withAudit(async ({ audit, subjects, events }) => {
      await deny(audit, 'alice', '203.0.113.7')
      const erased = await audit.eraseSubject('alice', { by: { user: 'alice', context: CONTEXT } })

      // The one for her access, and the one under which her own request was sealed.
      expect(erased).toMatchObject({ ok: true, keys: 2 })
      expect(await keysOf(subjects)).toEqual([])
      const last = (await events()).at(-1)
      expect(last).toMatchObject({ type: 'privacy.subject.erased', request: { id: 'r-1' }, target: { route: '/me' } })
      expect([last?.sealed, last?.net, last?.device]).toEqual([undefined, undefined, undefined])
      for (const one of await events()) expect(await audit.reveal(one)).toBeUndefined()
    })
  })

  test('that is asked for again after its keys were gone ends the first, and destroys what came since', async () => {
    const store = faultyStore(createMemoryStore())
    await withBench(
      async ({ open, subjects, events }) => {
        const audit = await open()
        await deny(audit, 'alice')
        store.fail(({ entries }) => (entries[0]?.tags.type === 'privacy.subject.erased' ? 'reject' : undefined))
        await expect(audit.eraseSubject('alice', OFFICER)).rejects.toMatchObject({ code: 'ERR_STORE_UNAVAILABLE' })
        store.fail(() => undefined)
        const [gone] = await subjects.list(['erased'], { limit: 1 })
        await deny(audit, 'alice', '198.51.100.9')
        const again = await audit.eraseSubject('alice', OFFICER)

        expect([await keysOf(subjects), await readable(audit, await events())]).toEqual([[], []])
        const erased = (await events()).filter(({ type }) => type === 'privacy.subject.erased')
        expect(erased.map(({ data }) => data)).toEqual([{ keys: 1 }, { keys: 1 }])
        expect(gone?.value).toMatchObject({ eventId: erased[0]?.id })
        expect(again).toEqual({ ok: true, keys: 1, eventId: erased[1]?.id })
      },
      { store },
    )
  })

  test('that another instance ends first has one receipt', async () => {
    await withBench(async ({ open, store, events }) => {
      const other = await open()
      const racing = after(store, isOf('privacy.erasure.requested'), async () => other.eraseSubject('alice', OFFICER))
      const audit = await open({ store: racing })
      await deny(audit, 'alice')
      const erased = await audit.eraseSubject('alice', OFFICER)

      const recorded = (await events()).filter(({ type }) => type === 'privacy.subject.erased')
      expect(recorded.map(({ id, data }) => [id, data])).toEqual([[erased.ok ? erased.eventId : '', { keys: 1 }]])
    })
  })

  test('stops when a hold comes, which is told that it came late, and goes on when it is released', async () => {
    await withBench(async ({ open, subjects, events }) => {
      const other = await open()
      const placed: Placed[] = []
      const racing = after(subjects, destroys, async () => {
        placed.push(await other.placeHold(CASE, OFFICER))
      })
      const audit = await open({ subjects: racing })
      await denyUnderManyKeys(audit)
      const erased = await audit.eraseSubject('alice', OFFICER)

      expect([erased, placed]).toEqual([
        { ok: false, code: 'held', hold: 'case-1', waits: true },
        [{ ok: false, code: 'under_way' }],
      ])
      expect(await keysOf(subjects)).toHaveLength(20)
      await audit.releaseHold('case-1', OFFICER)
      expect(await audit.eraseSubject('alice', OFFICER)).toMatchObject({ ok: true, keys: 120 })
      expect((await events()).filter(({ type }) => type === 'privacy.erasure.requested')).toHaveLength(1)
    })
  })

  test('of somebody else does not make a hold late', async () => {
    await withBench(async ({ open, subjects }) => {
      const other = await open()
      const placed: Placed[] = []
      const racing = after(subjects, destroys, async () => {
        placed.push(await other.placeHold(CASE, OFFICER))
      })
      const audit = await open({ subjects: racing })
      await deny(audit, 'bob')
      await audit.eraseSubject('bob', OFFICER)

      expect(placed).toEqual([{ ok: true }])
    })
  })

  test('by an instance with the older key ring is held by a hold under the newer pseudonym key', async () => {
    await withBench(async ({ open, folder, subjects }) => {
      const old = await open()
      await deny(old, 'alice')
      await rotateKey(join(folder, 'keys.json'), 'pseudonym')
      const fresh = await open({ keyring: await openKeyring(join(folder, 'keys.json')) })
      await fresh.placeHold(CASE, OFFICER)

      expect(await old.eraseSubject('alice', OFFICER)).toEqual({ ok: false, code: 'held', hold: 'case-1' })
      expect(await old.eraseSubject('bob', OFFICER)).toMatchObject({ ok: true })
      expect(await keysOf(subjects)).toHaveLength(1)
    })
  })

  test.each([{ subject: 'altered' }, { user: 'altered' }])(
    'is held by a hold that somebody altered: %j',
    async (altered) => {
      await withAudit(async ({ audit, store }) => {
        await audit.placeHold(CASE, OFFICER)
        const [found] = await store.list(['hold'], { limit: 1 })
        if (found === undefined) throw new Error('there is no hold')
        const value = { ...Object(found.value), ...altered }
        await store.commit({
          id: 'x',
          entries: [],
          writes: [{ op: 'put', key: found.key, value, expect: found.version }],
        })

        expect(await audit.eraseSubject('alice', OFFICER)).toMatchObject({ ok: false, code: 'held' })
        expect(await audit.eraseSubject('bob', OFFICER)).toMatchObject({ ok: false, code: 'held' })
      })
    },
  )

  test('and holds of 50 persons at once: whoever is told that all is safe loses nothing from then on', async () => {
    await withBench(async ({ open, subjects, keyring, events }) => {
      const [one, two] = [await open(), await open()]
      const people = Array.from({ length: 50 }, (_, turn) => `person-${turn}`)
      for (const user of people) await deny(one, user)
      const placed = await Promise.all(
        people.map(async (user, turn) => {
          const [hold] = await Promise.all([
            two.placeHold({ name: `case-${turn}`, reference: 'r', user }, OFFICER),
            one.eraseSubject(user, OFFICER),
          ])
          return hold
        }),
      )

      const left = new Set((await keysOf(subjects)).map(([person]) => person))
      const types = (await events()).map(
        ({ type, subject, data }) => `${type} ${typeof data['hold'] === 'string' ? data['hold'] : subject?.id}`,
      )
      for (const [turn, user] of people.entries()) {
        if (placed[turn]?.ok !== true) continue
        const erased = types.indexOf(`privacy.subject.erased ${await keyring.pseudonym('audit.actor', user)}`)
        const isLeft = left.has(await keyring.pseudonym('audit.subject', user))
        expect(isLeft || (erased !== -1 && erased < types.indexOf(`privacy.hold.placed case-${turn}`))).toBe(true)
      }
    })
  })
})

/** Does something once after the first commit that is meant. */
function after(store: Store, isMeant: (commit: Commit) => boolean, act: () => Promise<unknown>): Store {
  let isFirst = true
  return {
    ...store,
    commit: async (commit) => {
      const committed = await store.commit(commit)
      if (isFirst && isMeant(commit)) {
        isFirst = false
        await act()
      }
      return committed
    },
  }
}

function isOf(type: string): (commit: Commit) => boolean {
  return ({ entries }) => entries[0]?.tags.type === type
}

function destroys({ writes }: Commit): boolean {
  return writes.some((write) => write.op === 'remove' && write.key[0] === 'subject')
}

async function denyUnderManyKeys(audit: Parameters<typeof deny>[0]): Promise<void> {
  const actor = { user: 'alice', identity: { name: 'Alice' } }
  for (let month = 0; month < 120; month++) {
    const id = sortableId(Date.UTC(2010, month, 1), Buffer.from(String(month).padStart(10, '0')))
    await audit.commit({ writes: [], events: [event('session.started', { id, actor, data: {} })] })
  }
}
