import { rotateKey, openKeyring } from '@sallyport/keyring'
import { createMemoryStore, sortableId, type Write } from '@sallyport/store'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { withAudit, withBench } from '../../../test/bench.ts'
import { faultyStore } from '../../../test/faulty-store.ts'
import { deny, keysOf, OFFICER, readable } from '../../../test/people.ts'
import { event } from '../events/event.ts'
import type { LedgerEvent } from '../events/types.ts'
import type { Erased } from './privacy-contract.ts'

const DAY_MS = 86_400_000
const typesOf = (events: readonly LedgerEvent[]): readonly string[] =>
  events.map(({ type }) => type).filter((type) => type.startsWith('privacy.'))

describe('eraseSubject', () => {
  test('C-13 destroys every key of the person and no other, and the ledger stays good', async () => {
    let now = Date.UTC(2027, 0, 31)
    await withBench(
      async ({ open, subjects, events, verify }) => {
        const audit = await open()
        await deny(audit, 'alice')
        await audit.commit({ writes: [], events: [event('session.started', { actor: ALICE, data: {} })] })
        now += 2 * DAY_MS
        await deny(audit, 'alice')
        await deny(audit, 'bob')
        expect(await keysOf(subjects)).toHaveLength(4)
        const erased = await audit.eraseSubject('alice', OFFICER)

        expect(erased).toMatchObject({ ok: true, keys: 3 })
        expect(await keysOf(subjects)).toHaveLength(1)
        expect(await readable(audit, await events())).toEqual(['Name of bob'])
        await audit.close()
        expect(await verify()).toMatchObject({ verdict: 'good', problems: [] })
      },
      { clock: () => now },
    )
  })

  test('says before and after what is done, by whom and of whom, and when the backups are clean', async () => {
    await withBench(
      async ({ open, events, keyring }) => {
        const audit = await open({ subjectBackupDays: 30 })
        await deny(audit, 'alice')
        const erased = await audit.eraseSubject('alice', { by: { user: 'officer', context: { requestId: 'r-1' } } })

        const [officer, alice] = [
          await keyring.pseudonym('audit.actor', 'officer'),
          await keyring.pseudonym('audit.actor', 'alice'),
        ]
        const common = { actor: { id: officer }, subject: { id: alice }, request: { id: 'r-1' } }
        const backupsCleanAt = START + 30 * DAY_MS
        expect((await events()).slice(-2)).toMatchObject([
          { ...common, type: 'privacy.erasure.requested', data: {} },
          { ...common, type: 'privacy.subject.erased', data: { keys: 1, backupsCleanAt } },
        ])
        expect(erased).toEqual({ ok: true, keys: 1, backupsCleanAt, eventId: (await events()).at(-1)?.id })
      },
      { clock: () => START },
    )
  })

  test('says nothing of backups that it knows nothing of, and finds nobody where nothing was sealed', async () => {
    await withAudit(async ({ audit }) => {
      expect(await audit.eraseSubject('nobody', OFFICER)).toEqual({ ok: true, keys: 0, eventId: expect.any(String) })
    })
  })

  test.each([-1, 3_651, 1.5])('refuses backups that are kept for %j days', async (subjectBackupDays) => {
    await withBench(async ({ open }) => {
      await expect(open({ subjectBackupDays })).rejects.toMatchObject({ code: 'ERR_AUDIT_INPUT' })
    })
  })

  test('finds the keys of older pseudonyms', async () => {
    await withBench(async ({ folder, open, subjects, events }) => {
      const old = await open()
      await deny(old, 'alice')
      await rotateKey(join(folder, 'keys.json'), 'pseudonym')
      const audit = await open({ keyring: await openKeyring(join(folder, 'keys.json')) })
      await audit.commit({ writes: [], events: [event('session.started', { actor: ALICE, data: {} })] })

      expect(new Set((await keysOf(subjects)).map(([person]) => person)).size).toBe(2)
      expect(await audit.eraseSubject('alice', OFFICER)).toMatchObject({ ok: true, keys: 2 })
      expect(await readable(audit, await events())).toEqual([])
    })
  })

  test('lets the person come back at once, under a key that the receipt says nothing of', async () => {
    await withAudit(async ({ audit, events }) => {
      const started = { actor: ALICE, lineage: 'lineage-1', data: { requirement: 'r' } } as const
      await audit.emit('access.denied', started)
      await audit.eraseSubject('alice', OFFICER)
      await audit.emit('access.denied', started)

      expect(await readable(audit, await events())).toEqual(['Alice'])
      expect(await audit.eraseSubject('alice', OFFICER)).toMatchObject({ keys: 1 })
      expect(await readable(audit, await events())).toEqual([])
    })
  })

  test('50 times at once on two instances, among events: counts every key once, and the last word is true', async () => {
    await withBench(async ({ open, subjects: store, events, verify }) => {
      let made = 0
      const commit: typeof store.commit = async (commit) => {
        const committed = await store.commit(commit)
        if (committed.ok && commit.writes.some((write) => isNewKey(write))) made += 1
        return committed
      }
      const subjects = { ...store, commit }
      const [one, two] = [await open({ subjects }), await open({ subjects })]
      for (let month = 0; month < 40; month++) await sealAt(one, month)
      const before = await events()
      const erasing = Array.from({ length: 50 }, async (_, turn) =>
        (turn % 2 === 0 ? one : two).eraseSubject('alice', OFFICER),
      )
      const acting = Array.from({ length: 50 }, async (_, turn) => deny(turn % 2 === 0 ? one : two, 'alice'))
      const erased = await Promise.all(erasing)
      await Promise.all(acting)

      expect(await readable(one, before)).toEqual([])
      const recorded = (await events()).filter(({ type }) => type === 'privacy.subject.erased')
      const ids = new Set(erased.map((result) => (result.ok ? result.eventId : '')))
      expect(new Set(recorded.map(({ id }) => id))).toEqual(ids)
      const counted = recorded.map(({ data }) => Number(data['keys'])).reduce((sum, keys) => sum + keys, 0)
      expect(made).toBeGreaterThanOrEqual(40)
      expect(counted + (await keysOf(subjects)).length).toBe(made)
      await Promise.all([one.close(), two.close()])
      expect(await verify()).toMatchObject({ verdict: 'good', problems: [] })
    })
  })

  test.each(['', 'x'.repeat(4_097), '\ud800'])('refuses the person %j', async (user) => {
    await withAudit(async ({ audit, store }) => {
      const size = await store.size()

      await expect(audit.eraseSubject(user, OFFICER)).rejects.toMatchObject({ code: 'ERR_AUDIT_INPUT' })
      expect(await store.size()).toBe(size)
    })
  })

  test('destroys nothing that it cannot record', async () => {
    const store = faultyStore(createMemoryStore())
    await withBench(
      async ({ open, subjects }) => {
        const audit = await open()
        await deny(audit, 'alice')
        store.fail(({ entries }) => (entries[0]?.tags.type === 'privacy.erasure.requested' ? 'reject' : undefined))

        await expect(audit.eraseSubject('alice', OFFICER)).rejects.toMatchObject({ code: 'ERR_STORE_UNAVAILABLE' })
        expect(await keysOf(subjects)).toHaveLength(1)
      },
      { store },
    )
  })
})

