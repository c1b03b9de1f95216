import { createMemoryStore, type Commit } from '@sallyport/store'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { OPENED, withAudit, withBench, type Bench } from '../../../test/bench.ts'
import { faultyStore, type Fault, type FaultyStore } from '../../../test/faulty-store.ts'
import { event } from '../events/event.ts'
import type { LedgerEvent, PendingEvent } from '../events/types.ts'

const code = (value: string): unknown => expect.objectContaining({ code: value })
const ACTOR = { user: 'user-1' }
const DENIED = { actor: ACTOR, data: { requirement: 'transfer' } } as const
const STARTED = { data: { issuer: 'https://idp.example' } } as const

describe('emit', () => {
  test('refuses a barrier event, which belongs into the commit of its change', async () => {
    await withAudit(async ({ audit, events }) => {
      await expect(audit.emit('session.started', { actor: ACTOR, data: {} })).rejects.toEqual(code('ERR_AUDIT_BARRIER'))
      expect(namesOf(await events())).toEqual([...OPENED])
    })
  })

  test('has a durable event in the log when it resolves', async () => {
    await withAudit(async ({ audit, events }) => {
      await audit.emit('access.denied', DENIED)

      expect(namesOf(await events())).toEqual([...OPENED, 'access.denied'])
    })
  })

  test('does not wait for a counted event, which is in the log once all is settled', async () => {
    await withFaultyStore(async ({ open, store, events }) => {
      const audit = await open()
      store.fail(() => 'hang')
      await audit.emit('oidc.login.started', STARTED)
      store.fail(() => undefined)
      store.release()
      await audit.settle()

      expect(namesOf(await events())).toEqual([...OPENED, 'oidc.login.started'])
    })
  })

  test('refuses an event whose name is not in the registry', async () => {
    await withAudit(async ({ audit }) => {
      const unknown: PendingEvent = JSON.parse('{ "type": "access.granted", "input": { "data": {} } }')

      await expect(audit.commit({ writes: [], events: [unknown] })).rejects.toEqual(code('ERR_AUDIT_INPUT'))
    })
  })

  test('refuses after close', async () => {
    await withAudit(async ({ audit }) => {
      await audit.close()

      await expect(audit.emit('access.denied', DENIED)).rejects.toEqual(code('ERR_AUDIT_CLOSED'))
    })
  })
})

