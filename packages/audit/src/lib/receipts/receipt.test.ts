import { createMemoryStore, sortableId, type Entry, type Store } from '@sallyport/store'
import { formatVerifierKey, parseProof } from '@sallyport/tlog/note'
import { describe, expect, test } from 'vitest'
import { LEDGER, withAudit, withBench, type Bench } from '../../../test/bench.ts'
import { emptyLedger, entryOf, flipByte, tamper, testEvent, type TestLedger } from '../../../test/ledger.ts'
import { faultyStore } from '../../../test/faulty-store.ts'
import { event } from '../events/event.ts'
import { makeReceipt } from './receipt.ts'
import { verifyReceipt, type ReceiptVerdict } from './verify-receipt.ts'

const AT = 1_800_000_000_000
const DENIED = { outcome: 'failure', data: { requirement: 'transfer' } } as const

describe('makeReceipt', () => {
  test('proves every entry under the newest checkpoint, at every size up to 70', async () => {
    const ledger = await emptyLedger()
    const proved: string[] = []
    for (let size = 1; size <= 70; size += 1) {
      await append(ledger, [entryAt(size - 1)])
      await ledger.signer.signUpTo()
      for (let index = 0; index < size; index += 1) proved.push(await proveOne(ledger, index))
    }

    expect(new Set(proved)).toEqual(new Set(['proved']))
    expect(proved).toHaveLength((70 * 71) / 2)
  })

  test('proves entries in and beyond the first tile, and under several checkpoints', async () => {
    const ledger = await signedLedger(600, [100, 257, 600])
    const proved = await Promise.all([0, 99, 100, 255, 256, 257, 511, 512, 599].map((index) => proveOne(ledger, index)))

    expect(proved).toEqual(Array(9).fill('proved'))
  })

  test('finds its entry among thousands of the same millisecond', async () => {
    const ledger = await emptyLedger()
    for (let from = 0; from < 2_100; from += 50) {
      await append(
        ledger,
        Array.from({ length: 50 }, (_, at) => entryAt(from + at, AT)),
      )
    }
    await ledger.signer.signUpTo()
    const id = idAt(3, AT)

    expect(verdictOf(ledger, await makeReceipt(ledger.store, id))).toMatchObject({ ok: true, event: { id }, index: 3 })
  })

  test('is refused for an event that is not there and for what is no id', async () => {
    const { store } = await signedLedger(3)
    const ids = [sortableId(AT + 1, new Uint8Array(10).fill(255)), 'event-1', '', '\0', 'x'.repeat(100_000)]

    expect(await Promise.all(ids.map((id) => codeOf(makeReceipt(store, id))))).toEqual(
      Array(5).fill('ERR_AUDIT_NOT_FOUND'),
    )
  })

  test('waits for a checkpoint that covers the event', async () => {
    const ledger = await signedLedger(3)
    await append(ledger, [entryAt(3)])
    const made = makeReceipt(ledger.store, idAt(3))
    await ledger.signer.signUpTo()

    expect(verdictOf(ledger, await made)).toMatchObject({ ok: true, index: 3, size: 4 })
  })

  test('gives up when nobody signs, and writes nothing', async () => {
    const ledger = await signedLedger(3)
    await append(ledger, [entryAt(3)])
    const store = await tamper(ledger.store, {})

    expect(await codeOf(makeReceipt(store, idAt(3), { waitMs: 200 }))).toBe('ERR_AUDIT_UNSIGNED')
  })

  test('is refused when anything is not what was signed', async () => {
    const { store } = await signedLedger(300)
    const flipped = async (): Promise<string> => {
      const found = async (...args: Parameters<Store['find']>): ReturnType<Store['find']> =>
        (await store.find(...args)).map((entry) => flipByte(entry, 9))
      return await codeOf(makeReceipt({ ...store, find: found }, idAt(7)))
    }
    const damage = async (name: string, value?: string, index = 7): Promise<string> => {
      const record = (key: readonly string[], old: unknown): never =>
        // A record of any value, also one that no store would take.
        (key.join('/').startsWith(name) ? value && JSON.parse(value) : old) as never
      return await codeOf(makeReceipt(await tamper(store, { record }), idAt(index)))
    }
    const note = 'bank.example/ledger\n300\nAAAA\n\n— x AAAAAAAA\n'

    expect([
      await flipped(),
      await damage('ledger/tile/00/0000000000000000'),
      await damage('ledger/tile/00/0000000000000001', '{"width":44,"hashes":""}'),
      await damage('ledger/tile/01', '"x"', 270),
      await damage('ledger/checkpoint'),
      await damage('ledger/checkpoint', JSON.stringify({ note })),
      await damage('ledger/head', '{"size":299,"root":"","at":1}'),
      await damage('ledger/head', '7'),
    ]).toEqual(Array(8).fill('ERR_AUDIT_TREE_CORRUPT'))
  })

  test('carries the signatures of witnesses that are there for its checkpoint, and no damaged ones', async () => {
    const ledger = await signedLedger(5)
    const line = `— witness.example/w1 ${Buffer.alloc(76, 7).toString('base64')}\n`
    const withRecord = async (value: unknown): Promise<string> => {
      const [record] = await ledger.store.get([['ledger', 'checkpoint', '5'.padStart(16, '0')]])
      const get: Store['get'] = async (keys) =>
        (await ledger.store.get(keys)).map((found, at) =>
          // Only a test gives a record a value of any type.
          keys[at]?.[1] === 'cosignatures' && record ? { ...record, value: value as never } : found,
        )
      return parseProof(await makeReceipt({ ...ledger.store, get }, idAt(2))).checkpoint
    }
    const plain = await withRecord({})
    const spoilt = [7, { signatures: 7 }, { signatures: 'x\n' }, { signatures: `${line}x\n` }]
    const loose = [line, line + line, line.trim(), `\n${line}`].map((signatures) => ({ signatures }))

    expect(await Promise.all(loose.map(withRecord))).toEqual(Array(4).fill(`${plain}${line}`))
    expect(await Promise.all(spoilt.map(withRecord))).toEqual(Array(4).fill(plain))
  })

  test('takes no signature in the name of the ledger itself from beside the checkpoint', async () => {
    const { store, verifierKeys } = await signedLedger(5)
    const [, name = '', keyId = ''] = /^(.+)\+([0-9a-f]{8})\+/.exec(verifierKeys[0] ?? '') ?? []
    const forged = Buffer.concat([Buffer.from(keyId, 'hex'), Buffer.alloc(64)]).toString('base64')
    const key = ['ledger', 'cosignatures', '5'.padStart(16, '0')]
    const value = { signatures: `— ${name} ${forged}\n` }
    await store.commit({ id: 'planted', writes: [{ op: 'put', key, value, expect: null }], entries: [] })

    expect(verifyReceipt(await makeReceipt(store, idAt(2)), { verifierKeys })).toMatchObject({ ok: true })
  })

  test('is refused for an id that two entries bear: nobody can tell which is meant', async () => {
    const { store } = await signedLedger(5)
    const find: Store['find'] = async (query, page) => {
      const found = await store.find(query, page)
      return found.flatMap((entry) => [entry, { ...entry, index: entry.index + 1 }])
    }

    await expect(makeReceipt({ ...store, find }, idAt(2))).rejects.toMatchObject({ code: 'ERR_AUDIT_TREE_CORRUPT' })
  })
})

