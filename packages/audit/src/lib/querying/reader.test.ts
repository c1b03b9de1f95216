import { createMemoryStore } from '@sallyport/store'
import { describe, expect, test } from 'vitest'
import { withAudit, withBench } from '../../../test/bench.ts'
import { faultyStore } from '../../../test/faulty-store.ts'
import { deny } from '../../../test/people.ts'
import { event } from '../events/event.ts'
import type { LedgerEvent } from '../events/types.ts'
import { HEAD_KEY } from '../signing/tree-store.ts'

const AUDITOR = { user: 'auditor', context: { requestId: 'request-9' } } as const
const DENIED = { type: 'access.denied' } as const
const input: unknown = expect.objectContaining({ code: 'ERR_AUDIT_INPUT' })
const readingOf = (events: readonly LedgerEvent[]): readonly LedgerEvent[] =>
  events.filter(({ type }) => type.startsWith('audit.'))

describe('a reader', () => {
  test('opens what its policy says, and is on record with who looked, at whom, and what was opened', async () => {
    await withBench(async ({ open, events, keyring }) => {
      const audit = await open()
      await deny(audit, 'alice', '203.0.113.7')
      const plain = await audit.reader({ by: AUDITOR }).query({ user: 'alice' })
      const named = await audit.reader({ by: AUDITOR, reveal: ['identity.*'] }).query({ user: 'alice' })

      expect([plain.events.map(({ revealed }) => revealed), named.events.map(({ revealed }) => revealed)]).toEqual([
        [undefined],
        [{ 'identity.name': 'Name of alice' }],
      ])
      const common = {
        actor: { id: await keyring.pseudonym('audit.actor', 'auditor') },
        subject: { id: await keyring.pseudonym('audit.actor', 'alice') },
        request: { id: 'request-9' },
        outcome: 'success',
      }
      expect(readingOf(await events())).toMatchObject([
        { ...common, type: 'audit.viewed', data: { what: 'query', events: 1, revealed: [] } },
        { ...common, type: 'audit.viewed', data: { what: 'query', events: 1, revealed: ['identity.name'] } },
      ])
    })
  })

  test('is on record with whom it looked at by pseudonym, by address or in an envelope, and that person gets to know', async () => {
    await withBench(async ({ open, events, keyring }) => {
      const audit = await open()
      await deny(audit, 'alice', '203.0.113.7')
      await deny(audit, 'bob', '203.0.113.8')
      const actor = await keyring.pseudonym('audit.actor', 'alice')
      await audit.reader({ by: AUDITOR }).query({ actor, since: 1 })
      await audit.reader({ by: AUDITOR }).query({ actor: 'Alice Smith' })
      await audit.reader({ by: AUDITOR }).query({ address: '203.0.113.7' })
      await audit.reader({ by: AUDITOR, reveal: ['ip'] }).query(DENIED)
      await audit.reader({ by: AUDITOR }).query(DENIED)

      const bob = await keyring.pseudonym('audit.actor', 'bob')
      const viewed = readingOf(await events())
      expect(viewed.map(({ data }) => [data['filters'], data['subjects']])).toEqual([
        [['actor', 'since'], [actor]],
        [['actor'], undefined],
        [['address'], [actor]],
        [['type'], [bob, actor]],
        [['type'], undefined],
      ])
      const copy: string[] = []
      for await (const { id } of audit.exportSubject('alice', { by: AUDITOR })) copy.push(id)
      expect(viewed.map(({ id }) => copy.includes(id))).toEqual([true, false, true, true, false])
    })
  })

  test('gives pages as a query does', async () => {
    await withAudit(async ({ audit }) => {
      for (let turn = 0; turn < 5; turn++) await deny(audit, `person-${turn}`)
      const reader = audit.reader({ by: AUDITOR })
      const first = await reader.query(DENIED, { limit: 3 })
      const second = await reader.query(DENIED, { limit: 3, before: first.next })

      expect([first.events.length, second.events.length, second.next]).toEqual([3, 2, undefined])
      expect([...first.events, ...second.events]).toEqual((await audit.query(DENIED)).events)
    })
  })

  test('counts, and tells a story, on record', async () => {
    await withAudit(async ({ audit, events, keyring }) => {
      const alice = await keyring.pseudonym('audit.actor', 'alice')
      const one = { flow: 'flow-1', actor: { user: 'alice', identity: { name: 'Alice' } }, data: {} }
      await audit.commit({ writes: [], events: [event('session.started', one)] })
      const reader = audit.reader({ by: AUDITOR, reveal: 'everything' })
      const counted = await reader.count({ type: 'session.started' }, ['type'])
      const story = await reader.story('flow-1')
      const none = await reader.story('flow-2')

      expect([counted.total, none]).toEqual([1, undefined])
      expect(story?.events[0]?.revealed).toEqual({ 'identity.name': 'Alice' })
      expect(readingOf(await events()).map(({ data }) => data)).toEqual([
        { what: 'count', events: 1, filters: ['type'], revealed: [] },
        { what: 'story', events: 1, filters: ['flow'], revealed: ['identity.name'], subjects: [alice] },
        { what: 'story', events: 0, filters: ['flow'], revealed: [] },
      ])
    })
  })

  test('shows nothing that cannot be recorded', async () => {
    const store = faultyStore(createMemoryStore())
    await withBench(
      async ({ open }) => {
        const audit = await open()
        await deny(audit, 'alice')
        const reader = audit.reader({ by: AUDITOR, reveal: 'everything' })
        store.fail(() => 'reject')
        const away: unknown = expect.objectContaining({ code: 'ERR_STORE_UNAVAILABLE' })

        await expect(reader.query({})).rejects.toEqual(away)
        await expect(reader.count({})).rejects.toEqual(away)
        await expect(reader.story('flow-1')).rejects.toEqual(away)
        await expect(reader.export({}, 'csv')[Symbol.asyncIterator]().next()).rejects.toEqual(away)
        await expect(audit.verify({ by: AUDITOR })).rejects.toEqual(away)
        store.fail(() => undefined)
      },
      { store },
    )
  })

  test('shows nothing after the ledger was closed', async () => {
    await withAudit(async ({ audit }) => {
      const reader = audit.reader({ by: AUDITOR })
      await audit.close()

      await expect(reader.query({})).rejects.toMatchObject({ code: 'ERR_AUDIT_CLOSED' })
      await expect(audit.verify()).rejects.toMatchObject({ code: 'ERR_AUDIT_CLOSED' })
    })
  })

  test('gives a file everything that matches, each page on record before it is given, and the whole when it ends', async () => {
    await withAudit(async ({ audit, events }) => {
      for (let turn = 0; turn < 1_050; turn += 50) {
        const one = { actor: { user: 'alice' }, data: { requirement: 'r' } }
        await audit.commit({ writes: [], events: Array.from({ length: 50 }, () => event('access.denied', one)) })
      }
      const given: LedgerEvent[] = []
      const seen: number[] = []
      for await (const one of audit.reader({ by: AUDITOR }).export(DENIED, 'csv')) {
        if (given.push(one) % 1_000 === 1) seen.push(readingOf(await events()).length)
      }

      expect(given.map(({ index }) => index)).toEqual(given.map(({ index }) => index).toSorted((a, b) => b - a))
      expect([given.length, ...seen]).toEqual([1_050, 1, 2])
      expect(readingOf(await events()).map(({ type, data }) => [type, data['events'], data['format']])).toEqual([
        ['audit.viewed', 1_000, undefined],
        ['audit.viewed', 50, undefined],
        ['audit.exported', 1_050, 'csv'],
      ])
    })
  })

  test('says how far a file came that nobody read to its end', async () => {
    await withAudit(async ({ audit, events }) => {
      for (let turn = 0; turn < 5; turn++) await deny(audit, 'alice')
      for await (const { index } of audit.reader({ by: AUDITOR, reveal: 'everything' }).export(DENIED, 'ndjson')) {
        if (index > 0) break
      }

      expect(readingOf(await events()).at(-1)).toMatchObject({
        type: 'audit.exported',
        data: { format: 'ndjson', events: 1, revealed: ['identity.name'] },
      })
    })
  })

  test('is refused without a name, with a policy that is none, and with a format that is none', async () => {
    await withAudit(async ({ audit, store }) => {
      const size = await store.size()

      expect(() => audit.reader({ by: { user: '' } })).toThrow(input)
      expect(() => audit.reader(JSON.parse('{ "by": {} }'))).toThrow(input)
      expect(() => audit.reader(JSON.parse('{}'))).toThrow(input)
      expect(() => audit.reader({ by: AUDITOR, reveal: ['names'] })).toThrow(input)
      expect(() => audit.reader({ by: AUDITOR }).export({}, 'a b')).toThrow(input)
      await expect(audit.reader({ by: AUDITOR }).query({}, { limit: 0 })).rejects.toEqual(input)
      expect(await store.size()).toBe(size)
    })
  })

  test('is on record whatever an identity provider called its fields', async () => {
    await withAudit(async ({ audit, events }) => {
      const identity = Object.fromEntries(Array.from({ length: 80 }, (_, at) => [`claim-${at}`, 'x']))
      const actor = { user: 'alice', identity: { ...identity, ['y'.repeat(500)]: 'x' } }
      await audit.commit({ writes: [], events: [event('session.started', { actor, data: {} })] })
      await audit.reader({ by: AUDITOR, reveal: 'everything' }).query({ user: 'alice' })

      expect(readingOf(await events()).at(-1)?.data['revealed']).toEqual(['identity.*'])
    })
  })
})

