import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { killsAt, reportOf, runMatrix, sample } from './kill-matrix/matrix.ts'
import type { TracedPoint } from './kill-matrix/point.ts'
import { openGround, runProgram, tracePoints, type Ground } from './kill-matrix/run-program.ts'
import { judgeRun } from './kill-matrix/judge.ts'

// A process opens a ledger, commits, signs, forwards, renews its key and exports; see kill-matrix/program.ts. Here it is
// killed with SIGKILL before or after one call that writes. SALLYPORT_KILL_POINTS=all takes every such call.

const KILLS = 214
const AT_LEAST = 200

let ground: Ground
let points: readonly TracedPoint[]
beforeAll(async () => {
  ground = await openGround()
  points = await tracePoints(ground)
})
afterAll(async () => await ground.remove())

describe('a process whose ledger is on SQLite', () => {
  test('keeps what it was told when nobody disturbs it', async () => {
    const run = await runProgram(ground, {})

    expect(await judgeRun(run)).toEqual([])
    expect(run.said.filter(({ answer }) => answer.startsWith('ERR_'))).toEqual([])
  })

  test('comes by its points in the order in which they were numbered, in all its threads', async () => {
    const again = await tracePoints(ground)
    const written = (one: readonly TracedPoint[], thread: number): readonly string[] =>
      one.filter((point) => point.thread === thread && point.group === 'write').map(({ label }) => label)

    expect([0, 1, 2].map((thread) => written(again, thread))).toEqual(
      [0, 1, 2].map((thread) => written(points, thread)),
    )
  })

  test(
    `loses and doubles nothing, tells the truth and is never accused, killed at ${KILLS} points spread over all that it writes`,
    { timeout: 600_000 },
    async () => {
      const faults = sample(killsAt(points), KILLS)

      const result = await runMatrix(ground, faults)
      reportOf('kills', { points, faults, result })

      expect(result.findings).toEqual([])
      expect(result.killed).toBeGreaterThanOrEqual(AT_LEAST)
    },
  )
})
