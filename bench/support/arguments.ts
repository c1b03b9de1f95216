import { parseArgs } from 'node:util'

/** What the command line asks for. */
export interface Arguments {
  /** Little of everything, only to see that it runs. */
  readonly quick: boolean
  /** The rows to measure; all of them if empty. */
  readonly only: readonly string[]
  /** Where the results are written as JSON; nowhere if not given. */
  readonly out: string | undefined
}

/** What is printed for `--help` and after a mistake. */
export const USAGE = `pnpm bench [--quick] [--only row,row] [--out file]

  --quick  little of everything: shows that it runs, its figures say nothing
  --only   measures these rows only
  --out    writes the results to this file; without --quick and --only it is bench/results.json`

/** Reads the command line. Throws a sentence for people. */
export function parseArguments(words: readonly string[], rows: readonly string[]): Arguments {
  const { values } = parseArgs({
    args: [...words],
    options: { quick: { type: 'boolean' }, only: { type: 'string' }, out: { type: 'string' } },
  })
  const only = values.only?.split(',') ?? []
  const unknown = only.find((name) => !rows.includes(name))
  if (unknown !== undefined)
    throw new Error(`There is no row ${JSON.stringify(unknown)}; there are ${rows.join(', ')}.`)
  const quick = values.quick === true
  const whole = !quick && only.length === 0
  return { quick, only, out: values.out ?? (whole ? 'bench/results.json' : undefined) }
}
