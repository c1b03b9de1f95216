import { describe, expect, test } from 'vitest'
import { LEDGER, makeLedger } from '../../../test/bank-ledger.ts'
import { inFolder, sallyport, sallyportHere } from '../../../test/run-command.ts'

describe('sallyport count', () => {
  test('counts in groups, the largest first, and in all', async () => {
    await inFolder(async (folder) => {
      await makeLedger(folder)
      const run = await sallyport(folder, 'count', LEDGER, '--by', 'factor', '--by', 'outcome')

      expect([run.code, run.stderr]).toEqual([0, ''])
      expect(run.stdout).toBe(
        [
          '        2  -  -',
          '        1  totp  success',
          '        1  totp  -',
          '        1  -  success',
          '        5  in all',
          '',
        ].join('\n'),
      )
    })
  })

  test('counts only what matches, and gives it to a program', async () => {
    await inFolder(async (folder) => {
      await makeLedger(folder)
      const run = await sallyport(folder, 'count', LEDGER, '--factor', 'totp', '--json')

      expect(JSON.parse(run.stdout)).toEqual({ total: 2, groups: [], complete: true })
    })
  })

  test('refuses groupings that are none, repeated or too many', async () => {
    const runs = await Promise.all([
      sallyportHere('count', LEDGER, '--by', 'actor'),
      sallyportHere('count', LEDGER, '--by', 'day', '--by', 'day'),
      sallyportHere('count', LEDGER, '--by', 'day', '--by', 'hour', '--by', 'type', '--by', 'factor'),
    ])

    expect(runs.map(({ code }) => code)).toEqual([2, 2, 2])
  })
})
