import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { ROOT } from './setup/workspace.ts'

// What is asserted is that everything is measured and judged, never a figure: those belong to the machine.
describe('pnpm bench --quick', () => {
  let folder: string
  let printed: string
  let results: readonly Readonly<Record<string, unknown>>[]
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sallyport-bench-test-'))
    const out = join(folder, 'results.json')
    const command = [join(ROOT, 'bench', 'main.ts'), '--quick', '--out', out]
    const { stdout } = await promisify(execFile)(process.execPath, command, { cwd: ROOT })
    printed = stdout
    results = JSON.parse(await readFile(out, 'utf8'))
  }, 120_000)
  afterAll(async () => await rm(folder, { recursive: true, force: true }))

  test('measures every subject once', () => {
    const subjects = [
      'guard',
      'decide',
      'append',
      'event loop',
      'verify',
      'memory',
      'receipts',
      'sinks',
      'projections',
      'TOTP',
      'webauthn.verify',
    ]
    const names = results.map(({ name }) => String(name))

    expect(new Set(names).size).toBe(names.length)
    expect(subjects.filter((subject) => !names.some((name) => name.startsWith(subject)))).toEqual([])
  })

  test('gives every row a figure, a unit and its peers, and a target where something is asked', () => {
    const shape = { name: expect.any(String), unit: expect.any(String), ours: expect.any(Number) }
    const told = ['memory', 'receipts', 'projections']
    const untargeted = results.filter((result) => result['target'] === undefined).map(({ name }) => String(name))
    const asked = untargeted.filter((name) => !told.some((subject) => name.startsWith(subject)))

    expect(results).toEqual(results.map(() => expect.objectContaining({ ...shape, peers: expect.any(Object) })))
    // A p99 is published beside the p50 that has the target.
    expect(asked.filter((name) => !name.endsWith(': p99'))).toEqual([])
    expect(results.filter(({ ours }) => !(Number(ours) > 0))).toEqual([])
  })

  test('gives a ratio exactly where there is a peer', () => {
    const wrong = results.filter(({ peers, ratio }) => peerCount(peers) > 0 !== (typeof ratio === 'number'))

    expect(wrong).toEqual([])
  })

  test('says whether a target is met, or that it was not measured', () => {
    const wrong = results.filter(
      ({ met, target, notMeasured }) =>
        (typeof met === 'boolean') !== (target !== undefined && notMeasured === undefined),
    )

    expect(wrong).toEqual([])
  })

  test('prints a line for every row', () => {
    const names = results.map(({ name }) => String(name))

    expect(names.filter((name) => !printed.includes(name))).toEqual([])
  })
})

function peerCount(peers: unknown): number {
  return typeof peers === 'object' && peers !== null ? Object.keys(peers).length : 0
}
