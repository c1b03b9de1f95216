import fc from 'fast-check'
import { formatCheckpoint, signNote, type Checkpoint } from '@sallyport/tlog/note'
import type { Store } from '@sallyport/store'
import { describe, expect, test } from 'vitest'
import { append, appendUpTo, emptyLedger, ledgerOf, ORIGIN, testEvent, type TestLedger } from '../../../test/ledger.ts'
import { memoryFolder, type Files } from '../../../test/memory-folder.ts'
import { naiveLayout } from '../../../test/naive-layout.ts'
import { exportLedger } from './export-ledger.ts'
import { LedgerKeys } from '../signing/ledger-keys.ts'
import { checkpointKey, parseNote } from '../signing/tree-store.ts'
import { verifyExport, type ExportVerification, type VerifyExportOptions } from './verify-export.ts'
import { verifyLedger } from '../verifying/verify.ts'

const LAYOUT = [
  'checkpoint',
  'tile/0/000',
  'tile/0/001.p/44',
  'tile/1/000.p/1',
  'tile/entries/000',
  'tile/entries/001.p/44',
]

describe('verifyExport of an untouched export', () => {
  test('finds every size good, as the ledger itself is', async () => {
    for (const size of [0, 1, 2, 3, 255, 256, 257, 512, 1_030]) {
      const ledger = await beginAndSign(size)
      const found = await verify(ledger, await filesOf(ledger.store))

      expect(found).toMatchObject({ verdict: 'good', size, signedSize: size, problems: [], problemCount: 0 })
    }
  })

  test('says what a verification of the ledger says', async () => {
    const ledger = await ledgerOf(300)
    const { foreign, ...found } = await verify(ledger, await filesOf(ledger.store))

    expect(foreign).toEqual({ names: [], count: 0 })
    expect(found).toEqual(await verifyLedger({ store: ledger.store, verifierKeys: ledger.verifierKeys }))
  })

  test('finds it good without a listing, and with older partial files beside the newer ones', async () => {
    const ledger = await emptyLedger()
    const files: Files = new Map()
    for (const size of [100, 200, 300, 310]) await growAndExport(ledger, files, size)

    expect([...files.keys()]).toContain('tile/entries/001.p/44')
    expect(await verify(ledger, files)).toMatchObject({ verdict: 'good', size: 310 })
    expect(await verify(ledger, files, { list: undefined })).toMatchObject({ verdict: 'good', size: 310 })
  })

  test('finds it good with the signatures of witnesses, and a file changed among them bad', async () => {
    const ledger = await ledgerOf(300)
    const files = await filesOf(ledger.store)
    const note = Buffer.from(files.get('checkpoint') ?? []).toString()
    const line = `— witness.example ${Buffer.alloc(76, 1).toString('base64')}\n`
    const cosigned = await verify(ledger, new Map(files).set('checkpoint', Buffer.from(note + line)))
    const broken = await verify(ledger, new Map(files).set('checkpoint', Buffer.from(`${note}— witness.example\n`)))

    expect([cosigned.verdict, broken.verdict]).toEqual(['good', 'bad_signature'])
  })

  test('takes a full file for a partial one that was removed', async () => {
    const ledger = await ledgerOf(300)
    const files = await filesOf(ledger.store)
    const older = await olderCheckpoint(files, 200, ledger)

    const found = await verify(ledger, older, { list: undefined })
    expect(found).toMatchObject({ verdict: 'good', size: 200, signedSize: 200 })
  })

  test('names files that belong to no export without judging by them', async () => {
    const ledger = await ledgerOf(300)
    const files = await filesOf(ledger.store)
    const strangers = ['README', 'tile/0/abc', 'tile/0/.000.0123456789abcdef.draft', 'tile/0/000.p/300', 'keys/x', 'a/']
    for (const path of strangers) files.set(path === 'a/' ? 'a/b' : path, Buffer.from('?'))
    files.set('.export-lock', Buffer.alloc(0))

    const found = await verify(ledger, files)
    expect(found.verdict).toBe('good')
    expect(found.foreign).toEqual({ names: strangers.toSorted(), count: 6 })
  })

  test('tells how far it is and reads no more of a file than it may hold', async () => {
    const ledger = await ledgerOf(600)
    const files = await filesOf(ledger.store)
    const told: number[] = []
    const limits: number[] = []
    const read: VerifyExportOptions['read'] = async (path, limit) => {
      limits.push(limit)
      return files.get(path)?.subarray(0, limit)
    }
    await verify(ledger, files, { read, onProgress: ({ checked }) => void told.push(checked) })

    expect(told.at(-1)).toBe(600)
    expect(Math.max(...limits)).toBe(256 * 65_537 + 1)
  })
})