describe('emit with a store in trouble', () => {
  test('lets the action go on when the budget is spent, and records the exact number of delays', async () => {
    await withFaultyStore(async ({ open, store, events }) => {
      const audit = await open({ durableBudgetMs: 1 })
      store.fail(() => 'hang')
      await Promise.all(Array.from({ length: 7 }, async () => audit.emit('access.allowed', DENIED)))
      store.fail(() => undefined)
      store.release()
      await audit.settle()

      expect(gapsOf(await events())).toEqual([{ lost: {}, delayed: { 'access.allowed': 7 } }])
      expect(namesOf(await events()).filter((name) => name === 'access.allowed')).toHaveLength(7)
    })
  })

  test('resolves when the store refuses, and records the exact losses when the store is back', async () => {
    await withFaultyStore(async ({ open, store, events, verify }) => {
      const audit = await open()
      store.fail(() => 'reject')
      await audit.emit('access.denied', DENIED)
      await audit.emit('access.denied', DENIED)
      await audit.emit('oidc.login.started', STARTED)
      await audit.settle()
      store.fail(() => undefined)
      await audit.settle()

      expect(gapsOf(await events())).toEqual([{ lost: { 'access.denied': 2, 'oidc.login.started': 1 }, delayed: {} }])
      expect(await verify()).toMatchObject({ verdict: 'good' })
    })
  })

  test('counts exactly what the queue of counted events has no room for', async () => {
    await withFaultyStore(async ({ open, store, events }) => {
      const audit = await open({ queueLimit: 10 })
      store.fail(() => 'hang')
      await audit.emit('oidc.login.started', STARTED) // is under way
      for (let turn = 0; turn < 25; turn++) await audit.emit('oidc.login.started', STARTED)
      store.fail(() => undefined)
      store.release()
      await audit.settle()

      expect(gapsOf(await events())).toEqual([{ lost: { 'oidc.login.started': 15 }, delayed: {} }])
      expect(namesOf(await events()).filter((name) => name === 'oidc.login.started')).toHaveLength(11)
    })
  })

  test('does not gather durable events without end while the store neither takes nor refuses them', async () => {
    await withFaultyStore(async ({ open, store, events }) => {
      const audit = await open({ queueLimit: 3, durableBudgetMs: 1 })
      store.fail(() => 'hang')
      for (let turn = 0; turn < 8; turn++) await audit.emit('access.allowed', DENIED)
      store.fail(() => undefined)
      store.release()
      await audit.settle()

      expect(gapsOf(await events())).toEqual([{ lost: { 'access.allowed': 5 }, delayed: { 'access.allowed': 3 } }])
    })
  })

  test('loses of a batch only the event that cannot be written', async () => {
    await withFaultyStore(async ({ open, store, events, verify }) => {
      const audit = await open()
      store.fail(() => 'hang')
      await audit.emit('oidc.login.started', STARTED)
      await audit.emit('oidc.login.started', STARTED)
      await audit.emit('oidc.login.started', { data: { issuer: 'x'.repeat(20_000) } })
      await audit.emit('oidc.login.started', STARTED)
      store.fail(() => undefined)
      store.release()
      await audit.settle()

      expect(gapsOf(await events())).toEqual([{ lost: { 'oidc.login.started': 1 }, delayed: {} }])
      expect(namesOf(await events()).filter((name) => name === 'oidc.login.started')).toHaveLength(3)
      expect(await verify()).toMatchObject({ verdict: 'good' })
    })
  })

  test('never loses an event silently: recorded and lost are exactly what was emitted, whatever the store does', async () => {
    const faults = fc.array(
      fc.constantFrom<(Fault | undefined)[]>(undefined, 'reject', 'lose_answer_before', 'lose_answer_after'),
      { maxLength: 40 },
    )
    await fc.assert(
      fc.asyncProperty(faults, fc.array(fc.boolean(), { maxLength: 40 }), async (planned, durable) => {
        await withFaultyStore(async ({ open, store, events, verify }) => {
          const audit = await open({ queueLimit: 8 })
          failFirstTries(store, planned)
          await Promise.all(
            durable.map(async (isDurable) =>
              isDurable ? audit.emit('access.denied', DENIED) : audit.emit('oidc.login.started', STARTED),
            ),
          )
          await audit.settle()
          store.fail(() => undefined)
          await audit.close()

          expect(accountedIn(await events())).toBe(durable.length)
          expect(await verify()).toMatchObject({ verdict: 'good', problems: [] })
        })
      }),
      { numRuns: 60 },
    )
  })

  test('counts an event as lost when nobody can say whether it is on disk, rather than not at all', async () => {
    await withFaultyStore(async ({ open, store, events, verify }) => {
      const audit = await open()
      store.fail(() => 'lose_answer_after')
      await audit.emit('access.denied', DENIED)
      store.fail(() => undefined)
      await audit.close()

      expect([recordedIn(await events()), lostIn(await events())]).toEqual([1, 1])
      expect(await verify()).toMatchObject({ verdict: 'good', problems: [] })
    })
  })
})

