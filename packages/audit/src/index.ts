export { AuditError } from './lib/errors.ts'
export { canonicalize } from './lib/canonical.ts'
export { contextOf, setContext } from './lib/event-context.ts'
export { event } from './lib/event.ts'
export { openAudit } from './lib/open-audit.ts'
export { FACTORS } from './lib/types.ts'
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
} from './lib/types.ts'
