export type { Audit, Job, LedgerPage, LedgerQuery, Sink } from './lib/audit-contract.ts'
export type { EventPayloads, EventType } from './lib/event-payloads.ts'
export type {
  Actor,
  AuditEvent,
  Authn,
  DeviceContext,
  EventContext,
  EventInput,
  FactorName,
  LedgerEvent,
  Outcome,
  PendingEvent,
  Reason,
  Target,
} from './lib/types.ts'
export { contextOf, setContext } from './lib/event-context.ts'
export { canonicalize } from './lib/canonical.ts'
export { event } from './lib/event.ts'
export { FACTORS, REASONS } from './lib/types.ts'
