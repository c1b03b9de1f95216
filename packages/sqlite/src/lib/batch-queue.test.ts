import { StoreError } from '@sallyport/store'
import type { Commit } from '@sallyport/store'
import { describe, expect, test } from 'vitest'
import { BatchQueue } from './batch-queue.ts'
import { parseBatch } from './wire.ts'
import type { WireAnswer, WireBatch } from './wire.ts'

function commitOf(id: string, size = 1): Commit {
  return { id, writes: [], entries: [{ id, at: 1, bytes: new Uint8Array(size).fill(id.length), tags: {} }] }
}

/** A disk that finishes a batch only when it is told to. */
function slowDisk(clock: () => number = () => 42): {
  batches: WireBatch[]
  finish: (outcome?: Error) => Promise<void>
  queue: BatchQueue
} {
  const batches: WireBatch[] = []
  const ends: ((outcome?: Error) => void)[] = []
  const commit = (batch: WireBatch): Promise<readonly WireAnswer[]> => {
    batches.push(batch)
    return new Promise((resolve, reject) => {
      const outcomes = parseBatch(batch.text).commits.map((_, place) => ({ ok: true as const, counts: [place] }))
      ends.push((outcome) => (outcome === undefined ? resolve(outcomes) : reject(outcome)))
    })
  }
  const finish = async (outcome?: Error): Promise<void> => {
    ends.shift()?.(outcome)
    await settle()
  }
  return { batches, finish, queue: new BatchQueue({ commit, clock }) }
}

function megabyteOf(id: string): Commit {
  const entries = Array.from({ length: 64 }, (_, place) => ({
    id: `${id}.${place}`,
    at: 1,
    bytes: new Uint8Array(16_384),
    tags: {},
  }))
  return { id, writes: [], entries }
}

function codeOfError(error: unknown): unknown {
  return Reflect.get(Object(error), 'code')
}

/** Runs something while no larger piece of memory can be had. */
function withoutMemory<Result>(run: () => Result): Result {
  const real = globalThis.Uint8Array
  const construct = (target: typeof Uint8Array, args: readonly unknown[]): object => {
    if (Number(args[0]) > 4_096) throw new RangeError('Array buffer allocation failed')
    const made: unknown = Reflect.construct(target, args)
    return Object(made)
  }
  globalThis.Uint8Array = new Proxy(real, { construct })
  try {
    return run()
  } finally {
    globalThis.Uint8Array = real
  }
}

async function settle(): Promise<void> {
  await new Promise(setImmediate)
}

function idsOf(batches: readonly WireBatch[]): string[][] {
  return batches.map((batch) => parseBatch(batch.text).commits.map(([id]) => id))
}

