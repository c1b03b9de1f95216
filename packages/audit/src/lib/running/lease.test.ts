import { randomBytes } from 'node:crypto'
import { createMemoryStore, type Store } from '@sallyport/store'
import { describe, expect, test, vi } from 'vitest'
import { withAudit, withBench } from '../../../test/bench.ts'
import { Lease } from './lease.ts'

const code = (value: string): unknown => expect.objectContaining({ code: value })
const START = 1_800_000_000_000

describe('Lease', () => {
  test('is held by one of 50 instances that want it at once', async () => {
    const store = createMemoryStore()
    const held = await Promise.all(Array.from({ length: 50 }, async (_, turn) => leaseOf(store, `h${turn}`).hold()))

    expect(held.filter(Boolean)).toHaveLength(1)
  })

  test('stays with its holder, and is renewed', async () => {
    const { store, advance } = storeWithClock()
    const [one, two] = [leaseOf(store, 'one'), leaseOf(store, 'two')]
    await one.hold()
    advance(4_000)
    expect(await one.hold()).toBe(true)
    advance(4_000)

    expect(await two.hold()).toBe(false)
    expect(await one.hold()).toBe(true)
  })

  test('goes to another once it has lapsed, and the old holder notices', async () => {
    const { store, advance } = storeWithClock()
    const [one, two] = [leaseOf(store, 'one'), leaseOf(store, 'two')]
    await one.hold()
    advance(5_000)

    expect(await two.hold()).toBe(true)
    expect(await one.hold()).toBe(false)
  })

  test('refuses the commit of a holder who has lost it', async () => {
    const { store, advance } = storeWithClock()
    const [one, two] = [leaseOf(store, 'one'), leaseOf(store, 'two')]
    await one.hold()
    const check = one.check()
    advance(5_000)
    await two.hold()

    expect(await store.commit({ id: 'late', writes: [check], entries: [] })).toMatchObject({ ok: false })
  })

  test('is free at once when it is given back', async () => {
    const store = createMemoryStore()
    const [one, two] = [leaseOf(store, 'one'), leaseOf(store, 'two')]
    await one.hold()
    await one.release()

    expect(await two.hold()).toBe(true)
  })

  test('takes nothing from another when one gives back what it has lost', async () => {
    const { store, advance } = storeWithClock()
    const [one, two] = [leaseOf(store, 'one'), leaseOf(store, 'two')]
    await one.hold()
    advance(5_000)
    await two.hold()
    await one.release()

    expect(await leaseOf(store, 'three').hold()).toBe(false)
  })

  test('that was left behind by a clock which was set back is taken at once, by one of 50', async () => {
    const { store, advance } = storeWithClock()
    await leaseOf(store, 'crashed').hold()
    advance(-86_400_000)
    const held = await Promise.all(Array.from({ length: 50 }, async (_, turn) => leaseOf(store, `h${turn}`).hold()))

    expect(held.filter(Boolean)).toHaveLength(1)
  })

  test('is left to a holder whose clock is a little ahead', async () => {
    const { store, advance } = storeWithClock()
    await leaseOf(store, 'ahead').hold()
    advance(-59_000)

    expect(await leaseOf(store, 'behind').hold()).toBe(false)
  })

  test('is renewed by its holder when the clock was set back, and does not wait for the old time', async () => {
    const { store, advance } = storeWithClock()
    let ticks = 0
    const one = leaseOf(store, 'one', () => ticks)
    await one.hold()
    advance(-86_400_000)
    ticks += 3_000

    expect(await one.hold()).toBe(true)
    expect((await store.get([['lease', 'job']]))[0]?.expiresAt).toBe(store.now() + 5_000)
  })

  test('is not taken from each other by two who renew it for the same instance', async () => {
    const { store, advance } = storeWithClock()
    const one = leaseOf(store, 'one')
    await one.hold()
    advance(3_000)

    expect(await Promise.all([one.hold(), one.hold(), one.hold()])).toEqual([true, true, true])
    expect(await store.commit({ id: 'checked', writes: [one.check()], entries: [] })).toMatchObject({ ok: true })
  })

  test('stays given back, although work that hangs would renew it', async () => {
    const store = createMemoryStore()
    const one = leaseOf(store, 'one')
    await one.hold()
    await one.release()

    expect(await one.hold()).toBe(false)
    expect(await store.get([['lease', 'job']])).toEqual([undefined])
  })

  test('is renewed for as long as the work takes', async () => {
    const { store, advance } = storeWithClock()
    const [one, two] = [leaseOf(store, 'one'), leaseOf(store, 'two')]
    const end = signal()
    const work = one.during(async () => end.given)
    await vi.waitFor(async () => expect(await store.get([['lease', 'job']])).not.toEqual([undefined]))
    const [first] = await store.get([['lease', 'job']])
    advance(4_000)
    await vi.waitFor(async () => expect((await store.get([['lease', 'job']]))[0]?.version).not.toBe(first?.version), {
      timeout: 5_000,
    })
    advance(4_000)

    expect(await two.hold()).toBe(false)
    end.give()
    await work
  })
})

