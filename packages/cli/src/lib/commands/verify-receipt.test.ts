import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { LEDGER } from '../../../test/bank-ledger.ts'
import { inFolder, sallyport, sallyportFed } from '../../../test/run-command.ts'
import { makeReceiptFile, makeTransfer } from '../../../test/transfer-receipt.ts'

const KEY = ['--log-key', 'log.pub']

describe('sallyport verify-receipt', () => {
  test('tells who, what, when, the outcome and the place', async () => {
    await inFolder(async (folder) => {
      const { id } = await makeReceiptFile(folder)
      const { code, stdout } = await sallyport(folder, 'verify-receipt', 'receipt', ...KEY)

      expect(code).toBe(0)
      expect(
        stdout
          .trim()
          .split('\n')
          .map((line) => line.split(/: +/)),
      ).toEqual([
        ['good', 'this event stands in the ledger bank.example/audit, exactly as it is here'],
        ['who', expect.stringMatching(/^\S{8}\.\S{22} \(a pseudonym/), 'a receipt holds no names)'],
        ['what', 'access.allowed, POST /transfer, requirement transfer'],
        ['when', expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/)],
        ['outcome', 'success'],
        ['proved by', 'webauthn'],
        ['event', id],
        ['place', expect.stringMatching(/^index \d, under a checkpoint of \d entries$/)],
      ])
    })
  })

  test('needs neither the database nor the private keys', async () => {
    await inFolder(async (folder) => {
      const { text } = await makeReceiptFile(folder)
      const key = await readFile(join(folder, 'log.pub'))
      await inFolder(async (elsewhere) => {
        await writeFile(join(elsewhere, 'key'), key)

        expect((await sallyportFed(elsewhere, text, 'verify-receipt', '-', '--log-key', 'key')).code).toBe(0)
      })
    })
  })

  test('ends with 40 for another entry, another signature and another key', async () => {
    await inFolder(async (folder) => {
      const { text } = await makeReceiptFile(folder)
      await sallyport(folder, 'keygen', '--origin', 'bank.example/audit', '--keys', 'k', '--log-key', 'other.pub')
      const judge = async (receipt: string, key = 'log.pub'): Promise<readonly unknown[]> => {
        const run = await sallyportFed(folder, receipt, 'verify-receipt', '-', '--log-key', key, '--json')
        const { verdict, reason } = JSON.parse(run.stdout)
        return [run.code, verdict, reason]
      }

      expect([
        await judge(text.replace(/^extra .*$/m, `extra ${Buffer.from('{}').toString('base64')}`)),
        await judge(text.replace(/(?<=audit\n)\d+\n/, '300\n')),
        await judge(text, 'other.pub'),
      ]).toEqual([
        [40, 'bad_signature', 'not_included'],
        [40, 'bad_signature', 'bad_signature'],
        [40, 'bad_signature', 'unknown_key'],
      ])
    })
  })

  test('ends with 50 for what is no receipt, what is too long, and what cannot be read, and names an innocent cause', async () => {
    await inFolder(async (folder) => {
      const { text } = await makeReceiptFile(folder)
      await writeFile(join(folder, 'mailed'), text.replaceAll('\n', '\r\n'))
      await writeFile(join(folder, 'long'), text.replace('\nindex', `${'A'.repeat(1_000_000)}\nindex`))
      const runs = await Promise.all([
        sallyport(folder, 'verify-receipt', 'mailed', ...KEY),
        sallyport(folder, 'verify-receipt', 'long', ...KEY, '--json'),
        sallyport(folder, 'verify-receipt', 'none', ...KEY),
        sallyport(folder, 'verify-receipt', 'receipt', '--log-key', 'none', '--json'),
        sallyportFed(folder, 'x'.repeat(3_000_000), 'verify-receipt', '-', ...KEY),
      ])

      expect(runs.map(({ code, stderr }) => [code, stderr])).toEqual(Array(5).fill([50, '']))
      expect(runs[0]?.stdout).toMatch(/^unverifiable: [^]*\ninnocent cause: /)
      expect(JSON.parse(runs[3]?.stdout ?? '')).toMatchObject({ verdict: 'unverifiable', reason: 'unreadable' })
    })
  })

  test('lets nothing that an entry holds command the terminal', async () => {
    await inFolder(async (folder) => {
      const LINES = ['good', 'who', 'what', 'when', 'outcome', 'event', 'place']
      const route = '/\u001b[2J\u202e\n/'
      const id = await makeTransfer(folder, async (audit) => {
        await audit.emit('access.allowed', { target: { route }, data: { requirement: '\u009b31m' } })
      })
      const made = await sallyport(folder, 'receipt', LEDGER, '--event', id)
      const { code, stdout } = await sallyportFed(folder, made.stdout, 'verify-receipt', '-', ...KEY)

      expect(code).toBe(0)
      expect(
        stdout
          .trim()
          .split('\n')
          .map((line) => line.split(':')[0]),
      ).toEqual(LINES)
      expect(stdout.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202a-\u202e]/u)
    })
  })

  test('ends with 2 without a receipt or a key', async () => {
    await inFolder(async (folder) => {
      const runs = await Promise.all([
        sallyport(folder, 'verify-receipt', ...KEY),
        sallyport(folder, 'verify-receipt', 'receipt'),
        sallyport(folder, 'verify-receipt', 'one', 'two', ...KEY),
      ])

      expect(runs.map(({ code }) => code)).toEqual([2, 2, 2])
    })
  })
})
