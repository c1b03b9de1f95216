import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { LEDGER, makeLedger, writeOn } from '../../../test/bank-ledger.ts'
import { inFolder, sallyport } from '../../../test/run-command.ts'

const ACCEPT = ['accept-rollback', LEDGER, '--checkpoint', 'checkpoint'] as const

describe('sallyport accept-rollback', () => {
  test('lets a ledger go on that was put back, and records what was given up', async () => {
    await inFolder(async (folder) => {
      await putBack(folder)
      await expect(writeOn(folder, async () => undefined)).rejects.toMatchObject({ code: 'ERR_AUDIT_ROLLED_BACK' })

      const { code, stdout } = await sallyport(folder, ...ACCEPT)
      await writeOn(folder, async () => undefined)

      expect({ code, stdout }).toEqual({
        code: 0,
        stdout: expect.stringMatching(/^Entry \d+ records what was given up/),
      })
      expect(await verify(folder)).toMatchObject({ verdict: 'good' })
      expect(await verify(folder, '--checkpoint', 'lost')).toMatchObject({
        verdict: 'incomplete',
        problems: [{ kind: 'checkpoint_abandoned' }],
      })
    })
  })

  test('does nothing to a ledger that was not put back', async () => {
    await inFolder(async (folder) => {
      await makeLedger(folder)

      const { code, stdout } = await sallyport(folder, ...ACCEPT)

      expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('Nothing to accept') })
      expect(await verify(folder)).toMatchObject({ verdict: 'good' })
    })
  })

  test('creates no ledger where there is none', async () => {
    await inFolder(async (folder) => {
      await makeLedger(folder)

      const { code, stderr } = await sallyport(
        folder,
        'accept-rollback',
        'sqlite:bnak.db',
        '--checkpoint',
        'checkpoint',
      )
      expect({ code, stderr }).toEqual({ code: 50, stderr: expect.stringContaining('cannot be read') })
    })
  })
})

/** Makes a ledger, goes on with it, and puts the older copy back; the newest checkpoint is kept as `lost`. */
async function putBack(folder: string): Promise<void> {
  await makeLedger(folder)
  await copyFile(join(folder, 'bank.db'), join(folder, 'older.db'))
  await writeOn(folder, async () => undefined)
  await copyFile(join(folder, 'checkpoint'), join(folder, 'lost'))
  await copyFile(join(folder, 'older.db'), join(folder, 'bank.db'))
}

async function verify(folder: string, ...more: readonly string[]): Promise<unknown> {
  return JSON.parse((await sallyport(folder, 'verify', LEDGER, '--log-key', 'log.pub', '--json', ...more)).stdout)
}