describe('commit', () => {
  test('v5.0.0-2.3.3 writes the change and its events together', async () => {
    await withAudit(async ({ audit, store, events }) => {
      const committed = await audit.commit({ writes: [putNew('a')], events: [event('session.started', { data: {} })] })

      expect(committed).toMatchObject({ ok: true, firstIndex: 2 })
      expect(await store.get([['a']])).toMatchObject([{ value: 'new' }])
      expect(namesOf(await events())).toEqual([...OPENED, 'session.started'])
    })
  })

  test('leaves neither change nor event when another was first', async () => {
    await withAudit(async ({ audit, store, events }) => {
      await audit.commit({ writes: [putNew('a')], events: [] })
      const refused = await audit.commit({
        writes: [putNew('b'), putNew('a')],
        events: [event('session.started', { data: {} })],
      })

      expect(refused).toMatchObject({ ok: false, code: 'conflict', key: ['a'] })
      expect(await store.get([['b']])).toEqual([undefined])
      expect(namesOf(await events())).toEqual([...OPENED])
    })
  })

  test('names the numbers of refused events in a later one, so that none looks lost', async () => {
    await withAudit(async ({ audit, events, verify }) => {
      await audit.commit({ writes: [putNew('a')], events: [] })
      const started = event('session.started', { data: {} })
      await audit.commit({ writes: [putNew('a')], events: [started, started] })
      await audit.emit('access.denied', DENIED)
      await audit.settle()

      expect((await events()).at(-1)?.writer).toMatchObject({ seq: 5, void: [3, 4] })
      expect(await verify()).toMatchObject({ verdict: 'good', problems: [] })
    })
  })

  test('C-15 rejects when the store cannot write, so that the caller refuses the action', async () => {
    await withFaultyStore(async ({ open, store }) => {
      const audit = await open()
      store.fail(() => 'reject')
      const work = audit.commit({ writes: [putNew('a')], events: [event('session.started', { data: {} })] })

      await expect(work).rejects.toEqual(code('ERR_STORE_UNAVAILABLE'))
      expect(await store.get([['a']])).toEqual([undefined])
      store.fail(() => undefined)
    })
  })

  test('asks again under the same id when the answer was lost, and never doubles what was written', async () => {
    await withFaultyStore(async ({ open, store, events, verify }) => {
      const audit = await open()
      const ids = failInTurn(store, ['lose_answer_after', 'lose_answer_before'])
      const committed = await audit.commit({ writes: [putNew('a')], events: [event('session.started', { data: {} })] })
      await audit.settle()

      expect(committed).toMatchObject({ ok: true, firstIndex: 2 })
      expect([ids.length, new Set(ids).size]).toEqual([3, 1])
      expect(namesOf(await events())).toEqual([...OPENED, 'session.started'])
      expect(await verify()).toMatchObject({ verdict: 'good', problems: [] })
    })
  })

  test('says that the outcome is unknown when it stays so, and a number that is on disk after all is no problem', async () => {
    await withFaultyStore(async ({ open, store, verify }) => {
      const audit = await open()
      store.fail(() => 'lose_answer_after')
      const work = audit.commit({ writes: [], events: [event('session.started', { data: {} })] })

      await expect(work).rejects.toEqual(code('ERR_STORE_OUTCOME_UNKNOWN'))
      store.fail(() => undefined)
      await audit.close()
      expect(await verify()).toMatchObject({ verdict: 'good', problems: [] })
    })
  })

  test('answers a repeated commit id as the first time, and no number looks lost', async () => {
    await withAudit(async ({ audit, events, verify }) => {
      const commit = { id: 'chosen', writes: [putNew('a')], events: [event('session.started', { data: {} })] }
      const first = await audit.commit(commit)
      const second = await audit.commit(commit)
      await audit.close()

      expect(second).toEqual(first)
      expect(namesOf(await events())).toEqual([...OPENED, 'session.started', 'ledger.heartbeat', 'ledger.closed'])
      expect(await verify()).toMatchObject({ verdict: 'good', problems: [] })
    })
  })

  test('lets one of 50 parallel commits through that want the same, with one event', async () => {
    await withAudit(async ({ audit, events, verify }) => {
      const consumed = event('step_up.grant.consumed', { data: { action: 'transfer', digest: 'd' } })
      const tries = await Promise.all(
        Array.from({ length: 50 }, async () => audit.commit({ writes: [putNew('grant')], events: [consumed] })),
      )
      await audit.close()

      expect(tries.filter(({ ok }) => ok)).toHaveLength(1)
      expect(namesOf(await events()).filter((name) => name === 'step_up.grant.consumed')).toHaveLength(1)
      expect(await verify()).toMatchObject({ verdict: 'good', problems: [] })
    })
  })

  test('refuses an event above 16,384 bytes, leaves nothing of its commit and goes on counting', async () => {
    await withAudit(async ({ audit, store, events, verify }) => {
      const small = event('session.started', { data: {} })
      const large = event('oidc.login.failed', { data: { issuer: 'x'.repeat(16_384), code: 'ERR' } })
      const work = audit.commit({ writes: [putNew('a')], events: [small, large] })

      await expect(work).rejects.toEqual(code('ERR_AUDIT_TOO_LARGE'))
      expect(await store.get([['a']])).toEqual([undefined])
      await audit.close()
      expect(namesOf(await events())).toEqual([...OPENED, 'ledger.heartbeat', 'ledger.closed'])
      expect(await verify()).toMatchObject({ verdict: 'good', problems: [] })
    })
  })

  test('takes an event of exactly 16,384 bytes, and refuses one byte more', async () => {
    await withAudit(async ({ audit, store }) => {
      const sized = (length: number): PendingEvent =>
        event('oidc.login.failed', { data: { issuer: 'x'.repeat(length), code: 'ERR' } })
      await audit.commit({ writes: [], events: [sized(1)] })
      const [probe] = await store.read(OPENED.length, 1)
      const room = 16_384 - (probe?.bytes.length ?? 0) + 1

      await expect(audit.commit({ writes: [], events: [sized(room)] })).resolves.toMatchObject({ ok: true })
      await expect(audit.commit({ writes: [], events: [sized(room + 1)] })).rejects.toEqual(code('ERR_AUDIT_TOO_LARGE'))
      expect((await store.read(OPENED.length + 1, 1))[0]?.bytes).toHaveLength(16_384)
    })
  })
})

