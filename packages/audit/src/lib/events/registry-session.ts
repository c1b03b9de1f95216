import { barrier, ecs, essential, type AreaEvents } from './event-spec.ts'

const SESSION = { retention: 'authentication', evidence: ['E5'] } as const

/** Events of sessions. */
export const SESSION_EVENTS: AreaEvents<'session'> = {
  'session.started': barrier({
    ...SESSION,
    description: 'A session began; the person’s identity is sealed here, once.',
    owasp: 'session_created',
    ocsf: 300201,
    ecs: ecs('session', 'start'),
    caep: 'session-established',
    evidence: ['E1', 'E5'],
    fields: {},
    example: {},
  }),
  'session.rotated': barrier({
    ...SESSION,
    description: 'A session went on under a new handle, and the old one died.',
    owasp: 'session_renewed',
    ocsf: 300299,
    ecs: ecs('session', 'info'),
    fields: { because: 'clear' },
    example: { because: 'step_up' },
  }),
  'session.ended': barrier({
    ...SESSION,
    description:
      'A session ended: its person signed out, another one took its place, or it could not be handed to the browser.',
    owasp: 'session_logout',
    ocsf: 300202,
    ecs: ecs('session', 'end'),
    caep: 'session-revoked',
    evidence: ['E5', 'E6'],
    fields: { because: 'clear' },
    example: { because: 'logout' },
  }),
  'session.expired': barrier({
    ...SESSION,
    description: 'A session was found to be too old or idle too long.',
    owasp: 'session_expired',
    ocsf: 300299,
    ecs: ecs('session', 'end'),
    caep: 'session-revoked',
    fields: { because: 'clear' },
    example: { because: 'idle' },
  }),
  'session.revoked': barrier({
    ...SESSION,
    description: 'Sessions were ended by somebody else, or by their user from elsewhere.',
    owasp: 'authn_token_revoked',
    ocsf: 300202,
    ecs: ecs('session', 'end'),
    caep: 'session-revoked',
    evidence: ['E5', 'E9'],
    fields: { because: 'clear', all: 'clear' },
    example: { because: 'administrator', all: true },
  }),
  'session.reused_after_end': essential({
    ...SESSION,
    description: 'An ended session was presented again, late or from another device.',
    owasp: 'session_use_after_expire',
    ocsf: 300201,
    ecs: ecs('session', 'start'),
    caep: 'risk-level-change',
    evidence: ['E5', 'E13'],
    fields: { endedSecondsAgo: 'clear' },
    example: { endedSecondsAgo: 12 },
  }),
}
