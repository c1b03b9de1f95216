import { spawnSync } from 'node:child_process'
import { createMemoryStore, type Json, type Store } from '@sallyport/store'
import { describe, expect, test, vi } from 'vitest'
import { OPENED, withBench } from '../../../test/bench.ts'
import { faultyStore } from '../../../test/faulty-store.ts'
import { BEAT_MS, testProcess, type TestProcess } from '../../../test/process.ts'
import { BOOT_PREFIX, bootKey, thisPlace } from './boot-record.ts'
import { event } from '../events/event.ts'
import { parseEntry } from '../events/parse-entry.ts'
import { createContentJudge } from '../verifying/verdict-content.ts'
import { createProblemList } from '../verifying/verdict.ts'
import type { LedgerEvent } from '../events/types.ts'

const START = 1_800_000_000_000
const STARTED = event('oidc.login.started', { data: { issuer: 'https://idp.example' } })

const clocksAt = (ms: number): object => ({
  monotonicMs: ms,
  wallMs: 1_800_000_000_000 + ms,
  offsets: { database: 0 },
})

describe('a heartbeat', () => {
  test('says what waits, what is under way, what the clocks say, and how far all is on disk', async () => {
    const store = faultyStore(createMemoryStore())
    const { writer, heartbeat, open } = testProcess({ store })
    await open()
    await heartbeat.beat(undefined)
    store.fail(({ entries }) => (entries[0]?.tags.type === 'oidc.login.started' ? 'hang' : undefined))
    for (let turn = 0; turn < 5; turn++) await writer.emit(STARTED)
    await vi.waitFor(() => expect(writer.state.queued).toBe(4))
    await heartbeat.beat(undefined)
    store.fail(() => undefined)
    store.release()
    await writer.drain()
    await heartbeat.beat(undefined)

    const beats = (await eventsOf(store)).filter(({ type }) => type === 'ledger.heartbeat')
    expect(beats.map(({ data }) => data)).toEqual([
      { queued: 0, pending: 0, ...clocksAt(1_000), settled: 1 },
      { queued: 4, pending: 1, ...clocksAt(2_000), settled: 2 },
      { queued: 0, pending: 0, ...clocksAt(3_000), settled: 8 },
    ])
    expect(await problemsOf(store)).toEqual([])
  })

  test('names the checkpoint that its process has signed, each one once', async () => {
    const store = createMemoryStore()
    const { heartbeat, open } = testProcess({ store })
    await open()
    for (const size of [3, 3, 7]) await heartbeat.beat({ size, root: `root-${size}`, signed: true })

    const signed = (await eventsOf(store)).filter(({ type }) => type === 'ledger.checkpoint_signed')
    expect(signed.map(({ data }) => data)).toEqual([
      { size: 3, root: 'root-3' },
      { size: 7, root: 'root-7' },
    ])
  })

  test('names a checkpoint again when the first time was refused', async () => {
    const store = faultyStore(createMemoryStore())
    const { heartbeat, open } = testProcess({ store })
    await open()
    store.fail(() => 'reject')
    await heartbeat.beat({ size: 3, root: 'root-3', signed: true }).catch(() => undefined)
    store.fail(() => undefined)
    await heartbeat.beat({ size: 3, root: 'root-3', signed: true })

    expect((await eventsOf(store)).at(-1)).toMatchObject({ type: 'ledger.checkpoint_signed', data: { size: 3 } })
    expect(await problemsOf(store)).toEqual([])
  })

  test('names the numbers of a refused commit soon, though nothing else happens', async () => {
    await withBench(async ({ open, events, verify }) => {
      const audit = await open({ pollMs: 10 })
      const refused = { op: 'remove', key: ['absent'], expect: 'never' } as const
      const started = event('session.started', { data: {} })
      await audit.commit({ writes: [refused], events: [started, started] })

      const stamps = async (): Promise<readonly unknown[]> =>
        (await events()).filter(({ type }) => type === 'ledger.heartbeat').map(({ writer }) => writer)
      await vi.waitFor(async () => expect(await stamps()).not.toEqual([]), { timeout: 10_000 })
      expect(await stamps()).toMatchObject([{ seq: 5, void: [3, 4] }])
      expect(await verify()).toMatchObject({ verdict: 'good', problems: [], writers: { unsettled: 0 } })
    })
  })

  test('comes by itself, and says again and again that the process lives', async () => {
    await withBench(async ({ open, events, store }) => {
      await open({ heartbeatMs: 1_000, pollMs: 10 })
      const [before] = await store.list(BOOT_PREFIX, { limit: 10 })
      await vi.waitFor(
        async () =>
          expect((await events()).filter(({ type }) => type === 'ledger.heartbeat').length).toBeGreaterThan(1),
        { timeout: 20_000 },
      )

      const [after] = await store.list(BOOT_PREFIX, { limit: 10 })
      expect(after?.expiresAt).toBeGreaterThan(before?.expiresAt ?? Infinity)
      expect((await events()).map(({ type }) => type).slice(0, 4)).toEqual([
        ...OPENED,
        'ledger.heartbeat',
        'ledger.checkpoint_signed',
      ])
    })
  })

  test('goes on after somebody took the process for silent, which stays written', async () => {
    const { store, advance } = storeWithClock()
    const [paused, other] = [testProcess({ store, place: 'there' }), testProcess({ store })]
    await paused.open()
    await other.open()
    advance(4 * BEAT_MS)
    await other.heartbeat.recordSilent()
    await paused.heartbeat.beat(undefined)

    expect(silentIn(await eventsOf(store))).toEqual([paused.boot])
    expect(await bootsOf(store)).toEqual([paused.boot, other.boot].toSorted())
    expect((await eventsOf(store)).at(-1)).toMatchObject({ type: 'ledger.heartbeat', writer: { boot: paused.boot } })
    expect(await problemsOf(store)).toEqual([])
  })
})