describe('verifyExport of an export that was tampered with', () => {
  test('v5.0.0-16.4.2 LOG-08 finds every file that is gone', async () => {
    const { ledger, files } = await exportOf300()

    expect([...files.keys()].toSorted()).toEqual(LAYOUT)
    expect(await verdictsOf(ledger, files, (path, changed) => changed.delete(path))).toEqual({
      checkpoint: 'incomplete',
      'tile/0/000': 'corrupt',
      'tile/0/001.p/44': 'corrupt',
      'tile/1/000.p/1': 'corrupt',
      'tile/entries/000': 'incomplete',
      'tile/entries/001.p/44': 'incomplete',
    })
  })

  test('v5.0.0-16.4.2 LOG-08 finds every file that was cut, emptied or made longer', async () => {
    const { ledger, files } = await exportOf300()
    const longer = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.of(0)])
    const twice = (bytes: Buffer): Buffer => Buffer.concat([bytes, bytes])
    const changes = [(bytes: Buffer) => bytes.subarray(0, -1), () => Buffer.alloc(0), longer, twice]
    for (const change of changes) {
      const verdicts = await verdictsOf(ledger, files, (path, changed) =>
        changed.set(path, change(Buffer.from(changed.get(path) ?? []))),
      )

      expect(verdicts).toEqual(onEach('corrupt', 'bad_signature'))
    }
  })

  test('finds a bundle that ends with a whole entry too few or too many', async () => {
    const { ledger, files } = await exportOf300()
    const bundle = Buffer.from(files.get('tile/entries/001.p/44') ?? [])
    const last = bundle.length - 2 - Buffer.from(JSON.stringify(testEvent(299))).length
    const short = await verify(ledger, new Map(files).set('tile/entries/001.p/44', bundle.subarray(0, last)))
    const long = await verify(
      ledger,
      new Map(files).set('tile/entries/001.p/44', Buffer.concat([bundle, bundle.subarray(last)])),
    )

    expect([short.verdict, long.verdict]).toEqual(['corrupt', 'corrupt'])
    expect(short.problems).toContainEqual(expect.objectContaining({ kind: 'index_gap', index: 299 }))
    expect(long.problems).toEqual([expect.objectContaining({ kind: 'file_length', path: 'tile/entries/001.p/44' })])
  })

  test('v5.0.0-16.4.2 LOG-08 finds any flipped bit of any file', async () => {
    const { ledger, files } = await exportOf300()
    const place = fc.record({ path: fc.constantFrom(...LAYOUT), at: fc.nat(), bit: fc.nat({ max: 7 }) })
    await fc.assert(
      fc.asyncProperty(place, fc.boolean(), async ({ path, at, bit }, quick) => {
        const found = await verify(ledger, new Map(files).set(path, flip(files.get(path), at, bit)), { quick })

        expect(found.verdict).toBe(path === 'checkpoint' ? 'bad_signature' : 'corrupt')
      }),
      { numRuns: 250 },
    )
  })

  test('v5.0.0-16.4.2 LOG-08 finds every two files that changed places', async () => {
    const { ledger, files } = await exportOf300()
    for (const [at, one] of LAYOUT.entries()) {
      for (const other of LAYOUT.slice(at + 1)) {
        const [a = Buffer.of(), b = Buffer.of()] = [files.get(one), files.get(other)]
        const found = await verify(ledger, new Map(files).set(one, b).set(other, a))

        expect(found.verdict).toBe(one === 'checkpoint' ? 'bad_signature' : 'corrupt')
      }
    }
  })

  test('names the entry, and the file that is gone', async () => {
    const { ledger, files } = await exportOf300()
    const edited = await verify(
      ledger,
      new Map(files).set('tile/entries/000', flip(files.get('tile/entries/000'), 30, 0)),
    )
    files.delete('tile/entries/001.p/44')
    const gone = await verify(ledger, files, { quick: true })

    expect(edited.problems).toContainEqual(expect.objectContaining({ kind: 'entry_altered', index: 0 }))
    expect(gone.problems.map(({ kind }) => kind)).toEqual(['file_missing', 'index_gap'])
    expect(gone.problems[0]).toMatchObject({ path: 'tile/entries/001.p/44' })
  })

  test('calls it diverged when entries and tiles were rewritten together', async () => {
    const ledger = await ledgerOf(300)
    const other = await emptyLedger()
    await append(other.store, [{ ...testEvent(0), tenant: 'other' }])
    await appendUpTo(other.store, 300)
    const rewritten = naiveLayout(await other.store.readBytes(0, 300))
    const files = new Map([...(await filesOf(ledger.store)), ...rewritten])

    expect(await verify(ledger, files, { quick: true })).toMatchObject({ verdict: 'diverged' })
  })

  test('finds a checkpoint that was put back by the files beyond it', async () => {
    const ledger = await ledgerOf(300)
    const files = await olderCheckpoint(await filesOf(ledger.store), 200, ledger)
    const found = await verify(ledger, files)

    expect(found).toMatchObject({ verdict: 'incomplete', signedSize: 200 })
    expect(found.problems.map(({ kind }) => kind)).toEqual(Array(5).fill('file_ahead'))
  })

  test('finds an export that was put back as a whole by a checkpoint that was kept elsewhere', async () => {
    const today = await ledgerOf(300, [200, 300])
    const files = await filesOf((await ledgerOf(200)).store)
    const knownCheckpoints = [await noteAt(today.store, 300)]

    expect(await verify(today, files)).toMatchObject({ verdict: 'good' })
    expect(await verify(today, files, { knownCheckpoints })).toMatchObject({ verdict: 'incomplete', signedSize: 300 })
  })

  test('compares a checkpoint of the past that was kept elsewhere', async () => {
    const ledger = await ledgerOf(300, [200, 300])
    const knownCheckpoints = [await noteAt(ledger.store, 200)]

    expect(await verify(ledger, await filesOf(ledger.store), { knownCheckpoints })).toMatchObject({ verdict: 'good' })
  })

  test('finds a file of an earlier checkpoint that is not the beginning of the one that follows it', async () => {
    const ledger = await emptyLedger()
    const files: Files = new Map()
    for (const size of [100, 110]) await growAndExport(ledger, files, size)
    for (const path of ['tile/0/000.p/100', 'tile/entries/000.p/100']) {
      const changed = new Map(files).set(path, flip(files.get(path), 40, 0))

      expect((await verify(ledger, changed)).problems).toEqual([
        expect.objectContaining({ kind: 'partial_differs', path }),
      ])
    }
  })

  test('does not call an export good that another key signed', async () => {
    const { files } = await exportOf300()
    const { verifierKeys } = await emptyLedger(9)

    expect(await verifyExport({ ...sourceOf(files), verifierKeys })).toMatchObject({
      verdict: 'bad_signature',
      signedSize: 0,
    })
  })
})