describe('audit.receipt', () => {
  test('proves an event to whoever has the public key alone, after the ledger is gone', async () => {
    let [receipt, keys]: [string, readonly string[]] = ['', []]
    await withAudit(async ({ audit, keyring, events }) => {
      await audit.emit('access.denied', { ...DENIED, actor: { user: 'alice' } })
      receipt = await audit.receipt((await events()).at(-1)?.id ?? '')
      keys = (await keyring.publicKeys()).map((key) => formatVerifierKey(LEDGER, key))
    })

    expect(verifyReceipt(receipt, { verifierKeys: keys })).toMatchObject({
      ok: true,
      event: { type: 'access.denied', outcome: 'failure', data: { requirement: 'transfer' } },
      origin: LEDGER,
    })
  })

  test('asks nobody to sign: the checkpoint comes when it would have come', async () => {
    const store = createMemoryStore()
    await withBench(
      async ({ open, events }) => {
        const audit = await open({ pollMs: 1_000 })
        await audit.emit('access.denied', DENIED)
        const made = audit.receipt((await events()).at(-1)?.id ?? '')
        const soon = await store.list(['ledger', 'checkpoint'], { limit: 10 })
        await made

        expect(soon.map(({ key }) => Number(key.at(-1)))).not.toContain(await store.size())
        expect(parseProof(await made).index).toBe((await store.size()) - 1)
      },
      { store },
    )
  })

  test('is made for an id that was chosen before the event was on disk, however slow the store', async () => {
    const store = faultyStore(createMemoryStore())
    await withBench(
      async (bench) => {
        const audit = await bench.open({ durableBudgetMs: 1 })
        const id = sortableId(AT, new Uint8Array(10))
        store.fail(() => 'hang')
        const emitted = await audit.emit('access.denied', { ...DENIED, id })
        store.fail(() => undefined)
        const made = audit.receipt(id)
        store.release()

        expect(emitted).toBe('pending')
        expect(await judge(bench, await made)).toMatchObject({ ok: true, event: { id }, at: AT })
      },
      { store },
    )
  })

  test('is still made when the ledger is closed', async () => {
    await withAudit(async (bench) => {
      await bench.audit.close()
      const [first] = await bench.events()

      expect(await judge(bench, await bench.audit.receipt(first?.id ?? ''))).toMatchObject({ ok: true, index: 0 })
      expect(await codeOf(bench.audit.receipt(sortableId(AT, new Uint8Array(10))))).toBe('ERR_AUDIT_NOT_FOUND')
    })
  })
})

