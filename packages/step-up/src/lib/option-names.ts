import { StepUpError } from './errors.ts'

/**
 * Refuses options that a factory does not know, so that a misspelt protection is not silently missing.
 *
 * @param factory The factory's name, for the error.
 * @param options What was given.
 * @param known The names that exist.
 * @throws `StepUpError` with `ERR_STEP_UP_OPTION`, naming the nearest known option.
 */
export function checkOptionNames(factory: string, options: object, known: readonly string[]): void {
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue

    const nearest = known.toSorted((a, b) => distance(name, a) - distance(name, b))[0] ?? ''
    throw new StepUpError(
      'ERR_STEP_UP_OPTION',
      `${factory} has no option ${JSON.stringify(name)}. Did you mean ${JSON.stringify(nearest)}?`,
    )
  }
}

/** How many insertions, removals and replacements lie between two short words. */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (const [line, letter] of [...from].entries()) {
    const next = [line + 1]
    for (const [column, other] of [...to].entries()) {
      const replaced = (row[column] ?? 0) + (letter.toLowerCase() === other.toLowerCase() ? 0 : 1)
      next.push(Math.min(replaced, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1))
    }
    row = next
  }
  return row.at(-1) ?? 0
}
