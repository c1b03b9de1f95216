import { rm } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { judgeRun } from './judge.ts'
import { CLOSING, formatFault, type Fault, type TracedPoint } from './point.ts'
import { runProgram, type Ground, type Plan } from './run-program.ts'

const REFUSALS = /^(?:ERR_|lost$|1$)/
const AT_ONCE = Math.min(4, availableParallelism() + 1)

/** What came of many runs. */
export interface Result {
  /** What was found wrong, each under the fault that led to it. */
  readonly findings: readonly string[]
  /** How many runs ended by their own SIGKILL. */
  readonly killed: number
  /** How many runs were told that something could not be done. */
  readonly refused: number
  /** The kills whose point was not come by this time. */
  readonly missed: readonly string[]
  readonly runs: number
}

/** Every kill at the write path: before and after each point. */
export function killsAt(points: readonly TracedPoint[]): readonly Fault[] {
  return points.flatMap(({ thread, group, number }) =>
    group === 'read'
      ? []
      : (['kill-before', 'kill-after'] as const).map((action): Fault => ({ thread, group, number, action })),
  )
}

/** Every error below the store: at each point of the write path, and at those that read. */
export function errorsAt(points: readonly TracedPoint[]): readonly Fault[] {
  const failing = points.filter(({ label }) => label !== CLOSING)
  return failing.flatMap(({ thread, group, number }) =>
    (['error-before', 'error-after', 'full'] as const).map((action): Fault => ({
      thread,
      group,
      number,
      action,
      trouble: number % 2 === 0 ? 'io' : 'full',
    })),
  )
}

/**
 * Takes so many faults, the same ones every time: spread evenly over all, whatever their number.
 *
 * @param count all of them when the variable SALLYPORT_KILL_POINTS says `all`.
 */
export function sample(faults: readonly Fault[], count: number): readonly Fault[] {
  if (process.env['SALLYPORT_KILL_POINTS'] === 'all' || faults.length <= count) return faults
  return Array.from({ length: count }, (_, at) => faults[Math.floor((at * faults.length) / count)]).filter(
    (fault) => fault !== undefined,
  )
}

/** Runs the program once for each fault, some at a time, and judges what is left. */
export async function runMatrix(ground: Ground, faults: readonly Fault[]): Promise<Result> {
  return await judgeAll(
    ground,
    faults.map((fault) => ({ fault })),
  )
}

/** Runs the program once for each plan, some at a time, and judges what is left. */
export async function judgeAll(ground: Ground, plans: readonly Plan[]): Promise<Result> {
  const findings: string[] = []
  const missed: string[] = []
  let [killed, refused] = [0, 0]
  const waiting = plans.values()
  const work = async (): Promise<void> => {
    for (const plan of waiting) {
      const run = await runProgram(ground, plan)
      if (run.said.some(({ answer }) => REFUSALS.test(answer))) refused++
      if (run.wasKilled) killed++
      else if (plan.fault?.action.startsWith('kill')) missed.push(describePlan(plan))
      for (const finding of await judgeRun(run)) findings.push(`${describePlan(plan)}: ${finding}`)
      await rm(run.folder, { recursive: true })
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return { findings, killed, refused, missed, runs: plans.length }
}

/** Prints one line on how many points there are, how many were taken, and what came of it. */
export function reportOf(
  what: string,
  {
    points,
    faults,
    result,
  }: { readonly points: readonly TracedPoint[]; readonly faults: readonly Fault[]; readonly result: Result },
): void {
  const counts = new Map<string, number>()
  for (const { thread, group } of points) {
    const name = `thread ${thread} ${group}`
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  const numbered = [...counts].map(([name, count]) => `${name} ${count}`).toSorted()
  const { killed, refused, missed, runs, findings } = result
  const line = `${what}: ${faults.length} faults at ${points.length} points (${numbered.join(', ')})`
  const never = missed.length > 0 ? `; not come by: ${missed.join(' ')}` : ''
  const came = `${runs} runs, ${killed} killed, ${refused} told of trouble, ${findings.length} findings`
  process.stderr.write(`${line}; ${came}${never}\n`)
}

function describePlan({ fault, limitKilobytes }: Plan): string {
  return fault === undefined ? `limit of ${limitKilobytes} kB` : formatFault(fault)
}
