import { StepUpError } from './errors.ts'

/**
 * Refuses options that are no object or that a factory does not know, so that a misspelt protection is not silently missing.
 *
 * @param factory The factory's name, for the error.
 * @param options What was given.
 * @param known The names that exist.
 * @throws `StepUpError` with `ERR_STEP_UP_OPTION`, naming the nearest known option.
 */
export function checkOptionNames(factory: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null)
    throw new StepUpError('ERR_STEP_UP_OPTION', `${factory} takes its options as one object.`)

  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue

    const nearest = known.toSorted((a, b) => distance(name, a) - distance(name, b))[0] ?? ''
    throw new StepUpError(
      'ERR_STEP_UP_OPTION',
      `${factory} has no option ${JSON.stringify(name)}. Did you mean ${JSON.stringify(nearest)}?`,
    )
  }
}

/**
 * Refuses an option of another kind than the factory works with: `'yes'` is no `true`, and a text is no list.
 *
 * @throws `StepUpError` with `ERR_STEP_UP_OPTION`.
 */
export function checkOptionKinds(
  options: Readonly<Record<string, unknown>>,
  kinds: Readonly<Record<string, Kind>>,
): void {
  for (const [name, kind] of Object.entries(kinds)) {
    const value = options[name]
    if (value === undefined || isOfKind(value, kind)) continue
    throw new StepUpError('ERR_STEP_UP_OPTION', `${name} must be ${WORDS[kind]}.`)
  }
}

/** What an option can be. */
export type Kind = 'boolean' | 'function' | 'string' | 'strings' | 'list' | 'object'

const WORDS: Readonly<Record<Kind, string>> = {
  boolean: 'true or false',
  function: 'a function',
  string: 'a text',
  strings: 'a list of texts that are not empty',
  list: 'a list',
  object: 'an object',
}

function isOfKind(value: unknown, kind: Kind): boolean {
  if (kind === 'list') return Array.isArray(value)
  if (kind === 'strings') return Array.isArray(value) && value.every((one) => typeof one === 'string' && one !== '')
  return typeof value === kind && value !== null
}

/** How many insertions, removals and replacements lie between two short words. */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (const [line, letter] of from.split('').entries()) {
    const next = [line + 1]
    for (const [column, other] of to.split('').entries()) {
      const replaced = (row[column] ?? 0) + (letter.toLowerCase() === other.toLowerCase() ? 0 : 1)
      next.push(Math.min(replaced, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1))
    }
    row = next
  }
  return row.at(-1) ?? 0
}
