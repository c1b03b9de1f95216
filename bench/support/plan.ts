/** How much is measured. Figures of the quick plan say nothing; it shows that everything still runs. */
export interface Plan {
  readonly rounds: number
  /** One measured stretch of load on a server, in milliseconds. */
  readonly loadMs: number
  /** One stretch of appending in the latency row, in milliseconds. */
  readonly latencyMs: number
  /** Events of one round of appending. */
  readonly appends: number
  /** Entries of the ledger that is verified. */
  readonly ledgerEntries: number
  /** Calls of one round of what takes microseconds. */
  readonly calls: number
  readonly syncs: number
  /** How many events the ledgers have that are queried; the first one is what the others are compared with. */
  readonly queriedEvents: readonly number[]
  /** Queries of one round on one ledger. */
  readonly queries: number
}

export const FULL_PLAN: Plan = {
  rounds: 5,
  loadMs: 2_000,
  latencyMs: 1_500,
  appends: 40_000,
  ledgerEntries: 100_000,
  calls: 200_000,
  syncs: 300,
  queriedEvents: [10_000, 1_000_000],
  queries: 400,
}

/** The full plan at a size whose filling takes minutes and whose files take ten gigabytes. */
export const LARGE_PLAN: Plan = { ...FULL_PLAN, queriedEvents: [...FULL_PLAN.queriedEvents, 10_000_000] }

export const QUICK_PLAN: Plan = {
  rounds: 1,
  loadMs: 150,
  latencyMs: 150,
  appends: 512,
  ledgerEntries: 1_200,
  calls: 2_000,
  syncs: 20,
  queriedEvents: [10_000, 20_000],
  queries: 20,
}