describe('verify', () => {
  test('judges the ledger under its own keys, and records the verdict before it gives it', async () => {
    await withAudit(async ({ audit, events, keyring }) => {
      await deny(audit, 'alice')
      await audit.settle()
      const verification = await audit.verify({ by: AUDITOR })
      const quick = await audit.verify({ quick: true })

      expect(verification).toMatchObject({ verdict: 'good', problems: [], lifecycle: { open: 0 } })
      expect([quick.verdict, quick.lifecycle]).toEqual(['good', undefined])
      const [one, two] = readingOf(await events())
      expect([one, two]).toMatchObject([
        { type: 'audit.verified', outcome: 'success', data: { verdict: 'good', size: verification.size, problems: 0 } },
        { type: 'audit.verified', outcome: 'success' },
      ])
      expect([one?.actor?.id, two?.actor]).toEqual([await keyring.pseudonym('audit.actor', 'auditor'), undefined])
    })
  })

  test('records a bad verdict, too', async () => {
    await withAudit(async ({ audit, store, events }) => {
      await audit.settle()
      const [head] = await store.get([HEAD_KEY])
      if (head === undefined) throw new Error('there is no head')
      await store.commit({ id: 'alter', writes: [{ op: 'remove', key: head.key, expect: head.version }], entries: [] })
      const { verdict } = await audit.verify({ by: AUDITOR })

      expect(verdict).not.toBe('good')
      expect(readingOf(await events()).at(-1)).toMatchObject({ outcome: 'failure', data: { verdict } })
    })
  })
})
