import type { EventType } from '../events/event-payloads.ts'
import type { LedgerEvent } from '../events/types.ts'

/** How much an event asks for attention, least first. */
export const SEVERITIES = ['informational', 'low', 'medium', 'high', 'critical'] as const

/** One of `SEVERITIES`. */
export type Severity = (typeof SEVERITIES)[number]

// What is not named is informational, or medium where it failed.
const BY_TYPE: { readonly [type in EventType]?: Severity } = {
  'challenge.denied': 'high',
  'session.reused_after_end': 'high',
  'authenticator.counter_regressed': 'high',
  'ledger.gap_recorded': 'high',
  'sink.dead_lettered': 'high',
  'challenge.locked': 'medium',
  'authenticator.disabled': 'medium',
  'authenticator.reset': 'medium',
  'account.locked': 'medium',
  'recovery_code.used': 'medium',
  'recovery_codes.exhausted': 'medium',
  'role.changed': 'medium',
  'scope.changed': 'medium',
  'config.changed': 'medium',
  'ledger.failures_coalesced': 'medium',
  'privacy.subject.erased': 'medium',
  'privacy.hold.released': 'medium',
  'ledger.key_added': 'medium',
  'ledger.key_retired': 'medium',
  'session.revoked': 'low',
  'authenticator.enrolled': 'low',
  'authenticator.removed': 'low',
  'recovery_codes.generated': 'low',
  'account.unlocked': 'low',
  'challenge.expired': 'low',
  'challenge.cancelled': 'low',
  'challenge.superseded': 'low',
  'step_up.required': 'low',
  'audit.exported': 'low',
  'privacy.erasure.requested': 'low',
  'privacy.subject.exported': 'low',
  'privacy.hold.placed': 'low',
  'privacy.keys.expired': 'low',
  'privacy.keys.rewrapped': 'low',
  'ledger.pruned': 'low',
}

/**
 * Says how much an event asks for attention, by its type and outcome alone. It is a proposal for a reader's rules; the
 * ledger holds facts and no severities.
 *
 * @param event The event as read.
 */
export function severityOf(event: Pick<LedgerEvent, 'type' | 'outcome' | 'data'>): Severity {
  const { type, outcome, data } = event
  if (type === 'audit.verified') return data['verdict'] === 'good' ? 'informational' : 'critical'
  if (type === 'ledger.clock_deviated') return data['kind'] === 'agreed' ? 'informational' : 'medium'
  return BY_TYPE[type] ?? (outcome === 'failure' ? 'medium' : 'informational')
}
