import { OidcError } from './errors.ts'

/**
 * Refuses options that do not exist, naming the one that was probably meant.
 *
 * @param owner What takes the options, for the message.
 * @param options As the application wrote them.
 * @param names What exists, and what once existed with the reason why it does not here.
 * @throws OidcError `ERR_OIDC_OPTION`.
 */
export function checkOptionNames(
  owner: string,
  options: object,
  names: { readonly known: readonly string[]; readonly gone?: Readonly<Record<string, string>> },
): void {
  for (const key of Object.keys(options)) {
    if (names.known.includes(key)) continue
    const gone = names.gone?.[key]
    if (gone !== undefined) refuseOption(`${owner} takes no option "${key}": ${gone}.`)
    const near = nearest(key, names.known)
    refuseOption(`${owner} has no option "${key}"${near === undefined ? '' : `; did you mean "${near}"?`}.`)
  }
}

/** Throws `ERR_OIDC_OPTION` with a sentence for the developer; it may quote configuration, never request data. */
export function refuseOption(message: string): never {
  throw new OidcError('ERR_OIDC_OPTION', { message })
}

function nearest(name: string, known: readonly string[]): string | undefined {
  const from = name.slice(0, 64).toLowerCase()
  const ranked = known
    .map((key) => ({ key, changes: changesBetween(from, key.toLowerCase()) }))
    .toSorted((a, b) => a.changes - b.changes)
  const [best] = ranked
  return best !== undefined && best.changes <= Math.max(2, best.key.length / 3) ? best.key : undefined
}

/** Levenshtein's distance, row by row. */
function changesBetween(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (let line = 0; line < from.length; line += 1) {
    const next = [line + 1]
    for (let column = 0; column < to.length; column += 1) {
      const change = (row[column] ?? 0) + (from.charAt(line) === to.charAt(column) ? 0 : 1)
      next.push(Math.min(change, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1))
    }
    row = next
  }
  return row.at(-1) ?? 0
}