describe('BatchQueue', () => {
  test('starts with what is asked together, and gathers what arrives meanwhile for the next batch', async () => {
    const { batches, finish, queue } = slowDisk()

    const first = [queue.add(commitOf('a')), queue.add(commitOf('b'))]
    await settle()
    const second = [queue.add(commitOf('c'))]
    await settle()
    second.push(queue.add(commitOf('d')))
    await finish()
    await finish()

    expect(idsOf(batches)).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ])
    expect(await Promise.all([...first, ...second])).toEqual(
      [0, 1, 0, 1].map((place) => ({ ok: true, counts: [place] })),
    )
  })

  test('puts callers that were answered together into one batch again', async () => {
    const { batches, finish, queue } = slowDisk()
    const caller = async (name: string): Promise<void> => {
      await queue.add(commitOf(`${name}1`))
      await Promise.resolve()
      await queue.add(commitOf(`${name}2`))
    }

    const callers = [caller('a'), caller('b'), caller('c')]
    await settle()
    await finish()
    await finish()
    await Promise.all(callers)

    expect(idsOf(batches)).toEqual([
      ['a1', 'b1', 'c1'],
      ['a2', 'b2', 'c2'],
    ])
  })

  test('answers every caller once, in order, while those answered first keep the thread busy', async () => {
    const commit = async (batch: WireBatch): Promise<readonly WireAnswer[]> => {
      await settle()
      return parseBatch(batch.text).commits.map(([id]) => Number(id))
    }
    const queue = new BatchQueue({ commit, clock: () => 42 })
    const answered: number[] = []
    const caller = async (name: number): Promise<void> => {
      for (let turn = 0; turn < 5; turn++) {
        const outcome = await queue.add({ id: String(turn * 1_000 + name), writes: [], entries: [] })
        answered.push(outcome.ok ? (outcome.firstIndex ?? -1) : -1)
        Buffer.alloc(500_000).fill(name)
      }
    }

    await Promise.all(Array.from({ length: 200 }, (_, name) => caller(name)))
    await queue.drain()

    const expected = Array.from({ length: 1_000 }, (_, place) => Math.floor(place / 200) * 1_000 + (place % 200))
    expect(answered.toSorted((one, other) => one - other)).toEqual(expected)
    for (let turn = 0; turn < 5; turn++) {
      const ofTurn = answered.filter((place) => Math.floor(place / 1_000) === turn)
      expect(ofTurn).toEqual(expected.slice(turn * 200, turn * 200 + 200))
    }
  })

  test('sends the bytes of all entries one after the other, and the time of sending', async () => {
    const { batches, queue } = slowDisk()

    void queue.add(commitOf('1', 70_000))
    void queue.add(commitOf('22', 3))
    await settle()

    const bytes = batches[0]?.bytes ?? new Uint8Array(0)
    expect([bytes.length, bytes[69_999], bytes[70_000], batches[0]?.now]).toEqual([70_003, 1, 2, 42])
  })

  test('puts at most 512 commits and about 8 MiB into a batch', async () => {
    const { batches, finish, queue } = slowDisk()
    const many = Array.from({ length: 700 }, (_, index) => queue.add(commitOf(`many ${index}`)))
    const large = Array.from({ length: 600 }, (_, index) => queue.add(commitOf(`large ${index}`, 16_384)))

    await settle()
    for (let turn = 0; turn < 10; turn++) await finish()
    await Promise.all([...many, ...large])

    expect(idsOf(batches)[0]).toHaveLength(512)
    expect(Math.max(...batches.map((batch) => batch.bytes.length))).toBeLessThanOrEqual(8 * 1024 * 1024)
  })

  test('fails the commits of a batch that failed, and goes on with the next', async () => {
    const { finish, queue } = slowDisk()
    const failure = new StoreError('ERR_STORE_UNAVAILABLE', 'disk')

    const failed = [queue.add(commitOf('a')), queue.add(commitOf('b'))]
    await settle()
    const next = queue.add(commitOf('c'))
    const settled = Promise.allSettled(failed)
    await finish(failure)
    await finish()

    expect(await settled).toEqual(failed.map(() => ({ status: 'rejected', reason: failure })))
    expect(await next).toEqual({ ok: true, counts: [0] })
  })

  test('rejects as unavailable what a disk that stands still can never take', async () => {
    const { queue } = slowDisk()

    const waiting = Array.from({ length: 130 * 512 }, (_, index) => queue.add(commitOf(`c${index}`)))
    const last = waiting.at(-1)

    await expect(last).rejects.toMatchObject({ code: 'ERR_STORE_UNAVAILABLE' })
    void Promise.allSettled(waiting)
  })

  test('refuses what would make more than 64 MiB wait, and takes more once some of it was sent', async () => {
    const { finish, queue } = slowDisk()
    const codeOf = (id: string): Promise<unknown> => queue.add(megabyteOf(id)).then(() => 'taken', codeOfError)

    const codes = Array.from({ length: 100 }, (_, index) => codeOf(`large ${index}`))
    await settle()
    const afterwards = codeOf('more')
    for (let turn = 0; turn < 20; turn++) await finish()

    const taken = (await Promise.all(codes)).map((code) => code === 'taken')
    expect([taken.indexOf(false) > 50, taken.lastIndexOf(true) < 64]).toEqual([true, true])
    expect(await codes.at(-1)).toBe('ERR_STORE_UNAVAILABLE')
    expect(await afterwards).toBe('taken')
  })

  test('refuses a commit for which there is no memory, and gives everybody else their own answers', async () => {
    const { batches, finish, queue } = slowDisk()
    const first = queue.add(commitOf('1'))

    const large = commitOf('22', 16_000)
    const refused = withoutMemory(() => queue.add(large).catch(codeOfError))
    const others = [queue.add(commitOf('333', 16_000)), queue.add(commitOf('4444'))]
    await settle()
    await finish()

    expect(await refused).toBe('ERR_STORE_UNAVAILABLE')
    expect(idsOf(batches)).toEqual([['1', '333', '4444']])
    expect([batches[0]?.bytes.length, batches[0]?.bytes.at(-1)]).toEqual([16_002, 4])
    expect(await Promise.all([first, ...others])).toEqual([0, 1, 2].map((place) => ({ ok: true, counts: [place] })))
  })

  test.each([
    ['an answer too few', () => [0]],
    ['an answer too many', () => [0, 1, 2]],
    ['no list of answers', () => JSON.parse('null')],
  ])('does not know the outcome of any commit of a batch that got %s', async (_, answersOf) => {
    const queue = new BatchQueue({ commit: async () => answersOf(), clock: () => 42 })

    const codes = await Promise.all(['a', 'b'].map((id) => queue.add(commitOf(id)).catch(codeOfError)))

    expect(codes).toEqual(['ERR_STORE_OUTCOME_UNKNOWN', 'ERR_STORE_OUTCOME_UNKNOWN'])
  })

  test('does not know the outcome when handing the batch over fails in an unforeseen way, and goes on', async () => {
    let isBroken = true
    const commit = (batch: WireBatch): Promise<readonly WireAnswer[]> => {
      if (isBroken) throw new TypeError('unforeseen')
      return Promise.resolve(parseBatch(batch.text).commits.map((_, place) => place))
    }
    const queue = new BatchQueue({ commit, clock: () => 42 })

    const failed = await queue.add(commitOf('a')).catch(codeOfError)
    isBroken = false
    const next = await queue.add(commitOf('b'))

    expect([failed, next.ok]).toEqual(['ERR_STORE_OUTCOME_UNKNOWN', true])
  })

  test('refuses the commits of a batch for which the clock failed, and goes on with the next', async () => {
    let isBroken = true
    const { batches, finish, queue } = slowDisk(() => {
      if (isBroken) throw new Error('clock')
      return 42
    })

    const failed = await queue.add(commitOf('a')).catch(codeOfError)
    isBroken = false
    const next = queue.add(commitOf('b'))
    await settle()
    await finish()
    await queue.drain()

    expect([failed, (await next).ok]).toEqual(['ERR_STORE_UNAVAILABLE', true])
    expect(idsOf(batches)).toEqual([['b']])
  })

  test('is drained when everything taken has been answered', async () => {
    const { finish, queue } = slowDisk()
    const answered: string[] = []
    void queue.add(commitOf('a')).then(() => answered.push('a'))
    await settle()
    void queue.add(commitOf('b')).then(() => answered.push('b'))

    const drained = queue.drain().then(() => [...answered])
    await finish()
    await finish()

    expect(await drained).toEqual(['a', 'b'])
    await queue.drain()
  })
})
