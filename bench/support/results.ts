/** What a row found, before it is judged. */
export interface Measured {
  readonly name: string
  /** What the figures count, for example `requests/s`. */
  readonly unit: string
  readonly ours: number
  /** The figures of those it is compared with; empty where there is nobody or the peer could not run. */
  readonly peers: Readonly<Record<string, number>>
  /**
   * What is asked for: of the ratio ours / peer when there is a peer, of our figure itself when there is none. Absent where
   * nothing is asked and the figure is only told.
   */
  readonly target?: number
  readonly lowerIsBetter?: true
  /** Why there is no figure to judge by, for example because the peer could not run. */
  readonly notMeasured?: string
  /** What else a reader should know: percentiles, the load generator's own share, sizes. */
  readonly note?: string
}

/** A row with its judgement, as it stands in `results.json`. */
export interface Result extends Measured {
  /** Ours divided by the peer's figure; `null` where there is none. */
  readonly ratio: number | null
  /** `null` when it was not measured, or nothing is asked. */
  readonly met: boolean | null
}

/** Judges what was measured by its target. */
export function judge(measured: Measured): Result {
  const [peer] = Object.values(measured.peers)
  const ratio = peer === undefined ? null : measured.ours / peer
  const judged = ratio ?? measured.ours
  const { target, lowerIsBetter, notMeasured } = measured
  if (target === undefined || notMeasured !== undefined) return { ...measured, ratio, met: null }
  return { ...measured, ratio, met: lowerIsBetter === true ? judged <= target : judged >= target }
}
