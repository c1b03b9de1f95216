import { barrier, durable, ecs, type AreaEvents } from './event-spec.ts'

const CHALLENGE = {
  retention: 'authentication',
  ocsf: 300299,
  ecs: ecs('authentication', 'end'),
  evidence: ['E2'],
  fields: { factor: 'clear' },
  example: { factor: 'totp' },
} as const
const DELIVERY = {
  ...CHALLENGE,
  ocsf: 300206,
  ecs: ecs('authentication', 'info'),
  waits: '`delivery` and `otp`',
} as const

/** Events of challenges: one issue, then deliveries and wrong answers, then exactly one end. */
export const CHALLENGE_EVENTS: AreaEvents<'challenge'> = {
  'challenge.issued': barrier({
    ...CHALLENGE,
    description: 'A challenge for one factor began.',
    owasp: 'mfa_challenge_issued',
    ocsf: 300206,
    ecs: ecs('authentication', 'start'),
    fields: { factor: 'clear', expiresAt: 'clear' },
    example: { factor: 'totp', expiresAt: 1_790_000_300_000 },
  }),
  'challenge.delivered': durable({
    ...DELIVERY,
    description: 'A code or a request was handed to the channel that reaches the person.',
    owasp: 'mfa_delivered',
    evidence: ['E8'],
    fields: { factor: 'clear', channel: 'clear' },
    example: { factor: 'otp_email', channel: 'email' },
  }),
  'challenge.delivery_failed': durable({
    ...DELIVERY,
    description: 'A code or a request could not be handed to the channel that reaches the person.',
    owasp: 'mfa_delivery_fail',
    evidence: ['E8', 'E16'],
    fields: { factor: 'clear', channel: 'clear', code: 'clear' },
    example: { factor: 'otp_email', channel: 'email', code: 'ERR_DELIVERY_REFUSED' },
  }),
  'challenge.attempt_failed': barrier({
    ...CHALLENGE,
    description: 'A challenge was answered wrongly.',
    owasp: 'mfa_attempt_fail',
    ecs: ecs('authentication', 'info'),
  }),
  'challenge.verified': barrier({
    ...CHALLENGE,
    description: 'A challenge ended with the right answer.',
    owasp: 'mfa_success',
    caep: 'assurance-level-change',
    fields: { factor: 'clear', key: 'digest' },
    example: { factor: 'webauthn', key: 'n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg' },
  }),
  'challenge.failed': barrier({
    ...CHALLENGE,
    description: 'A challenge was ended by a wrong answer.',
    owasp: 'mfa_fail',
  }),
  'challenge.denied': barrier({
    ...CHALLENGE,
    description: 'A person said that a challenge was not their own doing.',
    owasp: 'mfa_denied',
    caep: 'risk-level-change',
    evidence: ['E2', 'E13'],
  }),
  'challenge.expired': barrier({
    ...CHALLENGE,
    description: 'A challenge ended unanswered.',
    owasp: 'mfa_expired',
  }),
  'challenge.superseded': barrier({
    ...CHALLENGE,
    description: 'A challenge ended because another took its place.',
    owasp: 'mfa_superseded',
  }),
  'challenge.cancelled': barrier({
    ...CHALLENGE,
    description: 'A challenge was ended by the person.',
    owasp: 'mfa_cancelled',
  }),
  'challenge.locked': barrier({
    ...CHALLENGE,
    description: 'A challenge ended because of too many wrong answers.',
    owasp: 'authn_login_fail_max',
    evidence: ['E2', 'E7'],
  }),
}
