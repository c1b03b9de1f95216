export { AuditError } from './lib/errors.ts'
export { canonicalize } from './lib/events/canonical.ts'
export { contextOf, setContext } from './lib/events/event-context.ts'
export { event } from './lib/events/event.ts'
export { openAudit } from './lib/open-audit.ts'
export { FACTORS } from './lib/events/types.ts'
export type { Audit, Job, Sink } from './lib/audit-contract.ts'
export type { AuditErrorCode } from './lib/errors.ts'
export type { AuditOptions } from './lib/audit-options.ts'
export type {
  Authn,
  DeviceContext,
  EventContext,
  EventInput,
  FactorName,
  LedgerEvent,
  PendingEvent,
  Reason,
} from './lib/events/types.ts'
