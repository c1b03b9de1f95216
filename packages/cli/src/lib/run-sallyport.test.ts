import { describe, expect, test } from 'vitest'
import { inFolder, sallyport, sallyportHere } from '../../test/run-command.ts'

describe('sallyport', () => {
  test('shows its usage when asked', async () => {
    await inFolder(async (folder) => {
      const run = await sallyport(folder, '--help')

      expect([run.code, run.stderr]).toEqual([0, ''])
      expect(run.stdout).toContain('sallyport verify')
    })
  })

  test('ends with 2 and the names of the commands when the command is missing or unknown', async () => {
    const runs = [await sallyportHere(), await sallyportHere('verfy'), await sallyportHere('help', 'verfy')]

    expect(runs.map(({ code, stdout }) => [code, stdout])).toEqual(Array(3).fill([2, '']))
    expect(runs[1]?.stderr).toMatch(/^usage:[^]*verify-receipt[^]*\nsallyport: Unknown command: verfy$/)
  })

  test('shows the usage of one command when asked for it, and ends with 0', async () => {
    const runs = [
      await sallyportHere('help', 'verify'),
      await sallyportHere('verify', '--help'),
      await sallyportHere('verify', 'sqlite:none.db', '-h'),
    ]

    const [first] = runs
    expect(first).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('  sallyport verify sqlite:') })
    expect(first?.stdout).not.toContain('sallyport keygen')
    expect(runs).toEqual(Array(3).fill(first))
  })

  test('says what is wrong with the arguments in its last line, below the usage of that command alone', async () => {
    const { code, stderr } = await sallyportHere('keygen')

    expect(code).toBe(2)
    expect(stderr).toMatch(/^usage:\n {2}sallyport keygen [^]*\nsallyport: --origin is missing[^\n]*$/)
    expect(stderr).not.toContain('sallyport verify')
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
