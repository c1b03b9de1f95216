import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { LEDGER, tamper } from '../../../test/bank-ledger.ts'
import { inFolder, sallyport, sallyportFed } from '../../../test/run-command.ts'
import { makeReceiptFile, makeTransfer } from '../../../test/transfer-receipt.ts'

const KEY = ['--log-key', 'log.pub']
const UNKNOWN = '01MCC5RM000C1G60R30C1G60R3'

describe('sallyport receipt', () => {
  test('makes a receipt that proves its event with nothing but the public key', async () => {
    await inFolder(async (folder) => {
      const id = await makeTransfer(folder)
      const made = await sallyport(folder, 'receipt', LEDGER, '--event', id)
      const json = await sallyportFed(folder, made.stdout, 'verify-receipt', '-', ...KEY, '--json')

      expect([made.code, made.stderr, json.code, json.stderr]).toEqual([0, '', 0, ''])
      expect(JSON.parse(json.stdout)).toMatchObject({
        verdict: 'good',
        origin: 'bank.example/audit',
        event: { id, type: 'access.allowed', outcome: 'success' },
      })
    })
  })

  test('writes the same text into a file, and never over another', async () => {
    await inFolder(async (folder) => {
      const { id, text } = await makeReceiptFile(folder)
      const printed = await sallyport(folder, 'receipt', LEDGER, '--event', id)
      const again = await sallyport(folder, 'receipt', LEDGER, '--event', id, '--out', 'log.pub')

      expect(printed.stdout).toBe(text)
      expect([again.code, again.stdout]).toEqual([1, ''])
      expect(await readFile(join(folder, 'log.pub'), 'utf8')).toContain('bank.example/audit+')
    })
  })

  test('holds nobody’s name, and leaves the ledger as it was', async () => {
    await inFolder(async (folder) => {
      const id = await makeTransfer(folder)
      const before = await readFile(join(folder, 'bank.db'), 'base64')
      const { stdout } = await sallyport(folder, 'receipt', LEDGER, '--event', id)
      const entry = Buffer.from(/^extra (.*)$/m.exec(stdout)?.[1] ?? '', 'base64').toString()

      expect(entry).toContain('"access.allowed"')
      expect(entry).not.toMatch(/Alice|u_alice/)
      expect(await readFile(join(folder, 'bank.db'), 'base64')).toBe(before)
    })
  })

  test('ends with 50 for an event or a ledger that is not there, and with 20 for an entry that was changed', async () => {
    await inFolder(async (folder) => {
      const id = await makeTransfer(folder)
      const unknown = await sallyport(folder, 'receipt', LEDGER, '--event', UNKNOWN)
      const missing = await sallyport(folder, 'receipt', 'sqlite:none.db', '--event', id)
      await tamper(folder, '"requirement":"transfer"', '"requirement":"password"')
      const changed = await sallyport(folder, 'receipt', LEDGER, '--event', id, '--out', 'receipt')

      expect([unknown, missing, changed].map(({ code, stdout }) => [code, stdout])).toEqual([
        [50, ''],
        [50, ''],
        [20, ''],
      ])
      await expect(readFile(join(folder, 'receipt'))).rejects.toThrow(expect.objectContaining({ code: 'ENOENT' }))
    })
  })

  test('ends with 2 without a ledger or an event, and for what is no id', async () => {
    await inFolder(async (folder) => {
      const runs = await Promise.all([
        sallyport(folder, 'receipt', '--event', UNKNOWN),
        sallyport(folder, 'receipt', LEDGER),
        sallyport(folder, 'receipt', LEDGER, '--event', '7'),
        sallyport(folder, 'receipt', 'bank.db', '--event', UNKNOWN),
      ])

      expect(runs.map(({ code }) => code)).toEqual([2, 2, 2, 2])
    })
  })
})
