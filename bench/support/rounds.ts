/** What is measured side by side: each gives one figure a round. */
export type Contenders<Name extends string> = Readonly<Record<Name, () => Promise<number> | number>>

/**
 * Measures contenders in turn, round by round, after one round that does not count. Each round begins with another
 * contender, so that a slow moment of the machine falls on all alike.
 *
 * @returns what gives the median figure of each
 */
export async function measureInterleaved<Name extends string>(
  contenders: Contenders<Name>,
  rounds: number,
): Promise<(name: Name) => number> {
  const measures = Object.entries<() => Promise<number> | number>(contenders)
  const figures = new Map<string, number[]>()
  for (let round = 0; round <= rounds; round++) {
    const turn = round % measures.length
    for (const [name, measure] of [...measures.slice(turn), ...measures.slice(0, turn)]) {
      const figure = await measure()
      if (round > 0) figures.set(name, [...(figures.get(name) ?? []), figure])
    }
  }
  return (name) => quantile(figures.get(name) ?? [], 0.5)
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
