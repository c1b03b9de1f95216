import type { Store } from '@sallyport/store'
import { openKeyring, rotateKey } from '@sallyport/keyring'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { OPENED, verify, withAudit, withBench } from '../../../test/bench.ts'
import { tamper } from '../../../test/ledger.ts'
import type { Audit } from '../audit-contract.ts'
import { event } from './event.ts'
import { queryLedger } from '../querying/query.ts'
import type { EventInput, LedgerEvent } from './types.ts'

const CONTEXT = {
  requestId: 'request-1',
  net: { ip: '203.0.113.77', hops: 1 },
  target: { route: '/users/:id/reset', method: 'POST' },
} as const
const BY_ADMIN = { actor: { user: 'admin-1' }, subject: 'alice', lineage: 'lineage-1', context: CONTEXT } as const
const SEALED = { note: 'canary: lost her phone in Graz' } as const

describe('an event that was done to somebody', () => {
  test('names them by the pseudonym that they have as actor', async () => {
    await withAudit(async ({ audit, events }) => {
      await reset(audit)
      await audit.emit('access.denied', { actor: { user: 'alice' }, data: { requirement: 'r' } })
      const [done, own] = (await events()).slice(OPENED.length)

      expect(done?.subject).toEqual({ id: own?.actor?.id })
      expect(done?.actor?.id).not.toBe(own?.actor?.id)
    })
  })

  test('is found by them across rotations of the pseudonym key, and what they did themselves is not', async () => {
    await withBench(async ({ folder, open, verify }) => {
      const before = await open()
      await reset(before)
      await reset(before, { subject: 'bob' })
      await before.emit('access.denied', { actor: { user: 'alice' }, data: { requirement: 'r' } })
      await rotateKey(join(folder, 'keys.json'), 'pseudonym')
      const after = await open({ keyring: await openKeyring(join(folder, 'keys.json')) })
      await reset(after)
      const { events } = await after.query({ subject: 'alice' })

      expect(events.map(({ type }) => type)).toEqual(['authenticator.reset', 'authenticator.reset'])
      expect(new Set(events.map(({ subject }) => subject?.id)).size).toBe(2)
      await after.settle()
      expect(await verify()).toMatchObject({ verdict: 'good', problems: [] })
    })
  })

  test('is found by who did it and to whom together', async () => {
    await withAudit(async ({ audit }) => {
      await reset(audit)
      await reset(audit, { actor: { user: 'admin-2' } })

      expect((await audit.query({ user: 'admin-2', subject: 'alice' })).events).toHaveLength(1)
    })
  })

  test('is not looked for without the key ring', async () => {
    await withAudit(async ({ store }) => {
      const input: unknown = expect.objectContaining({ code: 'ERR_AUDIT_INPUT' })

      await expect(queryLedger({ store }, { subject: 'alice' })).rejects.toEqual(input)
    })
  })
})

describe('the tag of whom it was done to', () => {
  test('LOG-08 is compared with the entry, so that nobody can hide it from a search', async () => {
    await withAudit(async ({ audit, store, keyring }) => {
      await reset(audit)
      await audit.settle()
      const hidden = await tamper(store, {
        entries: (entries) =>
          entries.map((entry) =>
            entry.index === OPENED.length ? { ...entry, tags: { ...entry.tags, target: '/else' } } : entry,
          ),
      })

      expect(await verify(hidden, keyring)).toMatchObject({ verdict: 'corrupt', problems: [{ index: OPENED.length }] })
    })
  })
})

