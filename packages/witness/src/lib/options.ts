import { WitnessError } from './errors.ts'

/** Throws `ERR_WITNESS_OPTIONS` for a member that is no option, and names the nearest one. */
export function requireKnownOptions(options: object, known: readonly string[]): void {
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue
    const nearest = known.toSorted((a, b) => distance(name, a) - distance(name, b))[0] ?? ''
    throw optionsError(`There is no option "${name}"; did you mean "${nearest}"?`)
  }
}

/** Throws `ERR_WITNESS_OPTIONS` unless a number is whole and within its bounds. */
export function requireWhole(name: string, value: number, [least, most]: readonly [number, number]): void {
  if (Number.isInteger(value) && value >= least && value <= most) return
  throw optionsError(`${name} is a whole number from ${least} to ${most}.`)
}

/** The error for an option. */
export function optionsError(message: string, cause?: unknown): WitnessError {
  return new WitnessError('ERR_WITNESS_OPTIONS', message, { cause })
}

// Levenshtein, one row at a time. Names are a few characters long and come from the programmer.
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, at) => at)
  for (const [line, letter] of from.slice(0, 64).split('').entries()) {
    const next = [line + 1]
    for (const [at, other] of to.split('').entries()) {
      const change = (row[at] ?? 0) + (letter === other ? 0 : 1)
      next.push(Math.min((row[at + 1] ?? 0) + 1, (next[at] ?? 0) + 1, change))
    }
    row = next
  }
  return row[to.length] ?? 0
}
