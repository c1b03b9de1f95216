import { formatVerifierKey } from '@sallyport/tlog/note'
import { describe, expect, test } from 'vitest'
import { LEDGER } from '../../../test/bench.ts'
import { memoryFolder, type Files } from '../../../test/memory-folder.ts'
import { BY, DAY, withOldLedger, type OldLedger } from '../../../test/old-ledger.ts'
import { exportLedger, type Exported } from './export-ledger.ts'
import { verifyExport, type ExportVerification, type VerifyExportOptions } from './verify-export.ts'

const BUNDLES = ['tile/entries/000', 'tile/entries/001']

describe('exportLedger of a ledger that was pruned', () => {
  test('LOG-10 leaves out whole bundles, keeps all hashes, and says where the entries begin', async () => {
    await withOldLedger(async (ledger) => {
      await ledger.fillAndPrune(700)
      await ledger.audit.settle()
      const files: Files = new Map()

      expect(await exportInto(ledger, files)).toMatchObject({ size: 704, first: 512 })
      expect([...files.keys()].toSorted()).toEqual([
        'checkpoint',
        'keys/0001',
        'pruned',
        'tile/0/000',
        'tile/0/001',
        'tile/0/002.p/192',
        'tile/1/000.p/2',
        'tile/entries/002.p/192',
      ])
      expect(
        Buffer.from(files.get('pruned') ?? [])
          .toString()
          .split('\n')[2],
      ).toBe('512')
      for (const changes of [{}, { quick: true }, { list: undefined }]) {
        const found = await verify(ledger, files, changes)
        expect(found).toMatchObject({ verdict: 'good', problems: [], first: 512, pruned: { entryDays: 30 } })
      }
    })
  })

  test('keeps what an earlier export has of what was pruned since, and goes on with it', async () => {
    await withOldLedger(async (ledger) => {
      const { fill, clock, audit } = ledger
      await fill(700)
      const files: Files = new Map()
      await exportInto(ledger, files)
      clock.now += 31 * DAY
      await audit.prune(BY)
      await fill(400)
      await exportInto(ledger, files)
      expect(await verify(ledger, files)).toMatchObject({ verdict: 'good', problems: [], first: 512 })
      expect([...files.keys()]).toEqual(expect.arrayContaining(BUNDLES))

      files.set('tile/entries/001', flip(files.get('tile/entries/001')))
      const altered = await verify(ledger, files)
      expect([altered.verdict, altered.problems[0]?.kind]).toEqual(['corrupt', 'entry_altered'])
      files.delete('tile/entries/001')
      expect(await verify(ledger, files)).toMatchObject({ verdict: 'good', problems: [] })
      expect(await exportInto(ledger, files)).toMatchObject({ written: 0 })
    })
  })

  test('goes on after more was pruned', async () => {
    await withOldLedger(async (ledger) => {
      const files: Files = new Map()
      for (const first of [512, 1_024]) {
        await ledger.fillAndPrune(600)
        await ledger.audit.settle()
        expect(await exportInto(ledger, files)).toMatchObject({ first })
        expect(await verify(ledger, files)).toMatchObject({ verdict: 'good', problems: [], first })
      }
    })
  })

  test('waits for the checkpoint that covers a pruning', async () => {
    await withOldLedger(async (ledger) => {
      await ledger.fillAndPrune(700)
      const files: Files = new Map()
      await expect(exportInto(ledger, files)).rejects.toMatchObject({ code: 'ERR_AUDIT_UNSIGNED' })
      expect(files.size).toBe(0)
    })
  })

  test('stops when the ledger is pruned meanwhile, and completes what it began the next time', async () => {
    await withOldLedger(async (ledger) => {
      const { fill, clock, audit } = ledger
      await fill(700)
      clock.now += 31 * DAY
      const files: Files = new Map()
      const folder = memoryFolder(files)
      const write: typeof folder.write = async (path, bytes) => {
        await folder.write(path, bytes)
        if (path === BUNDLES[0]) await audit.prune(BY)
      }
      const exporting = exportLedger({ store: ledger.store, folder: { ...folder, write } })
      await expect(exporting).rejects.toMatchObject({ code: 'ERR_AUDIT_UNSIGNED' })
      await audit.settle()
      await exportInto(ledger, files)
      expect(await verify(ledger, files)).toMatchObject({ verdict: 'good', problems: [], first: 512 })
    })
  })

  test('leaves an export good that is killed before it puts its second checkpoint, as long as nothing is gone', async () => {
    await withOldLedger(async (ledger) => {
      const files: Files = new Map()
      await ledger.fill(700)
      await exportInto(ledger, files)
      await ledger.fillAndPrune(10)
      await ledger.audit.settle()
      await expect(exportUntil(ledger, files, 'checkpoint')).rejects.toThrow('killed')

      for (const quick of [false, true]) {
        expect(await verify(ledger, files, { list: undefined, quick })).toMatchObject({ verdict: 'good', first: 0 })
        const listed = await verify(ledger, files, { quick })
        expect(causesOf(listed)).toEqual(['file_ahead an export is under way or was interrupted: run it again'])
      }
      await exportInto(ledger, files)
      expect(await verify(ledger, files)).toMatchObject({ verdict: 'good', problems: [], first: 512 })
    })
  })

  test('is said to be under way when it is killed there and the statement of before is gone', async () => {
    await withOldLedger(async (ledger) => {
      const files: Files = new Map()
      await ledger.fillAndPrune(700)
      await ledger.audit.settle()
      await exportInto(ledger, files)
      await ledger.fillAndPrune(600)
      await ledger.audit.settle()
      await expect(exportUntil(ledger, files, 'checkpoint')).rejects.toThrow('killed')

      for (const quick of [false, true]) {
        const found = await verify(ledger, files, { list: undefined, quick })
        expect([found.verdict, found.problemCount]).toEqual(['incomplete', 1])
        expect(causesOf(found)).toEqual(['pruned_ahead an export is under way or was interrupted: run it again'])
      }
      await exportInto(ledger, files)
      expect(await verify(ledger, files)).toMatchObject({ verdict: 'good', problems: [], first: 1_280 })
    })
  })

  test('refuses a ledger of which entries are gone that nobody pruned', async () => {
    await withOldLedger(async (ledger) => {
      await ledger.fill(700)
      await ledger.store.commit({ id: 'thief', writes: [{ op: 'drop', below: 256, expect: 0 }], entries: [] })
      await expect(exportInto(ledger, new Map())).rejects.toMatchObject({ code: 'ERR_AUDIT_TREE_CORRUPT' })
    })
  })
})