describe('the id of an event', () => {
  test('is the one that was given, and its time is the time of the event', async () => {
    await withAudit(async ({ audit, events, verify }) => {
      const [one, other] = [sortableId(AT, new Uint8Array(10)), sortableId(AT + 1, new Uint8Array(10))]
      await audit.emit('access.denied', { ...DENIED, id: one })
      await audit.commit({ writes: [], events: [event('session.started', { id: other, data: {} })] })
      await audit.settle()

      expect((await events()).slice(-2).map(({ id, at }) => [id, Date.parse(at)])).toEqual([
        [one, AT],
        [other, AT + 1],
      ])
      expect((await verify()).verdict).toBe('good')
    })
  })

  test('is refused when it is no id of an event, and nothing is recorded', async () => {
    await withAudit(async ({ audit, store }) => {
      const before = await store.size()
      const commit = async (id: string): Promise<string> =>
        await codeOf(audit.commit({ writes: [], events: [event('session.started', { id, data: {} })] }))

      expect(await Promise.all(['', 'event-1', `${sortableId(AT, new Uint8Array(10))}0`].map(commit))).toEqual(
        Array(3).fill('ERR_AUDIT_INPUT'),
      )
      expect(await store.size()).toBe(before)
    })
  })

  test('stands in the ledger once: whoever gives it again is refused', async () => {
    await withAudit(async ({ audit, events, verify }) => {
      const id = sortableId(AT, new Uint8Array(10))
      const emitted = [
        await audit.emit('access.denied', { ...DENIED, id }),
        await audit.emit('access.denied', { ...DENIED, id }),
      ]
      await audit.settle()

      expect(emitted).toEqual(['recorded', 'lost'])
      expect((await events()).filter((one) => one.id === id)).toHaveLength(1)
      expect((await verify()).verdict).toBe('good')
    })
  })
})

async function judge({ keyring }: Bench, receipt: string): Promise<ReceiptVerdict> {
  const verifierKeys = (await keyring.publicKeys()).map((key) => formatVerifierKey(LEDGER, key))
  return verifyReceipt(receipt, { verifierKeys })
}

/** Test entries whose ids hold their time, as those of real ones do. */
function entryAt(index: number, at: number = AT + index): Entry {
  return entryOf({ ...testEvent(index), id: idAt(index, at), at: new Date(at).toISOString() })
}

function idAt(index: number, at: number = AT + index): string {
  return sortableId(at, Buffer.from(String(index).padStart(10, '0')))
}

async function signedLedger(size: number, signedAt: readonly number[] = [size]): Promise<TestLedger> {
  const ledger = await emptyLedger()
  for (const stop of signedAt) {
    for (let from = await ledger.store.size(); from < stop; from = await ledger.store.size()) {
      await append(
        ledger,
        Array.from({ length: Math.min(50, stop - from) }, (_, at) => entryAt(from + at)),
      )
    }
    await ledger.signer.signUpTo()
  }
  return ledger
}

async function append({ store }: TestLedger, entries: readonly Entry[]): Promise<void> {
  await store.commit({ id: `append-${await store.size()}`, writes: [], entries })
}

async function proveOne(ledger: TestLedger, index: number): Promise<string> {
  const verdict = verdictOf(ledger, await makeReceipt(ledger.store, idAt(index)))
  const isIt = verdict.ok && verdict.index === index && verdict.event.id === idAt(index)
  return isIt && verdict.size === (await ledger.store.size()) ? 'proved' : JSON.stringify(verdict)
}

function verdictOf({ verifierKeys }: TestLedger, receipt: string): ReceiptVerdict {
  return verifyReceipt(receipt, { verifierKeys })
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return await promise.then(
    () => 'none',
    (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : String(error)),
  )
}
