import { openKeyring, rotateKey } from '@sallyport/keyring'
import { createMemoryStore } from '@sallyport/store'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { withAudit, withBench } from '../../../test/bench.ts'
import { faultyStore } from '../../../test/faulty-store.ts'
import { deny, OFFICER } from '../../../test/people.ts'
import { event } from '../events/event.ts'
import type { LedgerEvent } from '../events/types.ts'

describe('exportSubject', () => {
  test('gives what a person did and what was done to them, oldest first, across pseudonyms, and nobody else’s secrets', async () => {
    await withBench(async ({ folder, open, events }) => {
      const old = await open()
      await deny(old, 'alice')
      await deny(old, 'bob')
      await rotateKey(join(folder, 'keys.json'), 'pseudonym')
      const audit = await open({ keyring: await openKeyring(join(folder, 'keys.json')) })
      await reset(audit, { actor: 'admin', subject: 'alice', note: 'lost her key' })
      await reset(audit, { actor: 'alice', subject: 'bob', note: 'bob asked' })
      await deny(audit, 'alice')
      const size = (await events()).length
      const given = await all(audit.exportSubject('alice', OFFICER))

      expect(given.map(({ type, revealed }) => [type, revealed])).toEqual([
        ['access.denied', { 'identity.name': 'Name of alice' }],
        ['authenticator.reset', { 'detail.note': 'lost her key' }],
        ['authenticator.reset', undefined],
        ['access.denied', { 'identity.name': 'Name of alice' }],
      ])
      expect(given.map(({ index }) => index)).toEqual(given.map(({ index }) => index).toSorted((a, b) => a - b))
      expect(given[2]).not.toHaveProperty('sealed')
      expect((await events()).slice(size)).toMatchObject([{ type: 'privacy.subject.exported', data: {} }])
    })
  })

  test('gives each event once, also where the person did it to themselves, however many there are', async () => {
    await withAudit(async ({ audit }) => {
      for (let turn = 0; turn < 1_100; turn += 50) {
        const one = { actor: { user: 'alice' }, subject: turn % 100 === 0 ? 'alice' : undefined, data: { removed: 1 } }
        await audit.commit({ writes: [], events: Array.from({ length: 50 }, () => event('authenticator.reset', one)) })
      }
      const given = await all(audit.exportSubject('alice', OFFICER))

      expect(given).toHaveLength(1_100)
      expect(given.every(({ index }, at) => at === 0 || index > (given[at - 1]?.index ?? 0))).toBe(true)
    })
  })

  test('is on record before the first event is given, and gives nothing when it cannot be', async () => {
    const store = faultyStore(createMemoryStore())
    await withBench(
      async ({ open, events, keyring }) => {
        const audit = await open()
        await deny(audit, 'alice')
        const iterator = audit.exportSubject('alice', OFFICER)[Symbol.asyncIterator]()
        await iterator.next()
        expect((await events()).at(-1)).toMatchObject({
          type: 'privacy.subject.exported',
          actor: { id: await keyring.pseudonym('audit.actor', 'officer') },
          subject: { id: await keyring.pseudonym('audit.actor', 'alice') },
        })
        store.fail(() => 'reject')

        await expect(all(audit.exportSubject('alice', OFFICER))).rejects.toMatchObject({
          code: 'ERR_STORE_UNAVAILABLE',
        })
      },
      { store },
    )
  })

  test('gives what is left after an erasure', async () => {
    await withAudit(async ({ audit }) => {
      await deny(audit, 'alice')
      await audit.eraseSubject('alice', OFFICER)

      expect((await all(audit.exportSubject('alice', OFFICER))).map(({ type, revealed }) => [type, revealed])).toEqual([
        ['access.denied', undefined],
        ['privacy.erasure.requested', undefined],
        ['privacy.subject.erased', undefined],
      ])
    })
  })
})

async function all(events: AsyncIterable<LedgerEvent>): Promise<readonly LedgerEvent[]> {
  const given: LedgerEvent[] = []
  for await (const one of events) given.push(one)
  return given
}

async function reset(
  audit: Parameters<typeof deny>[0],
  { actor, subject, note }: { readonly actor: string; readonly subject: string; readonly note: string },
): Promise<void> {
  const input = { actor: { user: actor }, subject, sealed: { note }, data: { removed: 1 } }
  await audit.commit({ writes: [], events: [event('authenticator.reset', input)] })
}