describe('what an event seals of its own', () => {
  test('stands nowhere in clear, and neither does the person', async () => {
    await withAudit(async ({ audit, store, subjects }) => {
      await reset(audit, { sealed: SEALED, subject: 'canary-user-4711' })
      const written = [...(await dump(store)), ...(await dump(subjects))].join('\n')
      const canaries = [SEALED.note, 'canary-user-4711', 'detail.note'].map((text) => Buffer.from(text))
      const spellings = canaries.flatMap((bytes) => [
        bytes.toString(),
        bytes.toString('hex'),
        bytes.toString('base64url'),
      ])

      expect(spellings.filter((spelling) => written.includes(spelling))).toEqual([])
    })
  })

  test('is never left out because an earlier event of the lineage sealed the same', async () => {
    await withAudit(async ({ audit }) => {
      const common = {
        actor: { user: 'alice' },
        lineage: 'lineage-1',
        sealed: { proof: 'p' },
        context: CONTEXT,
      } as const
      await commit(audit, event('challenge.verified', { ...common, data: { factor: 'webauthn' } }))
      await commit(audit, event('challenge.verified', { ...common, data: { factor: 'webauthn' } }))
      const { events } = await audit.query({ type: 'challenge.verified' })

      expect(await Promise.all(events.map((each) => audit.reveal(each)))).toEqual([
        { 'detail.proof': 'p' },
        { 'detail.proof': 'p', ip: CONTEXT.net.ip },
      ])
    })
  })

  test('C-13 is erased with whom it was done to, and the ledger stays good', async () => {
    await withAudit(async ({ audit, subjects, verify }) => {
      await reset(audit, { sealed: SEALED })
      const done = await lastOf(audit)
      expect(await audit.reveal(done)).toEqual({ 'detail.note': SEALED.note })
      await erase(subjects, done)

      expect(await audit.reveal(done)).toBeUndefined()
      await audit.settle()
      expect(await verify()).toMatchObject({ verdict: 'good', problems: [] })
    })
  })

  test('C-13 outlives who did it, of whom the envelope of another person holds nothing', async () => {
    await withAudit(async ({ audit, subjects }) => {
      const admin = { user: 'admin-1', identity: { name: 'Ann Admin' } }
      await reset(audit, { sealed: SEALED, actor: admin })
      await audit.emit('access.denied', { ...BY_ADMIN, actor: admin, subject: undefined, data: { requirement: 'r' } })
      const [own, done] = (await audit.query({}, { limit: 2 })).events
      if (own === undefined || done === undefined) throw new Error('nothing was recorded')
      expect(await audit.reveal(own)).toEqual({ 'identity.name': 'Ann Admin', ip: CONTEXT.net.ip })
      await erase(subjects, own)

      expect(await audit.reveal(own)).toBeUndefined()
      expect(await audit.reveal(done)).toEqual({ 'detail.note': SEALED.note })
    })
  })

  test('comes with the address of who did it when it is about nobody else', async () => {
    await withAudit(async ({ audit }) => {
      const self = { ...BY_ADMIN, subject: 'admin-1', sealed: SEALED }
      await commit(audit, event('authenticator.reset', { ...self, data: { removed: 1 } }))

      expect(await audit.reveal(await lastOf(audit))).toEqual({ 'detail.note': SEALED.note, ip: CONTEXT.net.ip })
    })
  })

  test('of an event that seals nothing of its own, the envelope is that of who did it', async () => {
    await withAudit(async ({ audit, subjects }) => {
      await reset(audit)
      expect(await audit.reveal(await lastOf(audit))).toEqual({ ip: CONTEXT.net.ip })
      await commit(audit, event('session.started', { actor: { user: 'admin-1' }, context: CONTEXT, data: {} }))

      expect(await subjects.list(['subject'], { limit: 10 })).toHaveLength(1)
    })
  })
})

async function reset(audit: Audit, more: Partial<EventInput<'authenticator.reset'>> = {}): Promise<void> {
  await commit(audit, event('authenticator.reset', { ...BY_ADMIN, data: { removed: 1 }, ...more }))
}

async function commit(audit: Audit, pending: ReturnType<typeof event>): Promise<void> {
  const { ok } = await audit.commit({ writes: [], events: [pending] })
  expect(ok).toBe(true)
}

async function lastOf(audit: Audit): Promise<LedgerEvent> {
  const [last] = (await audit.query({}, { limit: 1 })).events
  if (last === undefined) throw new Error('the log is empty')
  return last
}

/** Destroys the key under which an event's envelope is. */
async function erase(subjects: Store, { sealed }: LedgerEvent): Promise<void> {
  const key = ['subject', ...(sealed?.subject.split('~')[0] ?? '').split('/')]
  const [found] = await subjects.get([key])
  if (found === undefined) throw new Error('there is no key')
  await subjects.commit({ id: 'erase', writes: [{ op: 'remove', key, expect: found.version }], entries: [] })
}

/** Everything that a store holds, as text. */
async function dump(store: Store): Promise<readonly string[]> {
  const records = await store.list([], { limit: 1_000 })
  const entries = await store.read(0, 4_096)
  return [
    ...records.map((record) => JSON.stringify(record)),
    ...entries.map(({ bytes, tags }) => Buffer.from(bytes).toString() + JSON.stringify(tags)),
  ]
}
