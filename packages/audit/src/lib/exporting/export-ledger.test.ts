import { createMemoryStore, type Json, type Key, type Store } from '@sallyport/store'
import { describe, expect, test } from 'vitest'
import {
  append,
  appendUpTo,
  emptyLedger,
  flipByte,
  ledgerOf,
  tamper,
  testEvent,
  type TestLedger,
} from '../../../test/ledger.ts'
import { memoryFolder, type Files } from '../../../test/memory-folder.ts'
import { naiveLayout } from '../../../test/naive-layout.ts'
import { exportLedger, type Exported } from './export-ledger.ts'
import { checkpointKey, CHECKPOINT_PREFIX, parseNote } from '../signing/tree-store.ts'

const conflict = expect.objectContaining({ code: 'ERR_AUDIT_EXPORT' })
const rolledBack = expect.objectContaining({ code: 'ERR_AUDIT_ROLLED_BACK' })
const corrupt = expect.objectContaining({ code: 'ERR_AUDIT_TREE_CORRUPT' })

describe('the layout of an export', () => {
  test('is the checkpoint alone for an empty ledger', async () => {
    const ledger = await emptyLedger()
    await ledger.signer.begin()
    const { files, exported } = await freshExport(ledger.store)

    expect([...files.keys()]).toEqual(['checkpoint'])
    expect(exported).toMatchObject({ size: 0, written: 1, kept: 0, removed: 0, passedOver: 0 })
  })

  test('is byte for byte that of a naive writer, at sizes around the edges of tiles', async () => {
    for (const size of [1, 2, 255, 256, 257, 511, 512, 513, 1_000]) {
      const ledger = await ledgerOf(size)

      expect(await layoutOf(ledger.store)).toEqual(await expectedLayout(ledger.store, size))
    }
  })

  test('is that of a naive writer above 65,536 entries, where there are three levels', async () => {
    const size = 65_537
    const ledger = await manyTinyEntries(size)
    const { files } = await freshExport(ledger.store)

    expect(files).toEqual(await expectedLayout(ledger.store, size))
    expect([...files.keys()].filter((path) => /^tile\/[12]/.test(path)).toSorted()).toEqual([
      'tile/1/000',
      'tile/2/000.p/1',
    ])
  })

  test('ends with the newest checkpoint, whatever was written since', async () => {
    const ledger = await ledgerOf(400, [100, 300])

    expect(await layoutOf(ledger.store)).toEqual(await expectedLayout(ledger.store, 300))
  })

  test('holds the signatures of witnesses that are kept for the checkpoint', async () => {
    const ledger = await ledgerOf(3)
    const line = `— witness.example ${Buffer.alloc(76, 1).toString('base64')}\n`
    await put(ledger.store, ['ledger', 'cosignatures', '0000000000000003'], { signatures: line })

    const { files } = await freshExport(ledger.store)
    expect(textOf(files, 'checkpoint')).toBe((await noteAt(ledger.store, 3)) + line)
  })

  test('leaves signatures out that make no note', async () => {
    const ledger = await ledgerOf(3)
    await put(ledger.store, ['ledger', 'cosignatures', '0000000000000003'], { signatures: 'nonsense' })

    const { files } = await freshExport(ledger.store)
    expect(textOf(files, 'checkpoint')).toBe(await noteAt(ledger.store, 3))
  })

  test('holds the key manifests under their numbers', async () => {
    const ledger = await ledgerOf(3)
    await put(ledger.store, ['ledger', 'keys', '0001'], { note: 'one\n' })
    await put(ledger.store, ['ledger', 'keys', '0002'], { note: 'two\n' })
    const { files } = await freshExport(ledger.store)

    expect([textOf(files, 'keys/0001'), textOf(files, 'keys/0002')]).toEqual(['one\n', 'two\n'])
  })
})

