import type { LedgerEvent } from '@sallyport/audit'
import type { EventType } from '@sallyport/audit/vocabulary'

/** A piece of life with real packages on a ledger of its own; gives all that was recorded. */
export type Scene = () => Promise<readonly LedgerEvent[]>

/**
 * The events that no package of today records, each with what it waits for. When that comes, its scene comes with it, and
 * the event leaves this table and the registry's `waits`.
 */
export const WAITS: Readonly<Partial<Record<EventType, string>>> = {
  'oidc.token.issued': '`oidc-provider` and bearer routes',
  'oidc.token.validated': '`oidc-provider` and bearer routes',
  'oidc.token.rejected': '`oidc-provider` and bearer routes',
  'oidc.token.refreshed': '`oidc-provider` and bearer routes',
  'oidc.token.revoked': '`oidc-provider` and bearer routes',
  'oidc.token.expired': '`oidc-provider` and bearer routes',
  'oidc.logout.received': 'back-channel logout in `oidc`',
  'oidc.logout.rejected': 'back-channel logout in `oidc`',
  'challenge.delivered': '`delivery` and `otp`',
  'challenge.delivery_failed': '`delivery` and `otp`',
  'recovery_codes.exhausted': 'recovery codes that are not replaced when used',
}