describe('addJob', () => {
  test('runs a job on one instance at a time', async () => {
    await withBench(async ({ open }) => {
      let running = 0
      let most = 0
      let runs = 0
      const run = async (): Promise<void> => {
        most = Math.max(most, ++running)
        runs += 1
        await new Promise((resolve) => setTimeout(resolve, 2))
        running -= 1
      }
      for (const audit of [await open(), await open()]) audit.addJob({ name: 'closer', everyMs: 1, run })
      await vi.waitFor(() => expect(runs).toBeGreaterThan(10))

      expect(most).toBe(1)
    })
  })

  test('lets another instance go on when the one that ran the job has died', async () => {
    let now = START
    await withBench(
      async ({ open }) => {
        const never = new Promise<void>(() => undefined)
        const dead = vi.fn<() => Promise<void>>(async () => never)
        const alive = vi.fn<() => Promise<void>>(async () => undefined)
        ;(await open()).addJob({ name: 'closer', everyMs: 1, run: dead })
        await vi.waitFor(() => expect(dead).toHaveBeenCalledOnce())
        const second = await open()
        second.addJob({ name: 'closer', everyMs: 1, run: alive })
        await new Promise((resolve) => setTimeout(resolve, 20))
        const before = alive.mock.calls.length
        now += 5_000
        await vi.waitFor(() => expect(alive).toHaveBeenCalled())

        expect(before).toBe(0)
      },
      { clock: () => now },
    )
  })

  test('runs a job again that has failed', async () => {
    await withAudit(async ({ audit }) => {
      const run = vi.fn<() => Promise<void>>(async () => Promise.reject(new Error('this time')))
      audit.addJob({ name: 'closer', everyMs: 1, run })

      await vi.waitFor(() => expect(run.mock.calls.length).toBeGreaterThan(2))
    })
  })

  test('keeps the leases of a job and a sink apart, whatever they are called', async () => {
    await withAudit(async ({ audit }) => {
      const run = vi.fn<() => Promise<void>>(async () => undefined)
      const write = vi.fn<() => Promise<void>>(async () => undefined)
      audit.addSink({ name: 'copy', write })
      audit.addJob({ name: 'sink-copy', everyMs: 1, run })

      await vi.waitFor(() => expect(run).toHaveBeenCalled())
      await vi.waitFor(() => expect(write).toHaveBeenCalled())
    })
  })

  test('refuses a name or an interval out of bounds, and the same name twice', async () => {
    await withAudit(async ({ audit }) => {
      const add = (name: string, everyMs: number): void => audit.addJob({ name, everyMs, run: async () => undefined })
      add('closer', 1_000)

      expect(() => add('closer', 1_000)).toThrow(code('ERR_AUDIT_INPUT'))
      expect(() => add('the closer', 1_000)).toThrow(code('ERR_AUDIT_INPUT'))
      expect(() => add('other', 0)).toThrow(code('ERR_AUDIT_INPUT'))
      expect(() => add('other', Number.NaN)).toThrow(code('ERR_AUDIT_INPUT'))
    })
  })

  test('refuses after close', async () => {
    await withAudit(async ({ audit }) => {
      await audit.close()

      expect(() => audit.addJob({ name: 'closer', everyMs: 1, run: async () => undefined })).toThrow(
        code('ERR_AUDIT_CLOSED'),
      )
    })
  })
})

/** A lease whose two clocks go at one pace, unless they are told apart. */
function leaseOf(store: Store, holder: string, monotonicMs: () => number = () => store.now()): Lease {
  return new Lease({ store, randomBytes, monotonicMs, holder, job: 'job' })
}

function storeWithClock(): { readonly store: Store; readonly advance: (milliseconds: number) => void } {
  let now = START
  return { store: createMemoryStore({ clock: () => now }), advance: (milliseconds) => void (now += milliseconds) }
}

function signal(): { readonly given: Promise<void>; readonly give: () => void } {
  let give = (): void => undefined
  const given = new Promise<void>((resolve) => {
    give = resolve
  })
  return { given, give: () => give() }
}