describe('exportLedger into an earlier export', () => {
  test('gives at every size what an export into an empty folder gives, but for older partial files', async () => {
    const ledger = await emptyLedger()
    const files: Files = new Map()
    for (const size of [10, 200, 256, 300, 511, 512, 770]) {
      await appendUpTo(ledger.store, size)
      await ledger.signer.signUpTo()
      await exportInto(ledger.store, files)

      const fresh = await layoutOf(ledger.store)
      for (const [path, bytes] of fresh) expect(files.get(path)).toEqual(bytes)
      expect([...files.keys()].filter((path) => !fresh.has(path) && !path.includes('.p/'))).toEqual([])
    }
    expect([...files.keys()].filter((path) => /(000|001)\.p/.test(path) && !path.startsWith('tile/1'))).toEqual([])
  })

  test('keeps what is there and writes nothing when nothing is new', async () => {
    const ledger = await ledgerOf(300)
    const { files } = await freshExport(ledger.store)
    const again = await exportInto(ledger.store, files)

    expect(again).toMatchObject({ written: 0, kept: 6, removed: 0 })
  })

  test('removes partial files once the full one is there, never before', async () => {
    const ledger = await ledgerOf(200)
    const { files } = await freshExport(ledger.store)
    await appendUpTo(ledger.store, 300)
    await ledger.signer.signUpTo()
    const folder = memoryFolder(files)
    const order: string[] = []
    await exportLedger({
      store: ledger.store,
      folder: {
        ...folder,
        write: async (path, bytes) => {
          order.push(path)
          await folder.write(path, bytes)
        },
        remove: async (path) => {
          order.push(`remove ${path}`)
          await folder.remove(path)
        },
        flush: async () => void order.push('flush'),
      },
    })

    expect(order.slice(0, 6)).toEqual([
      'tile/entries/000',
      'flush',
      'remove tile/entries/000.p/200',
      'tile/0/000',
      'flush',
      'remove tile/0/000.p/200',
    ])
    expect(order.slice(-3)).toEqual(['flush', 'checkpoint', 'flush'])
  })

  test('refuses any file that differs, and overwrites nothing', async () => {
    const ledger = await ledgerOf(300)
    const { files: good } = await freshExport(ledger.store)
    for (const path of [...good.keys()].filter((one) => one !== 'checkpoint')) {
      for (const change of [flipFirst, cutLast, addByte]) {
        const files: Files = new Map(good).set(path, change(good.get(path) ?? new Uint8Array()))
        const before = new Map(files)

        await expect(exportInto(ledger.store, files)).rejects.toEqual(conflict)
        expect(files).toEqual(before)
      }
    }
  })

  test('refuses to remove a partial file that is not the beginning of the full one', async () => {
    const ledger = await ledgerOf(200)
    const { files } = await freshExport(ledger.store)
    files.set('tile/0/000.p/200', flipFirst(files.get('tile/0/000.p/200') ?? new Uint8Array()))
    await appendUpTo(ledger.store, 300)
    await ledger.signer.signUpTo()

    await expect(exportInto(ledger.store, files)).rejects.toEqual(conflict)
    expect(files.has('tile/0/000.p/200')).toBe(true)
  })

  test('LOG-08 refuses a ledger that was put back to an older copy', async () => {
    const { files } = await freshExport((await ledgerOf(300)).store)
    const before = new Map(files)

    await expect(exportInto((await ledgerOf(200)).store, files)).rejects.toEqual(rolledBack)
    expect(files).toEqual(before)
  })

  test('LOG-08 refuses a ledger that does not continue the exported one, larger or of the same size', async () => {
    const { files } = await freshExport((await ledgerOf(10)).store)
    const before = new Map(files)
    const other = await emptyLedger()
    await append(other.store, [{ ...testEvent(0), tenant: 'other' }])
    await appendUpTo(other.store, 10)
    await other.signer.signUpTo()

    await expect(exportInto(other.store, files)).rejects.toEqual(rolledBack)
    await appendUpTo(other.store, 300)
    await other.signer.signUpTo()
    await expect(exportInto(other.store, files)).rejects.toEqual(rolledBack)
    expect(files).toEqual(before)
  })

  test('refuses the export of a ledger of another name, and a checkpoint that is none', async () => {
    const ledger = await ledgerOf(10)
    const { files } = await freshExport(ledger.store)
    const note = textOf(files, 'checkpoint')
    for (const other of [note.replaceAll('audit.example.com', 'other.example.com'), '', 'hello\n', note.slice(0, -1)]) {
      files.set('checkpoint', Buffer.from(other))

      await expect(exportInto(ledger.store, files)).rejects.toEqual(conflict)
    }
  })

  test('refuses a folder with a key manifest that the ledger has lost', async () => {
    const ledger = await ledgerOf(10)
    const { files } = await freshExport(ledger.store)
    files.set('keys/0007', Buffer.from('seven\n'))

    await expect(exportInto(ledger.store, files)).rejects.toEqual(rolledBack)
  })

  test('leaves files that are not its own alone', async () => {
    const ledger = await ledgerOf(300)
    const files: Files = new Map([
      ['README', Buffer.from('ours')],
      ['tile/0/000.p/notes', Buffer.from('ours')],
    ])
    await exportInto(ledger.store, files)

    expect([textOf(files, 'README'), textOf(files, 'tile/0/000.p/notes')]).toEqual(['ours', 'ours'])
  })
})

