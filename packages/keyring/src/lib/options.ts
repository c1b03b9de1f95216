import { KeyringError } from './errors.ts'

/** Throws `ERR_KEYRING_INPUT` on a member that is not an option, naming the nearest one. */
export function requireKnownOptions(options: object, known: readonly string[]): void {
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue
    const nearest = known.toSorted((a, b) => distance(name, a) - distance(name, b))[0] ?? ''
    throw new KeyringError('ERR_KEYRING_INPUT', `There is no option "${name}"; did you mean "${nearest}"?`)
  }
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
