/** What is measured side by side: each gives one figure a round. */
export type Contenders = Readonly<Record<string, () => Promise<number> | number>>

/**
 * Measures contenders in turn, round by round, after one round that does not count. Each round begins with another
 * contender, so that a slow moment of the machine falls on all alike.
 *
 * @returns the median figure of each
 */
export async function measureInterleaved<Names extends Contenders>(
  contenders: Names,
  rounds: number,
): Promise<Readonly<Record<keyof Names, number>>> {
  const names = Object.keys(contenders)
  const figures = new Map<string, number[]>(names.map((name) => [name, []]))
  for (let round = 0; round <= rounds; round++) {
    for (const at of names.keys()) {
      const name = names[(at + round) % names.length] ?? ''
      const figure = (await contenders[name]?.()) ?? Number.NaN
      if (round > 0) figures.get(name)?.push(figure)
    }
  }
  const medians: Record<string, number> = {}
  for (const [name, measured] of figures) medians[name] = quantile(measured, 0.5)
  return medians as Record<keyof Names, number>
}

/** Gives the value below which a share of the values lies; the nearest one, never a mixture. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

/** Gives how often a second something happened. */
export function perSecond(count: number, startedAt: number): number {
  return (count / (performance.now() - startedAt)) * 1_000
}