describe('close', () => {
  test('has everything on disk that was emitted before, signed, with the closing as its last word', async () => {
    await withAudit(async ({ audit, events, verify }) => {
      for (let turn = 0; turn < 200; turn++) await audit.emit('oidc.login.started', STARTED)
      await audit.close()

      const names = namesOf(await events())
      expect(names.filter((name) => name === 'oidc.login.started')).toHaveLength(200)
      expect(names.at(-1)).toBe('ledger.closed')
      expect(await verify()).toMatchObject({ verdict: 'good', size: 203, signedSize: 203 })
    })
  })

  test('waits for commits that are under way', async () => {
    await withFaultyStore(async ({ open, store, events }) => {
      const audit = await open()
      store.fail(() => 'hang')
      const commit = audit.commit({ writes: [], events: [event('session.started', { data: {} })] })
      const closed = audit.close()
      store.fail(() => undefined)
      setTimeout(() => store.release(), 20)
      await Promise.all([commit, closed])

      expect(namesOf(await events())).toEqual([...OPENED, 'session.started', 'ledger.closed'])
    })
  })

  test('may be called again', async () => {
    await withAudit(async ({ audit, events }) => {
      await Promise.all([audit.close(), audit.close()])

      expect(namesOf(await events())).toEqual([...OPENED, 'ledger.closed'])
    })
  })
})

async function withFaultyStore(use: (bench: Bench & { readonly store: FaultyStore }) => Promise<void>): Promise<void> {
  const store = faultyStore(createMemoryStore())
  await withBench(async (bench) => use({ ...bench, store }), { store })
}

/** Lets the next commits of entries fail as planned, one after the other; gives the ids that were tried. */
function failInTurn(store: FaultyStore, planned: readonly (Fault | undefined)[]): readonly string[] {
  const ids: string[] = []
  const left = [...planned]
  store.fail((commit: Commit) => {
    ids.push(commit.id)
    return left.shift()
  })
  return ids
}

/** Lets the first try of each commit fail as planned, one commit after the other. */
function failFirstTries(store: FaultyStore, planned: readonly (Fault | undefined)[]): void {
  const seen = new Set<string>()
  const left = [...planned]
  store.fail(({ id }) => {
    if (seen.has(id)) return undefined
    seen.add(id)
    return left.shift()
  })
}

function putNew(name: string): { op: 'put'; key: readonly [string]; value: 'new'; expect: null } {
  return { op: 'put', key: [name], value: 'new', expect: null }
}

function namesOf(events: readonly LedgerEvent[]): readonly string[] {
  return events.map(({ type }) => type)
}

function gapsOf(events: readonly LedgerEvent[]): readonly unknown[] {
  return events.filter(({ type }) => type === 'ledger.gap_recorded').map(({ data }) => data)
}

function recordedIn(events: readonly LedgerEvent[]): number {
  return events.filter(({ type }) => ['access.denied', 'oidc.login.started'].includes(type)).length
}

/** What is on disk, was counted, or was lost. */
function accountedIn(events: readonly LedgerEvent[]): number {
  const coalesced = events.filter(({ type }) => type === 'ledger.failures_coalesced')
  return recordedIn(events) + lostIn(events) + coalesced.reduce((sum, { data }) => sum + Number(data['count']), 0)
}

function lostIn(events: readonly LedgerEvent[]): number {
  return events
    .filter(({ type }) => type === 'ledger.gap_recorded')
    .flatMap(({ data }) => Object.values(Object(data['lost'])))
    .reduce<number>((sum, count) => sum + Number(count), 0)
}
