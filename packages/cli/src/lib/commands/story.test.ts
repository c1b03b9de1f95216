import { describe, expect, test } from 'vitest'
import { LEDGER, makeLedger } from '../../../test/bank-ledger.ts'
import { inFolder, sallyport } from '../../../test/run-command.ts'

describe('sallyport story', () => {
  test('tells a step-up in plain lines and says how it ended', async () => {
    await inFolder(async (folder) => {
      await makeLedger(folder)
      const run = await sallyport(folder, 'story', LEDGER, 'flow-1')
      const lines = run.stdout.trimEnd().split('\n')

      expect([run.code, run.stderr]).toEqual([0, ''])
      expect(lines.map((line) => line.slice(26))).toEqual([
        'A challenge for one factor began: factor totp.',
        'A challenge ended with the right answer: factor totp.',
        expect.stringMatching(/^Still open, or left without a word, after \d+\.\d s\.$/),
      ])
    })
  })

  test('gives the events with the lines for a program', async () => {
    await inFolder(async (folder) => {
      await makeLedger(folder)
      const run = await sallyport(folder, 'story', LEDGER, 'flow-1', '--json')

      expect(JSON.parse(run.stdout)).toMatchObject({
        flow: 'flow-1',
        events: [{ type: 'challenge.issued' }, { type: 'challenge.verified' }],
      })
    })
  })

  test('v5.0.0-16.4.1 gives what a client sent as JSON of which a terminal takes nothing for a command', async () => {
    const resource = 'acc\u009b2J\u202egnp\u2028\u0085'
    await inFolder(async (folder) => {
      await makeLedger(folder, async (audit) => {
        await audit.emit('access.allowed', {
          flow: 'f1',
          tenant: resource,
          target: { resource },
          data: { requirement: 'r' },
        })
      })
      const told = await sallyport(folder, 'story', LEDGER, 'f1', '--json')
      const counted = await sallyport(folder, 'count', LEDGER, '--by', 'tenant', '--json')

      expect(`${told.stdout}${counted.stdout}`.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u)
      expect(JSON.parse(told.stdout)).toMatchObject({ events: [{ target: { resource } }] })
    })
  })

  test('ends with 50 for a flow that nobody knows, and with 2 for wrong arguments', async () => {
    await inFolder(async (folder) => {
      await makeLedger(folder)
      const runs = await Promise.all([
        sallyport(folder, 'story', LEDGER, 'flow-2'),
        sallyport(folder, 'story', LEDGER),
        sallyport(folder, 'story', LEDGER, 'flow-1', 'flow-2'),
        sallyport(folder, 'story', LEDGER, 'f'.repeat(257)),
      ])

      expect(runs.map(({ code, stdout }) => [code, stdout])).toEqual([
        [50, ''],
        [2, ''],
        [2, ''],
        [2, ''],
      ])
    })
  })
})