describe('verifyExport of an export of what was pruned finds whoever', () => {
  test('takes away what says so, puts an older one there or alters it', async () => {
    await withOldLedger(async (ledger) => {
      const files: Files = new Map()
      await ledger.fillAndPrune(700)
      await ledger.audit.settle()
      await exportInto(ledger, files)
      const older = files.get('pruned') ?? new Uint8Array()
      await ledger.fillAndPrune(600)
      await ledger.audit.settle()
      await exportInto(ledger, files)

      files.delete('tile/entries/002')
      const verdicts = [new Uint8Array(), older, flip(files.get('pruned')), undefined].map(async (bytes) => {
        const changed: Files = new Map(files)
        if (bytes === undefined) changed.delete('pruned')
        else changed.set('pruned', bytes)
        return (await verify(ledger, changed)).verdict
      })
      expect(await Promise.all(verdicts)).not.toContain('good')
      expect(await verify(ledger, files)).toMatchObject({ verdict: 'good', first: 1_280 })
    })
  })

  test('takes away a bundle or a hash that has to be there', async () => {
    await withOldLedger(async (ledger) => {
      const files: Files = new Map()
      await ledger.fillAndPrune(700)
      await ledger.audit.settle()
      await exportInto(ledger, files)
      for (const path of ['tile/entries/002.p/192', 'tile/0/000', 'tile/0/001']) {
        const changed: Files = new Map(files)
        expect(changed.delete(path)).toBe(true)
        expect(['incomplete', 'corrupt']).toContain((await verify(ledger, changed)).verdict)
      }
    })
  })
})

async function exportInto({ store }: OldLedger, files: Files): Promise<Exported> {
  return await exportLedger({ store, folder: memoryFolder(files) })
}

async function exportUntil({ store }: OldLedger, files: Files, dieAt: string): Promise<void> {
  const folder = memoryFolder(files)
  const write: typeof folder.write = async (path, bytes) => {
    if (path === dieAt) throw new Error('killed')
    await folder.write(path, bytes)
  }
  await exportLedger({ store, folder: { ...folder, write } })
}

function causesOf({ problems }: ExportVerification): readonly string[] {
  return [...new Set(problems.map(({ kind, innocent }) => `${kind} ${innocent}`))]
}

async function verify(
  { keyring }: OldLedger,
  files: Files,
  changes: Partial<VerifyExportOptions> = {},
): Promise<ExportVerification> {
  const folder = memoryFolder(files)
  const verifierKeys = (await keyring.publicKeys()).map((key) => formatVerifierKey(LEDGER, key))
  const read: VerifyExportOptions['read'] = async (path, limit) => await folder.read(path, limit)
  return await verifyExport({ read, list: async (path) => await folder.list(path), verifierKeys, ...changes })
}

function flip(bytes: Uint8Array = new Uint8Array()): Uint8Array {
  return bytes.map((byte, at) => (at === 40 ? byte ^ 1 : byte))
}
