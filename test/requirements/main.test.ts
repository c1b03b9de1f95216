import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { REQUIREMENTS } from './requirements.ts'

interface Run {
  readonly code: number | null
  readonly output: string
  readonly errors: string
}

function runIds(...words: readonly string[]): Run {
  const run = spawnSync(process.execPath, [join(import.meta.dirname, 'main.ts'), ...words], { encoding: 'utf8' })
  return { code: run.status, output: run.stdout, errors: run.stderr }
}

describe('pnpm ids', () => {
  test('prints a table with a line for every requirement', () => {
    const { code, output } = runIds()

    const ids = output.split('\n').map((line) => line.split(' ')[0])
    expect([code, ids.slice(1, 1 + REQUIREMENTS.length)]).toEqual([0, REQUIREMENTS.map(({ id }) => id)])
  })

  test('prints JSON in the order of the lists, with file and name of each test', () => {
    const { code, output } = runIds('--json')

    const rows: unknown = JSON.parse(output)
    const test01 = { file: expect.stringMatching(/^packages\/.+\.ts$/), name: expect.stringContaining('F-01') }
    expect(code).toBe(0)
    expect(rows).toEqual(REQUIREMENTS.map(({ id, title }) => expect.objectContaining({ id, title })))
    expect(rows).toContainEqual(
      expect.objectContaining({ id: 'F-01', status: 'tested', tests: expect.arrayContaining([test01]) }),
    )
  })

  test('ends with 2 and its usage for anything else', () => {
    const usage = { code: 2, output: '', errors: 'Usage: pnpm --silent ids [--json]\n' }

    expect([runIds('--jsn'), runIds('F-01'), runIds('--json=1')]).toEqual([usage, usage, usage])
  })
})
