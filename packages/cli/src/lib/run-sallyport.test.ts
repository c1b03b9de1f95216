import { describe, expect, test } from 'vitest'
import { inFolder, sallyport } from '../../test/run-command.ts'

describe('sallyport', () => {
  test('shows its usage when asked', async () => {
    await inFolder(async (folder) => {
      const run = await sallyport(folder, '--help')

      expect([run.code, run.stderr]).toEqual([0, ''])
      expect(run.stdout).toContain('sallyport verify')
    })
  })

  test('ends with 2 and its usage when the command is missing or unknown', async () => {
    await inFolder(async (folder) => {
      const [none, unknown] = [await sallyport(folder), await sallyport(folder, 'verfy')]

      expect([none.code, unknown.code, none.stdout, unknown.stdout]).toEqual([2, 2, '', ''])
      expect(unknown.stderr).toContain('usage:')
    })
  })

  test('ends with 2 for an unknown option of every command', async () => {
    await inFolder(async (folder) => {
      const runs = await Promise.all(
        ['keygen', 'verify', 'query', 'inventory', 'verify-approval', 'receipt', 'verify-receipt'].map((name) =>
          sallyport(folder, name, '--nonsense'),
        ),
      )

      expect(runs.map((run) => run.code)).toEqual([2, 2, 2, 2, 2, 2, 2])
    })
  })

  test('passes no escape sequence of its arguments on to the terminal', async () => {
    await inFolder(async (folder) => {
      const run = await sallyport(folder, '\u001b[2J')

      expect(run.stderr).not.toContain('\u001b')
    })
  })
})
