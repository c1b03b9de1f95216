import type { EventType } from '../events/event-payloads.ts'

/** What was done about a request: OCSF's `action_id` and `disposition_id`. */
export interface OcsfVerdict {
  readonly action_id: number
  readonly action: string
  readonly disposition_id: number
  readonly disposition: string
}

const ALLOWED = { action_id: 1, action: 'Allowed' } as const
const DENIED = { action_id: 2, action: 'Denied' } as const
const OBSERVED = { action_id: 3, action: 'Observed' } as const
const LET_IN: OcsfVerdict = { ...ALLOWED, disposition_id: 1, disposition: 'Allowed' }
const BLOCKED: OcsfVerdict = { ...DENIED, disposition_id: 2, disposition: 'Blocked' }
const REVOKED: OcsfVerdict = { ...DENIED, disposition_id: 24, disposition: 'Access Revoked' }
const REJECTED: OcsfVerdict = { ...DENIED, disposition_id: 25, disposition: 'Rejected' }

/** By type; what is not named is no verdict. OCSF has no challenges: a disposition says that one was asked for. */
export const OCSF_VERDICTS: { readonly [type in EventType]?: OcsfVerdict } = {
  'oidc.login.failed': REJECTED,
  'oidc.token.rejected': REJECTED,
  'oidc.logout.rejected': REJECTED,
  'session.revoked': REVOKED,
  'session.reused_after_end': BLOCKED,
  'step_up.required': { ...DENIED, disposition_id: 23, disposition: 'Challenge' },
  'step_up.satisfied': LET_IN,
  'step_up.refused': BLOCKED,
  'step_up.reported': { ...OBSERVED, disposition_id: 17, disposition: 'Logged' },
  'step_up.grant.consumed': LET_IN,
  'challenge.issued': { ...OBSERVED, disposition_id: 23, disposition: 'Challenge' },
  'challenge.denied': REJECTED,
  'challenge.locked': BLOCKED,
  'account.locked': REVOKED,
  'access.allowed': LET_IN,
  'access.denied': { ...DENIED, disposition_id: 26, disposition: 'Unauthorized' },
}
