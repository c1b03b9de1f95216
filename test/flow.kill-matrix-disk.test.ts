import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { errorsAt, judgeAll, reportOf, runMatrix, sample } from './kill-matrix/matrix.ts'
import type { TracedPoint } from './kill-matrix/point.ts'
import { openGround, tracePoints, type Ground } from './kill-matrix/run-program.ts'

// The same process as in flow.kill-matrix.test.ts, on a disk that fails: once, once after it has done its work all the
// same, or from there on; as a call that fails below the store, or as the system's own limit to the size of files.
// SALLYPORT_KILL_POINTS=all takes every call.

const WRITES = 44
const READS = 20
// In kilobytes: before the first commit, within it, within a batch, within the tree, within the export, beyond it all.
const LIMITS = [8, 36, 72, 101, 131, 150, 187, 203, 258, 303, 333, 400]

let ground: Ground
let points: readonly TracedPoint[]
beforeAll(async () => {
  ground = await openGround()
  points = await tracePoints(ground)
})
afterAll(async () => await ground.remove())

describe('a process whose disk fails', () => {
  test(
    `LOG-09 loses and doubles nothing, tells the truth and is never accused, with one error at each of ${WRITES} writes and ${READS} reads spread over all`,
    { timeout: 600_000 },
    async () => {
      const [reads, writes] = [points.filter(isRead), points.filter((point) => !isRead(point))]
      const faults = [...sample(errorsAt(writes), WRITES), ...sample(errorsAt(reads), READS)]

      const result = await runMatrix(ground, faults)
      reportOf('errors', { points, faults, result })

      expect(result.findings).toEqual([])
      expect(result.runs).toBeGreaterThanOrEqual(WRITES + READS)
      expect(result.refused).toBeGreaterThan(WRITES / 4)
    },
  )

  test(
    'does so, too, when no file may grow any more in the middle of a write, and the next process goes on where there is room',
    { timeout: 600_000 },
    async () => {
      const plans = LIMITS.map((limitKilobytes) => ({ limitKilobytes }))

      const result = await judgeAll(ground, plans)

      expect(result.findings).toEqual([])
      expect(result.refused).toBeGreaterThanOrEqual(LIMITS.length - 4)
    },
  )
})

function isRead({ group }: TracedPoint): boolean {
  return group === 'read'
}