describe('verifyExport of what is no export', () => {
  test('cannot tell in an empty folder', async () => {
    const found = await verify(await emptyLedger(), new Map())

    expect(found).toMatchObject({ verdict: 'unverifiable', size: 0 })
    expect(found.problems[0]).toMatchObject({ kind: 'no_export' })
  })

  test('never walks to the size that a checkpoint names when there are no entries for it', async () => {
    const ledger = await ledgerOf(300)
    const files = await filesOf(ledger.store)
    const root = Buffer.alloc(32, 7)
    files.set('checkpoint', Buffer.from(await sign(ledger, { origin: ORIGIN, size: Number.MAX_SAFE_INTEGER, root })))
    for (const changes of [{}, { list: undefined }]) {
      const found = await verify(ledger, files, { quick: true, ...changes })

      expect(found).toMatchObject({ verdict: 'corrupt', size: 256, signedSize: Number.MAX_SAFE_INTEGER })
      expect(found.problems).toContainEqual(expect.objectContaining({ kind: 'entry_missing', index: 256 }))
    }
  })

  test('judges any bytes in the place of any file without throwing', async () => {
    const { ledger, files } = await exportOf300()
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...LAYOUT), fc.uint8Array({ maxLength: 9_000 }), async (path, bytes) => {
        const found = await verify(ledger, new Map(files).set(path, bytes))

        expect(['corrupt', 'bad_signature', 'incomplete']).toContain(found.verdict)
      }),
      { numRuns: 60 },
    )
  })

  test('refuses an option that it does not know', async () => {
    const options = Object.assign({ ...sourceOf(new Map()), verifierKeys: [] }, { fast: true })

    await expect(verifyExport(options)).rejects.toEqual(expect.objectContaining({ code: 'ERR_AUDIT_INPUT' }))
  })
})

