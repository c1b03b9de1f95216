import { parseArgs } from 'node:util'

/** What the command line asks for. */
export interface Arguments {
  /** Little of everything, only to see that it runs. */
  readonly quick: boolean
  /** Ledgers of ten million events, too. */
  readonly large: boolean
  /** The rows to measure; all of them if empty. */
  readonly only: readonly string[]
  /** Where the results are written as JSON; nowhere if not given. */
  readonly out: string | undefined
}

/** What is printed for `--help` and after a mistake. */
export const USAGE = `pnpm bench [--quick | --large] [--only row,row] [--out file]

  --quick  little of everything: shows that it runs, its figures say nothing
  --large  queries a ledger of ten million events, too: takes minutes and ten gigabytes of disk
  --only   measures these rows only
  --out    writes the results to this file; without --quick, --large and --only it is bench/results.json`

/** Reads the command line. Throws a sentence for people. */
export function parseArguments(words: readonly string[], rows: readonly string[]): Arguments {
  const { values } = parseArgs({
    args: [...words],
    options: {
      quick: { type: 'boolean' },
      large: { type: 'boolean' },
      only: { type: 'string' },
      out: { type: 'string' },
    },
  })
  const only = values.only?.split(',') ?? []
  const unknown = only.find((name) => !rows.includes(name))
  if (unknown !== undefined)
    throw new Error(`There is no row ${JSON.stringify(unknown)}; there are ${rows.join(', ')}.`)
  const quick = values.quick === true
  const large = values.large === true
  if (quick && large) throw new Error('A run is --quick or --large.')
  const whole = !quick && !large && only.length === 0
  return { quick, large, only, out: values.out ?? (whole ? 'bench/results.json' : undefined) }
}