describe('exportLedger of a ledger that is not whole', () => {
  test('refuses one in which nothing is signed', async () => {
    const unsigned = expect.objectContaining({ code: 'ERR_AUDIT_UNSIGNED' })

    await expect(freshExport((await ledgerOf(5, [])).store)).rejects.toEqual(unsigned)
  })

  test('writes nothing that the signed root does not cover when any entry was edited or is gone', async () => {
    const ledger = await ledgerOf(300)
    const good = await layoutOf(ledger.store)
    for (let index = 0; index < 300; index += 13) {
      const edited = await tamper(ledger.store, {
        entries: (log) => log.map((entry) => (entry.index === index ? flipByte(entry, 9) : entry)),
      })
      const gone = await tamper(ledger.store, { entries: (log) => log.filter((entry) => entry.index !== index) })

      expect(await findUnsigned(edited, good)).toEqual([])
      expect(await findUnsigned(gone, good)).toEqual([])
    }
  })

  test('writes nothing that the signed root does not cover when any tile was changed or is gone', async () => {
    const ledger = await ledgerOf(300)
    const good = await layoutOf(ledger.store)
    for (const tile of ['00/0000000000000000', '00/0000000000000001', '01/0000000000000000']) {
      const isIt = (key: Key): boolean => key.join('/') === `ledger/tile/${tile}`
      const changed = await tamper(ledger.store, { record: (key, value) => (isIt(key) ? flipHash(value) : value) })
      const gone = await tamper(ledger.store, { record: (key, value) => (isIt(key) ? undefined : value) })

      expect(await findUnsigned(changed, good)).toEqual([])
      expect(await findUnsigned(gone, good)).toEqual([])
    }
  })

  test('passes over newer checkpoints that are not well formed, and says how many', async () => {
    const ledger = await ledgerOf(30, [10, 20, 30])
    const [good, bad] = [await noteAt(ledger.store, 10), await noteAt(ledger.store, 20)]
    for (const note of ['', 'no note', good, bad.replace(/ [^ ]*\n$/, ' AAAA\n'), bad.replace('— audit', '— other')]) {
      const store = await tamper(ledger.store, {
        record: (key, value) => (isCheckpoint(key, 30) ? { note: 5 } : isCheckpoint(key, 20) ? { note } : value),
      })

      expect((await freshExport(store)).exported).toMatchObject({ size: 10, passedOver: 2 })
    }
  })

  test('finds the newest of many checkpoints', async () => {
    const sizes = Array.from({ length: 90 }, (_, at) => 1 + at * 3)
    const ledger = await ledgerOf(300, sizes)

    expect((await freshExport(ledger.store)).exported.size).toBe(268)
  })

  test('refuses an option that it does not know', async () => {
    const options = Object.assign({ store: createMemoryStore(), folder: memoryFolder(new Map()) }, { quick: true })

    await expect(exportLedger(options)).rejects.toEqual(expect.objectContaining({ code: 'ERR_AUDIT_INPUT' }))
  })
})