function sourceOf(files: Files): Pick<VerifyExportOptions, 'read' | 'list'> {
  const folder = memoryFolder(files)
  return { read: (path, limit) => folder.read(path, limit), list: (path) => folder.list(path) }
}

async function verify(
  { verifierKeys }: TestLedger,
  files: Files,
  changes: Partial<VerifyExportOptions> = {},
): Promise<ExportVerification> {
  return await verifyExport({ ...sourceOf(files), verifierKeys, ...changes })
}

async function filesOf(store: Store): Promise<Files> {
  const files: Files = new Map()
  await exportLedger({ store, folder: memoryFolder(files) })
  return files
}

async function exportOf300(): Promise<{ readonly ledger: TestLedger; readonly files: Files }> {
  const ledger = await ledgerOf(300)
  return { ledger, files: await filesOf(ledger.store) }
}

async function beginAndSign(size: number): Promise<TestLedger> {
  const ledger = await emptyLedger()
  await ledger.signer.begin()
  await appendUpTo(ledger.store, size)
  await ledger.signer.signUpTo()
  return ledger
}

async function growAndExport({ store, signer }: TestLedger, files: Files, size: number): Promise<void> {
  await appendUpTo(store, size)
  await signer.signUpTo()
  await exportLedger({ store, folder: memoryFolder(files) })
}

async function verdictsOf(
  ledger: TestLedger,
  files: Files,
  change: (path: string, changed: Files) => unknown,
): Promise<Readonly<Record<string, string>>> {
  const verdicts: [string, string][] = []
  for (const path of LAYOUT) {
    const changed = new Map(files)
    change(path, changed)
    verdicts.push([path, (await verify(ledger, changed)).verdict])
  }
  return Object.fromEntries(verdicts)
}

function onEach(verdict: string, ofCheckpoint: string): Readonly<Record<string, string>> {
  return Object.fromEntries(LAYOUT.map((path) => [path, path === 'checkpoint' ? ofCheckpoint : verdict]))
}

/** Puts a checkpoint of an earlier size, signed by the ledger's key, in the place of the newest one. */
async function olderCheckpoint(files: Files, size: number, ledger: TestLedger): Promise<Files> {
  const earlier = await ledgerOf(size)
  const note = await noteAt(earlier.store, size)
  expect(earlier.verifierKeys).toEqual(ledger.verifierKeys)
  return new Map(files).set('checkpoint', Buffer.from(note))
}

async function sign({ store, keyring }: TestLedger, checkpoint: Checkpoint): Promise<string> {
  const keys = new LedgerKeys({ store, keyring, origin: ORIGIN })
  return await signNote(formatCheckpoint(checkpoint), [await keys.signer()])
}

async function noteAt(store: Store, size: number): Promise<string> {
  const [record] = await store.get([checkpointKey(size)])
  return parseNote(record?.value ?? null) ?? ''
}

function flip(bytes: Uint8Array = new Uint8Array(), at: number, bit: number): Uint8Array {
  return bytes.map((byte, index) => (index === at % bytes.length ? byte ^ (1 << bit) : byte))
}