describe('the record of a process', () => {
  test('comes with the opening of the ledger and goes with its closing', async () => {
    await withBench(async ({ open, store, events }) => {
      const audit = await open({ writer: 'web-1' })
      const [record, ...others] = await store.list(BOOT_PREFIX, { limit: 10 })
      const [opened] = await events()
      expect(others).toEqual([])
      expect(record).toMatchObject({
        key: bootKey(opened?.writer.boot ?? ''),
        value: { writer: 'web-1', place: thisPlace(), pid: process.pid },
      })
      await audit.close()

      expect(await store.list(BOOT_PREFIX, { limit: 10 })).toEqual([])
      expect((await events()).at(-1)).toMatchObject({ type: 'ledger.closed', data: { settled: 2 } })
    })
  })

  test('goes although somebody else has changed it, and the closing is recorded all the same', async () => {
    const store = createMemoryStore()
    const { boot, heartbeat, open } = testProcess({ store })
    await open()
    await put(store, boot, { altered: true })
    await heartbeat.close(event('ledger.closed', { data: { origin: 'o', settled: 1 } }))

    expect((await eventsOf(store)).map(({ type }) => type)).toEqual(['ledger.opened', 'ledger.closed'])
    expect(await problemsOf(store)).toEqual([])
  })
})

describe('a process that ends without closing the ledger', () => {
  test('is recorded once, although 50 others find it at the same time', async () => {
    const store = createMemoryStore({ clock: () => START })
    const dead = testProcess({ store, pid: deadPid(), writer: 'web-7' })
    await dead.open()
    const others = Array.from({ length: 50 }, () => testProcess({ store }))
    await Promise.all(others.map((other) => other.open()))
    await Promise.all(others.map((other) => other.heartbeat.recordSilent()))

    const gaps = (await eventsOf(store)).filter(({ type }) => type === 'ledger.gap_recorded')
    expect(gaps.map(({ data }) => data)).toEqual([
      { lost: {}, delayed: {}, silent: { boot: dead.boot, writer: 'web-7', since: '2027-01-15T08:00:00.000Z' } },
    ])
    expect(await bootsOf(store)).toEqual(others.map(({ boot }) => boot).toSorted())
    await Promise.all(others.map((other) => other.heartbeat.beat(undefined)))
    expect(await problemsOf(store)).toEqual([])
  })

  test('is recorded together with the end of its record, or not at all', async () => {
    const store = faultyStore(createMemoryStore())
    const [dead, other] = [testProcess({ store, pid: deadPid() }), testProcess({ store })]
    await dead.open()
    await other.open()
    store.fail(() => 'reject')
    await other.heartbeat.recordSilent().catch(() => undefined)
    expect(await bootsOf(store)).toContain(dead.boot)
    store.fail(() => undefined)
    await other.heartbeat.recordSilent()

    expect(silentIn(await eventsOf(store))).toEqual([dead.boot])
  })

  test('is found behind hundreds of others that live', async () => {
    const store = createMemoryStore()
    const others = Array.from({ length: 230 }, () => testProcess({ store }))
    for (const other of others) await other.open()
    const dead = testProcess({ store, pid: deadPid() })
    await dead.open()
    await others[0]?.heartbeat.recordSilent()

    expect(silentIn(await eventsOf(store))).toEqual([dead.boot])
  })

  test('and of which only its own place could know that, is recorded after four missing heartbeats, not before', async () => {
    const { store, advance } = storeWithClock()
    const [away, here] = [testProcess({ store, place: 'there', pid: deadPid() }), testProcess({ store })]
    await away.open()
    await here.open()
    advance(4 * BEAT_MS - 1)
    await here.heartbeat.beat(undefined)
    await here.heartbeat.recordSilent()
    const early = silentIn(await eventsOf(store))
    advance(1)
    await here.heartbeat.recordSilent()
    await here.heartbeat.recordSilent()

    expect(early).toEqual([])
    expect(silentIn(await eventsOf(store))).toEqual([away.boot])
  })
})

