/** What would have become of a request in report mode; `refuse`: the user has nothing by which they could pass. */
export type Would = 'allow' | 'challenge' | 'refuse'

/** What one requirement in report mode would have done, on this instance. */
export interface Report {
  /** The requirement's name, as in the ledger; `(other)` for all beyond the first thousand. */
  readonly requirement: string
  readonly allow: number
  readonly challenge: number
  readonly refuse: number
  /** When the first of them came, milliseconds since the epoch. */
  readonly since: number
}

/** Counts what requirements in report mode would have done, in memory: exact, for this instance since its start. */
export interface Reports {
  /** Counts one request. */
  count(requirement: string, would: Would): void
  /** Gives the numbers as they are now, in the order of the first request of each. */
  list(): readonly Report[]
}

const MAX_NAMES = 1_000
const OTHER = '(other)'

/**
 * Makes the counters of report mode.
 *
 * @param now Gives milliseconds since the epoch.
 */
export function createReports(now: () => number): Reports {
  const reports = new Map<string, Report>()
  return {
    count(requirement, would) {
      const name = reports.has(requirement) || reports.size < MAX_NAMES ? requirement : OTHER
      const report = reports.get(name) ?? { requirement: name, allow: 0, challenge: 0, refuse: 0, since: now() }
      reports.set(name, { ...report, [would]: report[would] + 1 })
    },
    list: () => [...reports.values()],
  }
}
