import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openKeyring } from '@sallyport/keyring'
import { describe, expect, test } from 'vitest'
import { LEDGER, makeLedger, writeOn } from '../../../test/bank-ledger.ts'
import { inFolder, sallyport } from '../../../test/run-command.ts'

describe('sallyport rotate', () => {
  test('leads through a rotation after which any one of the keys verifies all of the ledger', async () => {
    await inFolder(async (folder) => {
      await makeLedger(folder)
      const rotated = await sallyport(folder, 'rotate')
      await writeOn(folder, async () => undefined)
      const retired = await sallyport(folder, 'rotate', '--retire', LEDGER)
      await writeOn(folder, async () => undefined)
      const [oldest, newest] = (await readFile(join(folder, 'log.pub'), 'utf8')).trim().split('\n')

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

  test('changes nothing when the public key cannot be read', async () => {
    await inFolder(async (folder) => {
      await makeLedger(folder)
      const before = await readFile(join(folder, 'keys.json'), 'utf8')

      expect((await sallyport(folder, 'rotate', '--log-key', 'other.pub')).code).toBe(50)
      expect(await readFile(join(folder, 'keys.json'), 'utf8')).toBe(before)
    })
  })
})

async function verdictOf(folder: string, key: string | undefined): Promise<string> {
  await writeFile(join(folder, 'one.pub'), `${key}\n`)
  return JSON.parse((await sallyport(folder, 'verify', LEDGER, '--log-key', 'one.pub', '--json')).stdout).verdict
}
