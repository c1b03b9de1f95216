import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Defect } from './kill-matrix/broken-store.ts'
import { judgeAll } from './kill-matrix/matrix.ts'
import type { Action, TracedPoint } from './kill-matrix/point.ts'
import { openGround, tracePoints, type Ground } from './kill-matrix/run-program.ts'

// The matrix is worth what it finds: here the store is broken on purpose, in the ways in which stores break.

interface Broken {
  readonly defect: Defect
  readonly action: Action
  readonly finding: RegExp
}

let ground: Ground
let points: readonly TracedPoint[]
beforeAll(async () => {
  ground = await openGround()
  points = await tracePoints(ground)
})
afterAll(async () => await ground.remove())

describe('the kill matrix', () => {
  test.each<readonly [string, Broken]>([
    [
      'that acknowledges before the commit',
      { defect: 'acknowledges-early', action: 'kill-before', finding: /it was acknowledged, and is not there/ },
    ],
    [
      'that commits records and events apart',
      { defect: 'commits-in-two-parts', action: 'kill-before', finding: /tells of \d+ events, and 0 are there/ },
    ],
    [
      'that repeats a doubtful commit under another id',
      { defect: 'repeats-under-another-id', action: 'error-after', finding: /it is there 2 times/ },
    ],
    [
      'that calls a failed commit done',
      { defect: 'swallows-failures', action: 'full', finding: /it was acknowledged, and is not there/ },
    ],
  ])('finds a store %s', { timeout: 120_000 }, async (_what, { defect, action, finding }) => {
    const plans = commits().map((point) => ({ fault: { ...point, action }, defect }))

    const { findings } = await judgeAll(ground, plans)

    expect(findings.filter((one) => finding.test(one)).length).toBeGreaterThan(0)
  })
})

/** Some commits of the work itself: after the ledger was opened, before its key is renewed. */
function commits(): readonly TracedPoint[] {
  const all = points.filter(({ thread, group, label }) => thread === 1 && group === 'write' && label === 'exec COMMIT')
  return all.slice(4, 8)
}