describe('an erasure that was interrupted', () => {
  test('before the first key is completed by whoever opens the ledger next, under a newer pseudonym key, too', async () => {
    await withBench(async ({ folder, open, subjects, store, events, verify }) => {
      let isAway = true
      const moody: typeof subjects = {
        ...subjects,
        commit: async (one) => (isAway ? Promise.reject(new Error('away')) : subjects.commit(one)),
      }
      isAway = false
      const audit = await open({ subjects: moody })
      await deny(audit, 'alice')
      isAway = true
      await expect(audit.eraseSubject('alice', OFFICER)).rejects.toThrow('away')
      await audit.close()
      expect(JSON.stringify(await store.list(['erasure'], { limit: 10 }))).not.toContain('alice')
      await rotateKey(join(folder, 'keys.json'), 'pseudonym')
      const next = await open({ keyring: await openKeyring(join(folder, 'keys.json')) })

      await vi.waitFor(async () => expect(typesOf(await events())).toContain('privacy.subject.erased'), WAIT)
      expect(await keysOf(subjects)).toEqual([])
      expect(await store.list(['erasure'], { limit: 10 })).toEqual([])
      expect(
        (await next.query({ type: 'privacy.subject.erased', subject: 'alice', user: 'officer' })).events,
      ).toMatchObject([{ data: { keys: 1 } }])
      await next.close()
      expect(await verify()).toMatchObject({ verdict: 'good' })
    })
  })

  test('between the last key and the last word says the right number', async () => {
    const store = faultyStore(createMemoryStore())
    await withBench(
      async ({ open, events }) => {
        const audit = await open()
        await deny(audit, 'alice')
        store.fail(({ entries }) => (entries[0]?.tags.type === 'privacy.subject.erased' ? 'reject' : undefined))
        await expect(audit.eraseSubject('alice', OFFICER)).rejects.toMatchObject({ code: 'ERR_STORE_UNAVAILABLE' })
        store.fail(() => undefined)
        const erased: Erased = await audit.eraseSubject('alice', OFFICER)

        expect(erased).toMatchObject({ ok: true, keys: 1 })
        expect(typesOf(await events())).toEqual(['privacy.erasure.requested', 'privacy.subject.erased'])
      },
      { store },
    )
  })

  test('waits for the release of a hold that was placed in between', async () => {
    const store = faultyStore(createMemoryStore())
    await withBench(
      async ({ open, subjects, events }) => {
        let isAway = false
        const moody: typeof subjects = {
          ...subjects,
          commit: async (one) => (isAway ? Promise.reject(new Error('away')) : subjects.commit(one)),
        }
        const audit = await open({ subjects: moody })
        await deny(audit, 'alice')
        isAway = true
        await expect(audit.eraseSubject('alice', OFFICER)).rejects.toThrow('away')
        isAway = false
        await audit.placeHold({ name: 'case-1', reference: 'C1', user: 'alice' }, OFFICER)
        const next = await open()
        const held = await next.eraseSubject('alice', OFFICER)
        const during = await keysOf(subjects)
        await next.releaseHold('case-1', OFFICER)

        expect([held, during.length]).toEqual([{ ok: false, code: 'held', hold: 'case-1', waits: true }, 1])
        expect(await next.eraseSubject('alice', OFFICER)).toMatchObject({ ok: true, keys: 1 })
        expect(typesOf(await events()).filter((type) => type === 'privacy.erasure.requested')).toHaveLength(1)
      },
      { store },
    )
  })
})

const START = 1_800_000_000_000
const WAIT = { timeout: 10_000 }
const ALICE = { user: 'alice', identity: { name: 'Alice' } } as const

function isNewKey(write: Write): boolean {
  return write.op === 'put' && write.key[0] === 'subject' && write.expect === null
}

async function sealAt(audit: Parameters<typeof deny>[0], month: number): Promise<void> {
  const id = sortableId(Date.UTC(2020, month, 1), Buffer.from(String(month).padStart(10, '0')))
  await audit.commit({ writes: [], events: [event('session.started', { id, actor: ALICE, data: {} })] })
}
