import { copyFile, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { LEDGER, makeLedger, removeLastEntry, spoilSignatures, tamper, writeOn } from '../../../test/bank-ledger.ts'
import { inFolder, sallyport } from '../../../test/run-command.ts'
import { VERDICT_CODES } from '../exit-codes.ts'

const KEY = ['--log-key', 'log.pub'] as const

describe('sallyport verify', () => {
  test('calls an untouched ledger good and ends with 0', async () => {
    await inFolder(async (folder) => {
      await makeLedger(folder)
      const run = await sallyport(folder, 'verify', LEDGER, ...KEY, '--json')

      expect([run.code, run.stderr]).toEqual([0, ''])
      expect(JSON.parse(run.stdout)).toMatchObject({ verdict: 'good', problems: [] })
    })
  })

  test('says the same in words', async () => {
    await inFolder(async (folder) => {
      await makeLedger(folder)
      const run = await sallyport(folder, 'verify', LEDGER, ...KEY)

      expect(run.stdout).toMatch(/^good: (\d+) entries, of which \1 are signed\nroot: \S+\n/)
    })
  })

  test('writes nothing: the folder has the same files with the same bytes afterwards', async () => {
    await inFolder(async (folder) => {
      await makeLedger(folder)
      const before = await snapshot(folder)
      await sallyport(folder, 'verify', LEDGER, ...KEY)

      expect(await snapshot(folder)).toEqual(before)
    })
  })

  test('finds a changed outcome, names the entry and ends with 20', async () => {
    await inFolder(async (folder) => {
      const size = await makeSized(folder)
      await tamper(folder, '"outcome":"success"', '"outcome":"failure"')
      const run = await sallyport(folder, 'verify', LEDGER, ...KEY, '--json')

      expect(run.code).toBe(20)
      expect(JSON.parse(run.stdout)).toMatchObject({ verdict: 'corrupt' })
      expect(JSON.parse(run.stdout).problems[0]).toMatchObject({ index: size - 2 })
    })
  })

  test('finds the end cut off and ends with 10', async () => {
    await inFolder(async (folder) => {
      const size = await makeSized(folder)
      await removeLastEntry(folder)
      const run = await sallyport(folder, 'verify', LEDGER, ...KEY, '--json')

      expect(run.code).toBe(10)
      expect(JSON.parse(run.stdout)).toMatchObject({ verdict: 'incomplete', size: size - 1, signedSize: size })
    })
  })

  test('finds a signature that does not hold and ends with 40', async () => {
    await inFolder(async (folder) => {
      await makeLedger(folder)
      spoilSignatures(folder)
      const run = await sallyport(folder, 'verify', LEDGER, ...KEY, '--json')

      expect(run.code).toBe(40)
      expect(JSON.parse(run.stdout)).toMatchObject({ verdict: 'bad_signature' })
    })
  })

  test('names the problem, its place and an innocent cause in words', async () => {
    await inFolder(async (folder) => {
      await makeLedger(folder)
      await tamper(folder, '"outcome":"success"', '"outcome":"failure"')
      const run = await sallyport(folder, 'verify', LEDGER, ...KEY)

      expect(run.stdout).toMatch(/^corrupt: /)
      expect(run.stdout).toMatch(/\n- entry \d+, \w+: .+\n {2}innocent cause: .+/)
    })
  })

  test('LOG-08 finds a database that was put back to an older copy by a checkpoint that was kept, and ends with 10', async () => {
    await inFolder(async (folder) => {
      const size = await makeSized(folder)
      await copyFile(join(folder, 'bank.db'), join(folder, 'older.db'))
      await writeOn(folder, async () => undefined)
      const alone = await sallyport(folder, 'verify', 'sqlite:older.db', ...KEY)
      const known = await sallyport(folder, 'verify', 'sqlite:older.db', ...KEY, '--checkpoint', 'checkpoint', '--json')

      expect([alone.code, known.code]).toEqual([0, 10])
      expect(JSON.parse(known.stdout)).toMatchObject({ verdict: 'incomplete', size, signedSize: size + 2 })
    })
  })

  test('takes several checkpoints that were kept, and calls a ledger good that has grown from all of them', async () => {
    await inFolder(async (folder) => {
      await makeLedger(folder)
      await copyFile(join(folder, 'checkpoint'), join(folder, 'yesterday'))
      await writeOn(folder, async () => undefined)
      const kept = ['--checkpoint', 'yesterday', '--checkpoint', 'checkpoint']

      expect((await sallyport(folder, 'verify', LEDGER, ...KEY, ...kept)).code).toBe(0)
    })
  })

  test('never passes over a checkpoint that is missing, or whose signature does not hold', async () => {
    await inFolder(async (folder) => {
      await makeLedger(folder)
      const note = await readFile(join(folder, 'checkpoint'), 'utf8')
      await writeFile(join(folder, 'damaged'), note.replace(/^\d+$/m, '4'))
      const missing = await sallyport(folder, 'verify', LEDGER, ...KEY, '--checkpoint', 'none', '--json')
      const damaged = await sallyport(folder, 'verify', LEDGER, ...KEY, '--checkpoint', 'damaged', '--json')

      expect([missing.code, damaged.code]).toEqual([50, 40])
    })
  })

  test('ends with 50 before anything is judged, and names the file, when a given checkpoint is no signed note', async () => {
    await inFolder(async (folder) => {
      await makeLedger(folder)
      await writeFile(join(folder, 'empty'), '')
      const runs = await Promise.all(
        ['empty', 'keys.json', 'log.pub'].map((file) =>
          sallyport(folder, 'verify', LEDGER, ...KEY, '--checkpoint', 'checkpoint', '--checkpoint', file),
        ),
      )

      expect(runs.map(({ code, stdout }) => [code, stdout])).toEqual([
        [50, expect.stringContaining('The checkpoint empty is empty')],
        [50, expect.stringContaining('The checkpoint keys.json is no signed note')],
        [50, expect.stringContaining('The checkpoint log.pub is no signed note')],
      ])
    })
  })

  test('names the file of the given checkpoint that a problem comes from, of a ledger and of its export', async () => {
    await inFolder(async (folder) => {
      await makeLedger(folder)
      await copyFile(join(folder, 'bank.db'), join(folder, 'older.db'))
      await copyFile(join(folder, 'checkpoint'), join(folder, 'good'))
      await sallyport(folder, 'export', LEDGER, 'archive')
      await writeOn(folder, async () => undefined)
      const note = await readFile(join(folder, 'good'), 'utf8')
      await writeFile(join(folder, 'forged'), note.replace(/^\d+$/m, '4'))
      const given = ['good', 'forged', 'checkpoint'].flatMap((file) => ['--checkpoint', file])
      const known = await sallyport(folder, 'verify', 'sqlite:older.db', ...KEY, ...given, '--json')
      const copied = await sallyport(folder, 'verify', 'archive', ...KEY, ...given, '--json')
      const words = await sallyport(folder, 'verify', 'archive', ...KEY, ...given)

      const expected = [
        { kind: 'checkpoint_forged', files: ['forged'] },
        { kind: 'entry_missing', files: ['checkpoint'] },
      ]
      expect(JSON.parse(known.stdout).problems).toMatchObject(expected)
      expect(JSON.parse(copied.stdout).problems).toMatchObject(expected)
      expect(words.stdout).toContain('\n  of the given checkpoint forged\n')
    })
  })

  test('judges quickly without reading what the entries say', async () => {
    await inFolder(async (folder) => {
      await makeLedger(folder)
      const run = await sallyport(folder, 'verify', LEDGER, ...KEY, '--quick', '--json')

      expect(run.code).toBe(0)
      expect(JSON.parse(run.stdout)).not.toHaveProperty('lifecycle')
    })
  })

  test('does not call a ledger good that another key signed', async () => {
    await inFolder(async (folder) => {
      await makeLedger(folder)
      const other = ['--keys', 'other.json', '--log-key', 'other.pub']
      await sallyport(folder, 'keygen', '--origin', 'bank.example/audit', ...other)
      const run = await sallyport(folder, 'verify', LEDGER, '--log-key', 'other.pub', '--json')

      expect(run.code).toBe(40)
      expect(JSON.parse(run.stdout)).toMatchObject({ verdict: 'bad_signature', signedSize: 0 })
    })
  })

  test('calls a ledger that is not there unverifiable, as JSON when asked, and creates none', async () => {
    await inFolder(async (folder) => {
      await sallyport(folder, 'keygen', '--origin', 'a')
      const run = await sallyport(folder, 'verify', 'sqlite:none.db', ...KEY, '--json')

      expect(run.code).toBe(50)
      expect(JSON.parse(run.stdout)).toMatchObject({ verdict: 'unverifiable', size: 0 })
      expect((await readdir(folder)).toSorted()).toEqual(['keys.json', 'log.pub'])
    })
  })

  test('calls a file that is no database unverifiable', async () => {
    await inFolder(async (folder) => {
      await sallyport(folder, 'keygen', '--origin', 'a')
      await writeFile(join(folder, 'bank.db'), 'not a database, but long enough to be looked at'.repeat(50))
      const run = await sallyport(folder, 'verify', LEDGER, ...KEY)

      expect(run.code).toBe(50)
      expect(run.stdout).toMatch(/^unverifiable: /)
    })
  })

  test('calls a missing key and a damaged one unverifiable', async () => {
    await inFolder(async (folder) => {
      await makeLedger(folder)
      await rm(join(folder, 'log.pub'))
      const missing = await sallyport(folder, 'verify', LEDGER, ...KEY, '--json')
      await writeFile(join(folder, 'log.pub'), 'bank.example/audit+00000000+AAAA\n')
      const damaged = await sallyport(folder, 'verify', LEDGER, ...KEY, '--json')

      expect([missing.code, damaged.code]).toEqual([50, 50])
      expect(JSON.parse(missing.stdout).problems).toHaveLength(1)
      expect(JSON.parse(damaged.stdout).problems).toHaveLength(1)
    })
  })

  test('ends with 2 without a ledger, without a key, or for another kind of address', async () => {
    await inFolder(async (folder) => {
      const runs = await Promise.all([
        sallyport(folder, 'verify', ...KEY),
        sallyport(folder, 'verify', LEDGER),
        sallyport(folder, 'verify', 'bank.db', ...KEY, '--json'),
      ])

      expect(runs.map((run) => run.code)).toEqual([2, 2, 2])
    })
  })

  test('gives every verdict a code of its own that never changes', () => {
    expect(VERDICT_CODES).toEqual({
      good: 0,
      incomplete: 10,
      corrupt: 20,
      diverged: 30,
      bad_signature: 40,
      unverifiable: 50,
    })
  })
})

/** Makes the ledger and gives how many entries it has; the last but one is the challenge that was verified. */
async function makeSized(folder: string): Promise<number> {
  await makeLedger(folder)
  const run = await sallyport(folder, 'verify', LEDGER, ...KEY, '--json')
  return JSON.parse(run.stdout).size
}

async function snapshot(folder: string): Promise<readonly (readonly [string, string])[]> {
  const names = (await readdir(folder)).toSorted()
  return Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), 'base64')] as const))
}
