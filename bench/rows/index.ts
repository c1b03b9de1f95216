import type { Plan } from '../support/plan.ts'
import type { Measured } from '../support/results.ts'

/** Measures one subject; what belongs together is measured side by side. */
export type Row = (plan: Plan) => Promise<readonly Measured[]>

/** Every subject, in the order of the table. */
export const ROWS: Readonly<Record<string, () => Promise<Row>>> = {
  guard: async () => (await import('./guard.ts')).measureGuard,
  decide: async () => (await import('./decide.ts')).measureDecide,
  append: async () => (await import('./append.ts')).measureAppend,
  latency: async () => (await import('./latency.ts')).measureLatency,
  verify: async () => (await import('./verify.ts')).measureVerify,
  query: async () => (await import('./query.ts')).measureQuery,
  memory: async () => (await import('./memory.ts')).measureMemory,
  receipts: async () => (await import('./receipts.ts')).measureReceipts,
  sinks: async () => (await import('./sinks.ts')).measureSinks,
  projections: async () => (await import('./projections.ts')).measureProjections,
  totp: async () => (await import('./totp.ts')).measureTotp,
  webauthn: async () => (await import('./webauthn.ts')).measureWebAuthn,
}
