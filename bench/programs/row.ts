import type { Program } from '../support/child-process.ts'
import type { Plan } from '../support/plan.ts'
import type { Measured } from '../support/results.ts'
import { ROWS } from '../rows/index.ts'

/** Which row to measure, and how much of it. */
export interface RowQuestion {
  readonly row: string
  readonly plan: Plan
}

/** Makes the program that measures one row: a process each, so that no row meets the heap of another. */
export function createRowProgram(): Program<RowQuestion, readonly Measured[]> {
  return {
    async answer({ row, plan }): Promise<readonly Measured[]> {
      const measure = ROWS[row]
      if (measure === undefined) throw new Error('createRowProgram: there is no such row')
      return await (
        await measure()
      )(plan)
    },
    close: async () => undefined,
  }
}
