import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openKeyring, retireSignKeys, rotateKey } from '@sallyport/keyring'
import { describe, expect, test } from 'vitest'
import { LEDGER, makeLedger, writeOn } from '../../../test/bank-ledger.ts'
import { inFolder, sallyport } from '../../../test/run-command.ts'

describe('sallyport rotate', () => {
  test('leads through a rotation after which any one of the keys verifies all of the ledger', async () => {
    await inFolder(async (folder) => {
      await makeLedger(folder)
      const rotated = await sallyport(folder, 'rotate')
      const [oldest, newest] = await linesOf(folder)
      await writeOn(folder, async () => undefined)
      const retired = await sallyport(folder, 'rotate', '--retire', LEDGER)
      await writeOn(folder, async () => undefined)

      expect([rotated.code, retired.code]).toEqual([0, 0])
      expect(await (await openKeyring(join(folder, 'keys.json'))).publicKeys()).toHaveLength(1)
      for (const key of [oldest, newest]) expect(await verdictOf(folder, key)).toBe('good')
    })
  })

  test('says that there is nothing to retire', async () => {
    await inFolder(async (folder) => {
      await makeLedger(folder)

      const { code, stdout } = await sallyport(folder, 'rotate', '--retire', LEDGER)
      expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('nothing was changed') })
    })
  })

  test('retires nothing while the ledger does not know the newest key', async () => {
    await inFolder(async (folder) => {
      await makeLedger(folder)
      await sallyport(folder, 'rotate')

      const { code, stderr } = await sallyport(folder, 'rotate', '--retire', LEDGER)
      expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('start every process anew') })
      expect(await (await openKeyring(join(folder, 'keys.json'))).publicKeys()).toHaveLength(2)
    })
  })

  test('leaves the newest key alone in the public key file after --retire, and keeps the lines until then beside it', async () => {
    await inFolder(async (folder) => {
      await makeLedger(folder)
      await writeFile(join(folder, 'log.pub.1'), 'of an earlier rotation')
      await sallyport(folder, 'rotate')
      const both = await linesOf(folder)
      await writeOn(folder, async () => undefined)
      const { stdout } = await sallyport(folder, 'rotate', '--retire', LEDGER)

      expect(both).toHaveLength(2)
      expect(await linesOf(folder)).toEqual(both.slice(1))
      expect(await linesOf(folder, 'log.pub.2')).toEqual(both)
      expect(await linesOf(folder, 'log.pub.1')).toEqual(['of an earlier rotation'])
      expect(stdout).toContain('log.pub.2: ')
    })
  })

  test('finishes a --retire that was interrupted between its two files', async () => {
    await inFolder(async (folder) => {
      await makeLedger(folder)
      await sallyport(folder, 'rotate')
      const both = await linesOf(folder)
      await writeOn(folder, async () => undefined)
      await retireSignKeys(join(folder, 'keys.json'))

      expect((await sallyport(folder, 'rotate', '--retire', LEDGER)).code).toBe(0)
      expect([await linesOf(folder), await linesOf(folder, 'log.pub.1')]).toEqual([both.slice(1), both])
    })
  })

  test('ends every line of the public key file, whose permissions stay', async () => {
    await inFolder(async (folder) => {
      await makeLedger(folder)
      const [first = ''] = await linesOf(folder)
      await writeFile(join(folder, 'log.pub'), first)
      await chmod(join(folder, 'log.pub'), 0o664)
      await sallyport(folder, 'rotate')

      expect(await linesOf(folder)).toEqual([first, expect.stringMatching(/^bank\.example\/audit\+/)])
      expect((await stat(join(folder, 'log.pub'))).mode & 0o777).toBe(0o664)
      expect((await readdir(folder)).filter((name) => name.includes('draft'))).toEqual([])
    })
  })

  test('adds the line that an interrupted rotation left out, and makes no further key', async () => {
    await inFolder(async (folder) => {
      await makeLedger(folder)
      await rotateKey(join(folder, 'keys.json'), 'sign')
      const { code, stdout } = await sallyport(folder, 'rotate')
      const newest = (await linesOf(folder)).at(-1)
      await writeOn(folder, async () => undefined)

      expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('No other key was made') })
      expect(await (await openKeyring(join(folder, 'keys.json'))).publicKeys()).toHaveLength(2)
      expect(await verdictOf(folder, newest)).toBe('good')
    })
  })

  test('adds no key to the public key file of another ledger', async () => {
    await inFolder(async (folder) => {
      await makeLedger(folder)
      const other = ['--keys', 'other.json', '--log-key', 'other.pub']
      await sallyport(folder, 'keygen', '--origin', 'bank.example/audit', ...other)
      const before = await linesOf(folder, 'other.pub')

      expect((await sallyport(folder, 'rotate', '--log-key', 'other.pub')).code).toBe(50)
      expect(await linesOf(folder, 'other.pub')).toEqual(before)
      expect(await (await openKeyring(join(folder, 'keys.json'))).publicKeys()).toHaveLength(1)
    })
  })

  test('changes nothing when the public key cannot be read', async () => {
    await inFolder(async (folder) => {
      await makeLedger(folder)
      const before = await readFile(join(folder, 'keys.json'), 'utf8')

      expect((await sallyport(folder, 'rotate', '--log-key', 'other.pub')).code).toBe(50)
      expect(await readFile(join(folder, 'keys.json'), 'utf8')).toBe(before)
    })
  })
})

async function linesOf(folder: string, name = 'log.pub'): Promise<readonly string[]> {
  return (await readFile(join(folder, name), 'utf8')).trim().split('\n')
}

async function verdictOf(folder: string, key: string | undefined): Promise<string> {
  await writeFile(join(folder, 'one.pub'), `${key}\n`)
  return JSON.parse((await sallyport(folder, 'verify', LEDGER, '--log-key', 'one.pub', '--json')).stdout).verdict
}
