import { cp, mkdir, readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { event, openAudit } from '@sallyport/audit'
import type { Audit } from '@sallyport/audit'
import { exportLedger } from '@sallyport/audit/export'
import type { Exported } from '@sallyport/audit/export'
import { verifyExport } from '@sallyport/audit/ledger'
import { createKeyring } from '@sallyport/keyring'
import { createMemoryStore } from '@sallyport/store'
import type { Store } from '@sallyport/store'
import { formatVerifierKey } from '@sallyport/tlog/note'
import { beforeAll, describe, expect, test } from 'vitest'
import { copyStore } from '../../test/copy-store.ts'
import { failingFiles } from '../../test/failing-files.ts'
import { readTree } from '../../test/read-tree.ts'
import { inFolder } from '../../test/run-command.ts'
import { openExportFolder } from './export-folder.ts'
import type { FileSystem } from './export-folder.ts'
import { exportSource } from './export-source.ts'

const ORIGIN = 'bank.example/audit'
const keyring = createKeyring({
  keys: [
    { id: 'seal0000', purpose: 'seal', secret: Buffer.alloc(32, 1) },
    { id: 'name0000', purpose: 'pseudonym', secret: Buffer.alloc(32, 2) },
    { id: 'sign0000', purpose: 'sign', secret: Buffer.alloc(32, 3) },
  ],
})
const unwritable = expect.objectContaining({ code: 'ERR_CLI_UNWRITABLE' })
const store = createMemoryStore()
const yesterday = createMemoryStore()
let verifierKeys: readonly string[] = []

// A ledger of some 600 entries, and the same one as it was when it had some 200: what is exported first, and then.
beforeAll(async () => {
  const audit = await openAudit({ store, subjects: createMemoryStore(), keyring, origin: ORIGIN, app: 'bank' })
  await record(audit, 3)
  await audit.settle()
  await copyStore(store, yesterday)
  await record(audit, 6)
  await audit.close()
  const [publicKey = new Uint8Array()] = await keyring.publicKeys()
  verifierKeys = [formatVerifierKey(ORIGIN, publicKey)]
})

describe('an export that is killed', () => {
  test('at any step goes on to the same folder, byte for byte, when it is run again', async () => {
    await inFolder(async (folder) => {
      const whole = join(folder, 'whole')
      await exportTo(whole, store)
      const expected = await readTree(whole)
      const { steps, system } = failingFiles(Infinity)
      await exportTo(join(folder, 'counted'), store, system)

      expect(steps()).toBeGreaterThan(60)
      for (let step = 1; step <= steps(); step++) {
        const path = join(folder, String(step))
        await expect(exportTo(path, store, failingFiles(step).system)).rejects.toEqual(unwritable)
        await exportTo(path, store)

        expect(await readTree(path)).toEqual(expected)
      }
    })
  })

  test('at any step of adding to an earlier one leaves all that its checkpoint names, and goes on', async () => {
    await inFolder(async (folder) => {
      const earlier = join(folder, 'earlier')
      await exportTo(earlier, yesterday)
      const { steps, system } = failingFiles(Infinity)
      await cp(earlier, join(folder, 'whole'), { recursive: true })
      await exportTo(join(folder, 'whole'), store, system)
      const expected = await readTree(join(folder, 'whole'))

      for (let step = 1; step <= steps(); step++) {
        const path = join(folder, String(step))
        await cp(earlier, path, { recursive: true })
        await expect(exportTo(path, store, failingFiles(step).system)).rejects.toEqual(unwritable)
        const { verdict, problems } = await judge(path)
        expect(['good', 'incomplete']).toContain(verdict)
        expect(problems.filter(({ kind }) => kind !== 'file_ahead')).toEqual([])

        await exportTo(path, store)
        expect(await readTree(path)).toEqual(expected)
      }
    })
  })

  test('leaves its half-written file as a draft, which the next one removes', async () => {
    await inFolder(async (folder) => {
      const draft = join(folder, 'tile', '0', '.000.0123456789abcdef.draft')
      await mkdir(join(folder, 'tile', '0'), { recursive: true })
      await writeFile(draft, 'half')
      await writeFile(join(folder, '.notes.draft'), 'ours')
      await exportTo(folder, store)

      expect(await readdir(join(folder, 'tile', '0'))).toEqual(['000', '001', '002.p'])
      expect(await readdir(folder)).toContain('.notes.draft')
    })
  })
})

describe('a folder that is exported to', () => {
  test('is refused while another export writes to it, and takes one afterwards', async () => {
    await inFolder(async (folder) => {
      const path = join(folder, 'export')
      const busy = await openExportFolder(path)

      await expect(openExportFolder(path)).rejects.toEqual(unwritable)
      busy.close()
      await exportTo(path, store)
      expect((await judge(path)).verdict).toBe('good')
    })
  })

  test('is whole after many exports at once, of which at least one went through', async () => {
    await inFolder(async (folder) => {
      const path = join(folder, 'export')
      const tries = Array.from({ length: 20 }, (_, at) => exportTo(path, at % 2 === 0 ? store : yesterday))
      const done = await Promise.allSettled(tries)
      await exportTo(path, store)

      expect(done.some(({ status }) => status === 'fulfilled')).toBe(true)
      expect((await judge(path)).verdict).toBe('good')
    })
  })

  test('is readable by its owner only', async () => {
    await inFolder(async (folder) => {
      const path = join(folder, 'export')
      await exportTo(path, store)
      const modes = await Promise.all(
        ['.', 'checkpoint', 'tile', 'tile/entries/000'].map(
          async (name) => (await stat(join(path, name))).mode & 0o777,
        ),
      )

      expect(modes).toEqual([0o700, 0o600, 0o700, 0o600])
    })
  })

  test('holds no empty folder of partial files once the full ones are there', async () => {
    await inFolder(async (folder) => {
      await exportTo(folder, yesterday)
      expect(await readdir(join(folder, 'tile', '0'))).toEqual(['000.p'])

      await exportTo(folder, store)
      expect((await readdir(join(folder, 'tile', '0'))).toSorted()).toEqual(['000', '001', '002.p'])
    })
  })

  test('says why it cannot be written, and that running again helps', async () => {
    await inFolder(async (folder) => {
      const full = Object.assign(new Error('no space'), { code: 'ENOSPC' })

      await expect(exportTo(folder, store, failingFiles(9, full).system)).rejects.toThrow(
        expect.objectContaining({ code: 'ERR_CLI_UNWRITABLE', message: expect.stringContaining('the disk is full') }),
      )
      await writeFile(join(folder, 'file'), '')
      await expect(openExportFolder(join(folder, 'file'))).rejects.toEqual(unwritable)
    })
  })
})

async function exportTo(path: string, from: Store, system?: FileSystem): Promise<Exported> {
  const folder = await openExportFolder(path, system)
  try {
    return await exportLedger({ store: from, folder })
  } finally {
    folder.close()
  }
}

async function judge(path: string): ReturnType<typeof verifyExport> {
  return await verifyExport({ ...exportSource(path), verifierKeys })
}

async function record(audit: Audit, commits: number): Promise<void> {
  const one = event('access.denied', { outcome: 'failure', data: { requirement: 'transfer' } })
  for (let at = 0; at < commits; at++) await audit.commit({ writes: [], events: Array.from({ length: 64 }, () => one) })
}