describe('a process that lives', () => {
  test('is never accused while it beats, wherever it runs', async () => {
    const { store, advance } = storeWithClock()
    const all = ['here', 'here', 'there'].map((place) => testProcess({ store, place }))
    for (const one of all) await one.open()
    for (let turn = 0; turn < 30; turn++) {
      advance(BEAT_MS)
      for (const one of all) await one.heartbeat.beat(undefined)
      await Promise.all(all.map((one) => one.heartbeat.recordSilent()))
    }

    expect(silentIn(await eventsOf(store))).toEqual([])
  })

  test('is recorded as silent when its heartbeats fail to come, though it is there', async () => {
    const { store, advance } = storeWithClock()
    const [stuck, other] = [testProcess({ store }), testProcess({ store })]
    await stuck.open()
    await other.open()
    advance(4 * BEAT_MS)
    await other.heartbeat.beat(undefined)
    await other.heartbeat.recordSilent()

    expect(silentIn(await eventsOf(store))).toEqual([stuck.boot])
  })

  test('does not accuse itself', async () => {
    const { store, advance } = storeWithClock()
    const alone = testProcess({ store, pid: deadPid() })
    await alone.open()
    advance(9 * BEAT_MS)
    await alone.heartbeat.recordSilent()

    expect(silentIn(await eventsOf(store))).toEqual([])
  })

  test('goes on though somebody has altered the record of another: what cannot be read is unknown', async () => {
    const store = createMemoryStore({ clock: () => START })
    const here = testProcess({ store })
    await here.open()
    const values: readonly Json[] = [
      null,
      'text',
      [],
      { writer: 7, place: 'here', pid: 'x', at: 'y' },
      { writer: 'w', place: 'here', pid: -1, at: 0 },
      { writer: 'w', place: 'here', pid: deadPid(), at: 9e15 },
      { writer: 'w'.repeat(20_000), place: 'here', pid: deadPid(), at: 0 },
    ]
    for (const [place, value] of values.entries()) await put(store, `altered-${place}`, value)
    await here.heartbeat.recordSilent()

    const gaps = (await eventsOf(store)).flatMap(({ data }) => (data['silent'] === undefined ? [] : [data['silent']]))
    expect(gaps).toEqual([
      { boot: 'altered-5', writer: 'w', since: '1970-01-01T00:00:00.000Z' },
      { boot: 'altered-6', writer: '', since: '1970-01-01T00:00:00.000Z' },
    ])
  })
})

/** The number of a process that has ended. */
function deadPid(): number {
  return spawnSync(process.execPath, ['--version']).pid
}

function storeWithClock(): { readonly store: Store; readonly advance: (ms: number) => void } {
  let now = START
  return { store: createMemoryStore({ clock: () => now }), advance: (ms) => void (now += ms) }
}

async function put(store: Store, boot: string, value: Json): Promise<void> {
  const [found] = await store.get([bootKey(boot)])
  const write = { op: 'put', key: bootKey(boot), value, expect: found?.version ?? null } as const
  await store.commit({ id: `put-${boot}`, writes: [write], entries: [] })
}

async function eventsOf(store: Store): Promise<readonly LedgerEvent[]> {
  return (await store.read(0, 4_096)).map(parseEntry)
}

async function bootsOf(store: Store): Promise<readonly TestProcess['boot'][]> {
  return (await store.list(BOOT_PREFIX, { limit: 1_000 })).map(({ key }) => key.at(-1) ?? '')
}

function silentIn(events: readonly LedgerEvent[]): readonly unknown[] {
  return events.flatMap(({ data: { silent } }) =>
    typeof silent === 'object' && silent !== null && 'boot' in silent ? [silent.boot] : [],
  )
}

async function problemsOf(store: Store): Promise<readonly unknown[]> {
  const problems = createProblemList()
  const judge = createContentJudge(problems)
  for (const entry of await store.read(0, 4_096)) judge.take(entry)
  judge.end()
  return problems.result().problems
}