test('exportLedger tells how far it is', async () => {
  const told: number[] = []
  const { store } = await ledgerOf(600)
  await exportLedger({ store, folder: memoryFolder(new Map()), onProgress: ({ checked }) => void told.push(checked) })

  expect(told).toEqual([0, 256, 512, 600])
})

async function exportInto(store: Store, files: Files): Promise<Exported> {
  return await exportLedger({ store, folder: memoryFolder(files) })
}

async function freshExport(store: Store): Promise<{ readonly files: Files; readonly exported: Exported }> {
  const files: Files = new Map()
  return { exported: await exportInto(store, files), files }
}

async function layoutOf(store: Store): Promise<ReadonlyMap<string, Uint8Array>> {
  return (await freshExport(store)).files
}

async function expectedLayout(store: Store, size: number): Promise<ReadonlyMap<string, Uint8Array>> {
  const entries: Uint8Array[] = []
  while (entries.length < size)
    entries.push(...(await store.readBytes(entries.length, Math.min(4_096, size - entries.length))))
  return new Map([...naiveLayout(entries), ['checkpoint', Buffer.from(await noteAt(store, size))]])
}

/** Exports a damaged ledger, which is refused, and gives the files that should not have been written. */
async function findUnsigned(store: Store, good: ReadonlyMap<string, Uint8Array>): Promise<readonly string[]> {
  const files: Files = new Map()
  await expect(exportInto(store, files)).rejects.toEqual(corrupt)
  const isWrong = ([path, bytes]: readonly [string, Uint8Array]): boolean =>
    path === 'checkpoint' || Buffer.compare(bytes, good.get(path) ?? Buffer.alloc(0)) !== 0
  return [...files].filter(isWrong).map(([path]) => path)
}

// Writing a ledger of that size in one go, not event by event, keeps the test short.
async function manyTinyEntries(size: number): Promise<TestLedger> {
  const ledger = await emptyLedger()
  for (let from = 0; from < size; from += 64) {
    const entries = Array.from({ length: Math.min(64, size - from) }, (_, at) => ({
      id: String(from + at),
      at: 0,
      bytes: Buffer.from(String(from + at)),
      tags: {},
    }))
    await ledger.store.commit({ id: `many-${from}`, writes: [], entries })
  }
  await ledger.signer.signUpTo()
  return ledger
}

async function put(store: Store, key: Key, value: Json): Promise<void> {
  await store.commit({ id: key.join('/'), writes: [{ op: 'put', key, value, expect: null }], entries: [] })
}

async function noteAt(store: Store, size: number): Promise<string> {
  const [record] = await store.get([checkpointKey(size)])
  return parseNote(record?.value ?? null) ?? ''
}

function isCheckpoint(key: Key, size: number): boolean {
  return key.join('/') === [...CHECKPOINT_PREFIX, String(size).padStart(16, '0')].join('/')
}

function textOf(files: Files, path: string): string {
  return Buffer.from(files.get(path) ?? []).toString()
}

function flipHash(value: Json): Json {
  const { width, hashes } = JSON.parse(JSON.stringify(value))
  const bytes = Buffer.from(hashes, 'base64')
  return { width, hashes: Buffer.from(flipFirst(bytes)).toString('base64') }
}

function flipFirst(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte, at) => (at === 0 ? byte ^ 1 : byte))
}

function cutLast(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(0, -1)
}

function addByte(bytes: Uint8Array): Uint8Array {
  return Buffer.concat([bytes, Buffer.of(0)])
}
