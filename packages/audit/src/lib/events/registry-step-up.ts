import { barrier, ecs, essential, type AreaEvents } from './event-spec.ts'

const STEP_UP = { retention: 'authentication', ocsf: 600399, evidence: ['E2'] } as const
const DIGEST = 'n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg'

/** Events of the second door. */
export const STEP_UP_EVENTS: AreaEvents<'step_up'> = {
  'step_up.required': barrier({
    ...STEP_UP,
    description: 'A route asked for more proof than the session had.',
    owasp: 'mfa_required',
    ecs: ecs('api', 'access', 'denied'),
    fields: { requirement: 'clear', action: 'clear', digest: 'digest' },
    example: { requirement: 'transfer', action: 'transfer', digest: DIGEST },
  }),
  'step_up.satisfied': barrier({
    ...STEP_UP,
    description: 'The proof that a route had asked for was given.',
    owasp: 'mfa_satisfied',
    ecs: ecs('api', 'access', 'allowed'),
    caep: 'assurance-level-change',
    fields: { requirement: 'clear', action: 'clear', digest: 'digest' },
    example: { requirement: 'transfer', action: 'transfer', digest: DIGEST },
  }),
  'step_up.refused': barrier({
    ...STEP_UP,
    description: 'A step-up ended without the proof.',
    owasp: 'authz_fail',
    ecs: ecs('api', 'access', 'denied'),
    fields: { requirement: 'clear', action: 'clear', digest: 'digest' },
    example: { requirement: 'transfer', action: 'transfer' },
  }),
  'step_up.reported': essential({
    ...STEP_UP,
    description: 'A route in report-only mode would have allowed, challenged or refused.',
    retention: 'access',
    owasp: 'mfa_reported',
    ecs: ecs('api', 'access', 'info'),
    fields: { requirement: 'clear', would: 'clear' },
    example: { requirement: 'transfer', would: 'challenge' },
  }),
  'step_up.grant.consumed': barrier({
    ...STEP_UP,
    description: 'A proof bound to one action was used, for the one time it is good for.',
    owasp: 'mfa_grant_consumed',
    ecs: ecs('api', 'access', 'allowed'),
    fields: { action: 'clear', digest: 'digest' },
    example: { action: 'transfer', digest: DIGEST },
  }),
}
