import { createMemoryStore, sortableId, type Store } from '@sallyport/store'
import { openKeyring, rotateKey } from '@sallyport/keyring'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { withBench } from '../../../test/bench.ts'
import { faultyStore } from '../../../test/faulty-store.ts'
import { expiryOf, NOVEMBER, withMonths } from '../../../test/months.ts'
import { deny, keysOf, liveUntil, OFFICER } from '../../../test/people.ts'
import type { Audit } from '../audit-contract.ts'
import { event } from '../events/event.ts'
import type { LedgerEvent } from '../events/types.ts'
import { systemRandomBytes } from '../system.ts'

const DAY_MS = 86_400_000
const expiredIn = (events: readonly LedgerEvent[]): readonly unknown[] =>
  events.filter(({ type }) => type === 'privacy.keys.expired').map(({ data }) => data)

describe('the keys of a month whose time is over', () => {
  test('C-12 v5.0.0-14.2.4 are destroyed by class, on record, by the policy of today; no other is', async () => {
    await withMonths(async ({ open, subjects, events, verify, at, expire }) => {
      const audit = await open()
      await signIn(audit, 'alice')
      await deny(audit, 'alice')
      await deny(audit, 'bob')
      at(NOVEMBER + 20 * DAY_MS)
      await deny(audit, 'alice')
      expect(await keysOf(subjects)).toHaveLength(4)
      const next = await open({ retention: { personalDays: { access: 30 } } })

      at(Date.UTC(2026, 11, 31) - 1)
      await expire(next, { subjects })
      expect(expiredIn(await events())).toEqual([])
      at(Date.UTC(2026, 11, 31))
      await expire(next, { subjects })
      expect(expiredIn(await events())).toEqual([{ class: 'access', month: '2026-11', keys: 2 }])
      expect((await keysOf(subjects)).map(([, ...scope]) => scope.join(' ')).toSorted()).toEqual([
        'access 2026-12',
        'authentication 2026-11',
      ])
      await expire(next, { subjects })
      expect(expiredIn(await events())).toHaveLength(1)
      await Promise.all([audit.close(), next.close()])
      expect(await verify()).toMatchObject({ verdict: 'good', problems: [] })
    })
  })

  test('are destroyed by an instance that opens the ledger, without being told', async () => {
    await withMonths(async ({ open, subjects, events, at }) => {
      const audit = await open()
      await deny(audit, 'alice')
      at(NOVEMBER + 50 * DAY_MS)
      await liveUntil(audit, NOVEMBER + 50 * DAY_MS)
      await open({ retention: { personalDays: { access: 1 } } })

      await vi.waitFor(async () => expect(await keysOf(subjects)).toEqual([]), { timeout: 10_000 })
      expect(expiredIn(await events())).toHaveLength(1)
    })
  })

  test('of those whom nobody knew are those of its days', async () => {
    await withMonths(async ({ open, subjects, events, at, expire }) => {
      const audit = await open()
      const context = { requestId: 'r', net: { ip: '203.0.113.7', hops: 1 } }
      for (const day of [0, 1]) {
        at(NOVEMBER + day * DAY_MS)
        await audit.commit({ writes: [], events: [event('access.denied', { context, data: { requirement: 'r' } })] })
      }
      expect(await keysOf(subjects)).toHaveLength(2)
      at(NOVEMBER + 50 * DAY_MS)
      await expire(audit, { subjects })

      expect(expiredIn(await events())).toEqual([{ class: 'access', month: '2026-11', keys: 2 }])
      expect(await keysOf(subjects)).toEqual([])
    })
  })

  test('stay where a hold covers the person, under a newer pseudonym, too, until it is released', async () => {
    await withMonths(async ({ folder, open, subjects, events, at, expire, isDue }) => {
      const old = await open()
      await old.placeHold({ name: 'case', reference: 'r', user: 'alice' }, OFFICER)
      await rotateKey(join(folder, 'keys.json'), 'pseudonym')
      const keyring = await openKeyring(join(folder, 'keys.json'))
      const audit = await open({ keyring })
      await deny(audit, 'alice')
      await deny(audit, 'bob')
      at(NOVEMBER + 50 * DAY_MS)
      await expire(audit, { subjects, keyring })
      expect(await keysOf(subjects)).toHaveLength(1)
      expect(await isDue(audit, { subjects, keyring })).toBe(false)
      await audit.releaseHold('case', OFFICER)
      expect(await isDue(audit, { subjects, keyring })).toBe(true)
      await expire(audit, { subjects, keyring })

      expect(await keysOf(subjects)).toEqual([])
      const one = { class: 'access', month: '2026-11', keys: 1 }
      expect(expiredIn(await events())).toEqual([one, one])
    })
  })

  test('all stay where a hold covers everything', async () => {
    await withMonths(async ({ open, subjects, events, at, expire, isDue }) => {
      const audit = await open()
      await deny(audit, 'alice')
      await audit.placeHold({ name: 'case', reference: 'r' }, OFFICER)
      at(NOVEMBER + 50 * DAY_MS)
      await expire(audit, { subjects })

      expect([await isDue(audit, { subjects }), expiredIn(await events())]).toEqual([false, []])
      expect(await keysOf(subjects)).toHaveLength(1)
    })
  })

  test('are all destroyed and counted, however many they are', async () => {
    await withMonths(async ({ open, subjects, events, at, expire }) => {
      const audit = await open()
      const people = Array.from({ length: 250 }, (_, turn) => `person-${turn}`)
      await Promise.all(people.map(async (user) => deny(audit, user)))
      at(NOVEMBER + 50 * DAY_MS)
      await Promise.all([expire(audit, { subjects }), expire(audit, { subjects })])
      await expire(audit, { subjects })

      expect(await keysOf(subjects)).toEqual([])
      expect(expiredIn(await events())).toEqual([{ class: 'access', month: '2026-11', keys: 250 }])
      expect(await subjects.list(['key-month'], { limit: 10 })).toEqual([])
    })
  })

  test('are left as they are from when a hold comes, which is told that it came late', async () => {
    await withMonths(async ({ open, subjects, at, expire }) => {
      const audit = await open()
      const people = Array.from({ length: 250 }, (_, turn) => `person-${turn}`)
      await Promise.all(people.map(async (user) => deny(audit, user)))
      at(NOVEMBER + 50 * DAY_MS)
      const placed: unknown[] = []
      const racing: Store = {
        ...subjects,
        commit: async (one) => {
          const committed = await subjects.commit(one)
          if (placed.length === 0 && one.writes.filter(({ op }) => op === 'remove').length > 1)
            placed.push(await audit.placeHold({ name: 'case', reference: 'r' }, OFFICER))
          return committed
        },
      }
      await expire(audit, { subjects: racing })

      expect(placed).toEqual([{ ok: false, code: 'under_way' }])
      expect(await keysOf(subjects)).toHaveLength(150)
      await audit.releaseHold('case', OFFICER)
      await expire(audit, { subjects })
      expect(await keysOf(subjects)).toEqual([])
      expect(await audit.placeHold({ name: 'case', reference: 'r' }, OFFICER)).toEqual({ ok: true })
    })
  })

  test('all stay while the key ring lacks the pseudonym key of a hold', async () => {
    await withMonths(async ({ folder, open, subjects, at, expire }) => {
      const old = await open()
      await deny(old, 'bob')
      await rotateKey(join(folder, 'keys.json'), 'pseudonym')
      const fresh = await open({ keyring: await openKeyring(join(folder, 'keys.json')) })
      await deny(fresh, 'alice')
      await fresh.placeHold({ name: 'case', reference: 'r', user: 'alice' }, OFFICER)
      at(NOVEMBER + 50 * DAY_MS)
      await expire(old, { subjects })

      expect(await keysOf(subjects)).toHaveLength(2)
    })
  })

  test('of names under unknown pseudonym keys stay beside a hold on a person', async () => {
    await withMonths(async ({ folder, open, subjects, at, expire }) => {
      const old = await open()
      await deny(old, 'bob')
      await old.placeHold({ name: 'case', reference: 'r', user: 'alice' }, OFFICER)
      await rotateKey(join(folder, 'keys.json'), 'pseudonym')
      const fresh = await open({ keyring: await openKeyring(join(folder, 'keys.json')) })
      await deny(fresh, 'alice')
      at(NOVEMBER + 50 * DAY_MS)
      await expire(old, { subjects })

      expect(await keysOf(subjects)).toHaveLength(1)
    })
  })

  test('are not destroyed by a clock that nobody can believe', async () => {
    await withMonths(async ({ open, subjects, events, at, expire, isDue }) => {
      const audit = await open()
      await deny(audit, 'alice')
      at(NOVEMBER + 5 * 365 * DAY_MS)
      const isClockSound = async (): Promise<boolean> => false
      await expire(audit, { subjects, isClockSound })

      expect(await isDue(audit, { subjects, isClockSound })).toBe(false)
      expect([(await keysOf(subjects)).length, expiredIn(await events())]).toEqual([1, []])
    })
  })

  test('are destroyed by the next run after an interruption, and said once, although the policy is gone', async () => {
    await withMonths(async ({ open, subjects, events, at, store, expire }) => {
      const audit = await open()
      await deny(audit, 'alice')
      at(NOVEMBER + 50 * DAY_MS)
      const broken: Store = {
        ...subjects,
        commit: async (one) =>
          one.writes.some(({ op }) => op === 'remove') ? Promise.reject(new Error('away')) : subjects.commit(one),
      }
      await expect(expire(audit, { subjects: broken })).rejects.toThrow('away')
      expect([(await keysOf(subjects)).length, expiredIn(await events()).length]).toEqual([1, 1])
      await expire(audit, { subjects, personalDays: undefined })

      expect([await keysOf(subjects), expiredIn(await events()).length]).toEqual([[], 1])
      expect(await store.list(['expiry'], { limit: 10 })).toEqual([])
    })
  })

  test('are not destroyed unrecorded', async () => {
    const store = faultyStore(createMemoryStore({ clock: () => NOVEMBER + 50 * DAY_MS }))
    await withBench(
      async (bench) => {
        const audit = await bench.open()
        await seal(audit, NOVEMBER)
        store.fail(({ entries }) => (entries[0]?.tags.type === 'privacy.keys.expired' ? 'reject' : undefined))

        await expect(expiryOf(bench, audit, {}).run()).rejects.toMatchObject({ code: 'ERR_STORE_UNAVAILABLE' })
        expect(await keysOf(bench.subjects)).toHaveLength(1)
      },
      { store, clock: () => NOVEMBER + 50 * DAY_MS },
    )
  })

  test('include one that is made while the month ends, at the latest in the next run', async () => {
    await withMonths(async ({ open, subjects, events, at, expire }) => {
      const audit = await open()
      await deny(audit, 'alice')
      at(NOVEMBER + 50 * DAY_MS)
      let isFirst = true
      const late: Store = {
        ...subjects,
        commit: async (one) => {
          const isRemoval = one.writes.some(
            ({ op, ...write }) => op === 'remove' && 'key' in write && write.key[0] === 'subject',
          )
          const committed = await subjects.commit(one)
          if (isRemoval && isFirst) {
            isFirst = false
            await seal(audit, NOVEMBER)
          }
          return committed
        },
      }
      await expire(audit, { subjects: late })
      expect(await keysOf(subjects)).toHaveLength(1)
      await expire(audit, { subjects })

      expect(await keysOf(subjects)).toEqual([])
      expect(expiredIn(await events())).toHaveLength(2)
    })
  })
})

async function signIn(audit: Audit, user: string): Promise<void> {
  const actor = { user, identity: { name: user } }
  await audit.commit({ writes: [], events: [event('session.started', { actor, data: {} })] })
}

/** Records something of another time, as whoever names an event beforehand may. */
async function seal(audit: Audit, at: number): Promise<void> {
  const id = sortableId(at, systemRandomBytes(10))
  const actor = { user: 'carol', identity: { name: 'Carol' } }
  await audit.commit({ writes: [], events: [event('access.denied', { id, actor, data: { requirement: 'r' } })] })
}
