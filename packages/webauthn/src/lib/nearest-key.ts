/**
 * Finds the known name that a misspelt one most likely means.
 *
 * @param name The name as written; only its first 64 characters are looked at.
 * @param known The names that exist.
 * @returns The nearest name, or `undefined` when more than a third of it would have to change.
 */
export function nearestKey(name: string, known: readonly string[]): string | undefined {
  const ranked = known
    .map((key) => ({ key, distance: editDistance(name.slice(0, 64).toLowerCase(), key.toLowerCase()) }))
    .toSorted((a, b) => a.distance - b.distance)
  const best = ranked[0]
  return best !== undefined && best.distance <= Math.max(2, best.key.length / 3) ? best.key : undefined
}

// Levenshtein's distance, row by row.
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (const [line, character] of Array.from(from).entries()) {
    const next = [line + 1]
    for (let column = 0; column < to.length; column++) {
      const change = (row[column] ?? 0) + (character === to[column] ? 0 : 1)
      next.push(Math.min(change, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1))
    }
    row = next
  }
  return row.at(-1) ?? 0
}
