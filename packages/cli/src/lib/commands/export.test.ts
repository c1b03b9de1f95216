import { copyFile, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { LEDGER, makeLedger, tamper, writeOn } from '../../../test/bank-ledger.ts'
import { readTree } from '../../../test/read-tree.ts'
import { inFolder, sallyport as sallyportAlone, sallyportHere } from '../../../test/run-command.ts'
import type { Run } from '../../../test/run-command.ts'

const KEY = ['--log-key', 'log.pub'] as const

describe('sallyport export', () => {
  test('writes the layout of a tiled log, and says what', async () => {
    await inFolder(async (folder) => {
      await makeLedger(folder)
      const run = await sallyportAlone(folder, 'export', LEDGER, 'out')
      const paths = Object.keys(await readTree(join(folder, 'out')))

      expect([run.code, run.stderr]).toEqual([0, ''])
      expect(run.stdout).toMatch(
        /^exported: \d+ entries of bank\.example\/audit\nroot: \S+\nfiles: \d written, 0 were there/,
      )
      expect(paths.filter((path) => !path.startsWith('keys/'))).toEqual([
        '.export-lock',
        'checkpoint',
        await onlyFile(folder, 'tile/0/000.p'),
        await onlyFile(folder, 'tile/entries/000.p'),
      ])
    })
  })

  test('says the same as JSON, and writes nothing when run again', async () => {
    await inFolder(async (folder) => {
      await makeLedger(folder)
      const first = JSON.parse((await sallyport(folder, 'export', LEDGER, 'out', '--json')).stdout)
      const again = JSON.parse((await sallyport(folder, 'export', LEDGER, 'out', '--json')).stdout)

      expect(first).toMatchObject({
        ok: true,
        origin: 'bank.example/audit',
        kept: 0,
        removed: 0,
        passedOver: 0,
      })
      expect(again).toEqual({ ...first, written: 0, kept: first.written })
    })
  })

  test('writes nothing to the ledger', async () => {
    await inFolder(async (folder) => {
      await makeLedger(folder)
      const before = await readFile(join(folder, 'bank.db'))
      await sallyport(folder, 'export', LEDGER, 'out')

      expect(await readFile(join(folder, 'bank.db'))).toEqual(before)
    })
  })

  test('LOG-08 refuses to follow a ledger that was put back to an older copy, ends with 1 and leaves the folder', async () => {
    await inFolder(async (folder) => {
      await makeLedger(folder)
      await copyFile(join(folder, 'bank.db'), join(folder, 'older.db'))
      await writeOn(folder, async () => undefined)
      await sallyport(folder, 'export', LEDGER, 'out')
      const before = await readTree(join(folder, 'out'))
      const run = await sallyport(folder, 'export', 'sqlite:older.db', 'out', '--json')

      expect(run.code).toBe(1)
      expect(run.stderr).toMatch(/^sallyport: .*put back to an older copy/)
      expect(JSON.parse(run.stdout)).toMatchObject({ ok: false, code: 'ERR_AUDIT_ROLLED_BACK' })
      expect(await readTree(join(folder, 'out'))).toEqual(before)
    })
  })

  test('overwrites no file that differs, names it and ends with 1', async () => {
    await inFolder(async (folder) => {
      await makeLedger(folder)
      await sallyport(folder, 'export', LEDGER, 'out')
      const path = await onlyFile(folder, 'tile/0/000.p')
      await writeFile(join(folder, 'out', path), 'ours')
      const run = await sallyport(folder, 'export', LEDGER, 'out')

      expect(run.code).toBe(1)
      expect(run.stderr).toContain(path)
      expect(await readFile(join(folder, 'out', path), 'utf8')).toBe('ours')
    })
  })

  test('does not export a ledger that was tampered with, and ends with 20', async () => {
    await inFolder(async (folder) => {
      await makeLedger(folder)
      await tamper(folder, '"challenge":"c1"', '"challenge":"c2"')
      const run = await sallyport(folder, 'export', LEDGER, 'out')

      expect(run.code).toBe(20)
      expect(Object.keys(await readTree(join(folder, 'out')))).not.toContain('checkpoint')
    })
  })

  test('ends with 50 for a ledger that is not there, and makes no folder for it', async () => {
    await inFolder(async (folder) => {
      const run = await sallyport(folder, 'export', 'sqlite:none.db', 'out', '--json')

      expect([run.code, JSON.parse(run.stdout).ok]).toEqual([50, false])
      expect(await readTree(folder)).toEqual({})
    })
  })

  test('ends with 1 where no folder can be', async () => {
    await inFolder(async (folder) => {
      await makeLedger(folder)
      const run = await sallyport(folder, 'export', LEDGER, 'log.pub')

      expect(run.code).toBe(1)
      expect(run.stderr).toMatch(/^sallyport: The folder \S+log\.pub cannot be written/)
    })
  })

  test('ends with 2 without a ledger or folder, or with more', async () => {
    await inFolder(async (folder) => {
      const runs = await Promise.all([
        sallyport(folder, 'export'),
        sallyport(folder, 'export', LEDGER),
        sallyport(folder, 'export', LEDGER, 'a', 'b'),
        sallyport(folder, 'export', 'bank.db', 'a'),
        sallyport(folder, 'export', LEDGER, 'a', '--nonsense'),
      ])

      expect(runs.map((run) => run.code)).toEqual([2, 2, 2, 2, 2])
    })
  })
})

describe('sallyport verify of an export', () => {
  test('needs the folder and the public key only, and calls it good', async () => {
    await inFolder(async (folder) => {
      await makeLedger(folder)
      await sallyport(folder, 'export', LEDGER, 'out')
      await Promise.all(['bank.db', 'keys.json', 'checkpoint'].map((name) => rm(join(folder, name))))
      const run = await sallyportAlone(folder, 'verify', 'out', ...KEY)

      expect([run.code, run.stderr]).toEqual([0, ''])
      expect(run.stdout).toMatch(/^good: (\d+) entries, of which \1 are signed\nroot: \S+\nchallenges: 1 issued/)
    })
  })

  test('gives the JSON that a verification of the ledger gives', async () => {
    await inFolder(async (folder) => {
      await makeLedger(folder)
      await sallyport(folder, 'export', LEDGER, 'out')
      const [ledger, out] = [await verifyJson(folder, LEDGER), await verifyJson(folder, 'out')]

      expect(JSON.parse(out.stdout)).toEqual({ ...JSON.parse(ledger.stdout), foreign: { names: [], count: 0 } })
    })
  })

  test('ends with the code of what was done to it: 10, 20, 40', async () => {
    await inFolder(async (folder) => {
      await makeLedger(folder)
      const codes: Record<string, number | null> = {}
      for (const [name, change] of Object.entries({ gone: undefined, changed: flipped })) {
        for (const place of ['tile/entries/000.p', 'tile/0/000.p', 'keys', 'checkpoint']) {
          await rm(join(folder, 'out'), { recursive: true, force: true })
          await sallyport(folder, 'export', LEDGER, 'out')
          const file = join(folder, 'out', place === 'checkpoint' ? place : await onlyFile(folder, place))
          await (change === undefined ? rm(file) : writeFile(file, change(await readFile(file))))
          codes[`${place} ${name}`] = (await verifyJson(folder, 'out')).code
        }
      }

      expect(codes).toEqual({
        'tile/entries/000.p gone': 10,
        'tile/0/000.p gone': 20,
        'keys gone': 10,
        'checkpoint gone': 10,
        'tile/entries/000.p changed': 20,
        'tile/0/000.p changed': 20,
        'keys changed': 40,
        'checkpoint changed': 40,
      })
    })
  })

  test('names the file that is wrong, and those that are not judged', async () => {
    await inFolder(async (folder) => {
      await makeLedger(folder)
      await sallyport(folder, 'export', LEDGER, 'out')
      await writeFile(join(folder, 'out', await onlyFile(folder, 'tile/0/000.p')), 'short')
      await writeFile(join(folder, 'out', 'README'), 'ours')
      const { stdout } = await sallyport(folder, 'verify', 'out', ...KEY)

      expect(stdout).toMatch(/^corrupt: /)
      expect(stdout).toMatch(/\n- file tile\/0\/000\.p\/\d+, file_length: .+\n {2}innocent cause: .+/)
      expect(stdout).toMatch(/\nnote: not of the export, and not judged \(1\): README$/)
    })
  })

  test('finds it put back to an older one by a checkpoint that was kept', async () => {
    await inFolder(async (folder) => {
      await makeLedger(folder)
      await sallyport(folder, 'export', LEDGER, 'older')
      await writeOn(folder, async () => undefined)
      const alone = await sallyport(folder, 'verify', 'older', ...KEY)
      const known = await sallyport(folder, 'verify', 'older', ...KEY, '--checkpoint', 'checkpoint')

      expect([alone.code, known.code]).toEqual([0, 10])
    })
  })

  test('takes what is no file for none: it waits for no pipe and reads no device', async () => {
    await inFolder(async (folder) => {
      await makeLedger(folder)
      await sallyport(folder, 'export', LEDGER, 'out')
      const file = join(folder, 'out', await onlyFile(folder, 'tile/entries/000.p'))
      await rm(file)
      await symlink('/dev/zero', file)

      expect((await verifyJson(folder, 'out')).code).toBe(10)
    })
  })

  test('cannot tell of a folder that holds no export', async () => {
    await inFolder(async (folder) => {
      await makeLedger(folder)
      await mkdir(join(folder, 'empty'))
      const run = await verifyJson(folder, 'empty')

      expect(run.code).toBe(50)
      expect(JSON.parse(run.stdout).problems[0]).toMatchObject({ kind: 'no_export' })
    })
  })

  test('ends with 2 for a folder that is not there', async () => {
    await inFolder(async (folder) => {
      expect((await sallyport(folder, 'verify', 'none', ...KEY)).code).toBe(2)
    })
  })

  test('shows no progress where nobody watches', async () => {
    await inFolder(async (folder) => {
      await makeLedger(folder)
      const run = await sallyportAlone(folder, 'verify', LEDGER, ...KEY)

      expect(run.stderr).toBe('')
      expect(run.stdout).not.toContain('\u001b')
    })
  })
})

/** Runs the command in this process; the names after its own are those of files in the folder. */
async function sallyport(folder: string, command: string, ...args: readonly string[]): Promise<Run> {
  const place = (name: string): string =>
    name.startsWith('sqlite:') ? `sqlite:${join(folder, name.slice(7))}` : join(folder, name)
  return await sallyportHere(command, ...args.map((arg) => (arg.startsWith('-') ? arg : place(arg))))
}

async function verifyJson(folder: string, target: string): Promise<Run> {
  return await sallyport(folder, 'verify', target, ...KEY, '--json')
}

/** The path of the one file in a folder of the export. */
async function onlyFile(folder: string, place: string): Promise<string> {
  const [name = ''] = await readdir(join(folder, 'out', place))
  return `${place}/${name}`
}

function flipped(bytes: Buffer): Buffer {
  return Buffer.from(bytes.map((byte, at) => (at === 40 ? byte ^ 1 : byte)))
}
