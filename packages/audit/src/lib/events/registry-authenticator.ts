import { barrier, durable, ecs, type AreaEvents } from './event-spec.ts'

const AUTHENTICATOR = { retention: 'authentication', ecs: ecs('iam', 'user', 'change'), evidence: ['E3'] } as const
const RECOVERY = { ...AUTHENTICATOR, evidence: ['E4'] } as const
const ACCOUNT = {
  ...AUTHENTICATOR,
  evidence: ['E7', 'E9'],
  fields: { because: 'clear' },
  example: { because: 'administrator' },
} as const
const NOTICE = {
  retention: 'authentication',
  ocsf: 300499,
  ecs: ecs('iam', 'user', 'info'),
  fields: { about: 'clear' },
  example: { about: 'authenticator.removed' },
} as const
const FACTOR = { fields: { factor: 'clear' }, example: { factor: 'totp' } } as const
const DIGEST = 'n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg'
const MODEL = '2fc0579f-8113-47ea-b116-bb5a8db9202a'

/** Events of authenticators, recovery codes and accounts, and of what people are told of them. */
export const AUTHENTICATOR_EVENTS: AreaEvents<
  'account' | 'authenticator' | 'notification' | 'recovery_code' | 'recovery_codes'
> = {
  'authenticator.enrolment_started': barrier({
    ...AUTHENTICATOR,
    ...FACTOR,
    description: 'A person began to add an authenticator.',
    owasp: 'mfa_enrolment_started',
    ocsf: 300499,
    ecs: ecs('iam', 'user', 'info'),
  }),
  'authenticator.enrolled': barrier({
    ...AUTHENTICATOR,
    description: 'A person added an authenticator.',
    owasp: 'mfa_enrolled',
    ocsf: 300406,
    caep: 'credential-change',
    fields: {
      factor: 'clear',
      first: 'clear',
      key: 'digest',
      model: 'clear',
      attested: 'clear',
      backedUp: 'clear',
    },
    example: { factor: 'webauthn', first: true, key: DIGEST, model: MODEL, attested: true, backedUp: false },
  }),
  'authenticator.enrolment_failed': barrier({
    ...AUTHENTICATOR,
    description: 'An enrolment was answered wrongly.',
    owasp: 'mfa_enrolment_fail',
    ocsf: 300406,
    ecs: ecs('iam', 'user', 'info'),
    fields: { factor: 'clear', model: 'clear' },
    example: { factor: 'webauthn', model: MODEL },
  }),
  'authenticator.renamed': barrier({
    ...AUTHENTICATOR,
    ...FACTOR,
    description: 'A person renamed an authenticator.',
    owasp: 'mfa_renamed',
    ocsf: 300403,
    caep: 'credential-change',
  }),
  'authenticator.removed': barrier({
    ...AUTHENTICATOR,
    description: 'A person removed an authenticator.',
    owasp: 'mfa_removed',
    ocsf: 300407,
    caep: 'credential-change',
    fields: { factor: 'clear', left: 'clear' },
    example: { factor: 'totp', left: 1 },
  }),
  'authenticator.reset': barrier({
    ...AUTHENTICATOR,
    description: 'An administrator removed all authenticators of a person.',
    owasp: 'mfa_reset',
    ocsf: 300407,
    ecs: ecs('iam', 'admin', 'user', 'change'),
    caep: 'credential-change',
    evidence: ['E3', 'E9'],
    fields: { removed: 'clear' },
    example: { removed: 2 },
  }),
  'authenticator.disabled': barrier({
    ...AUTHENTICATOR,
    ...FACTOR,
    description: 'An authenticator was disabled by too many wrong answers in a row.',
    owasp: 'authn_login_lock',
    ocsf: 300409,
    caep: 'credential-change',
    evidence: ['E3', 'E7'],
  }),
  'authenticator.counter_regressed': barrier({
    ...AUTHENTICATOR,
    description: 'An authenticator counted no further than before: it may have been copied.',
    owasp: 'mfa_counter_regressed',
    ocsf: 300499,
    ecs: ecs('iam', 'user', 'info'),
    caep: 'credential-compromise',
    evidence: ['E3', 'E13'],
    fields: { factor: 'clear', stored: 'clear', received: 'clear' },
    example: { factor: 'webauthn', stored: 7, received: 7 },
  }),
  'recovery_codes.generated': barrier({
    ...RECOVERY,
    description: 'A person was given recovery codes.',
    owasp: 'mfa_recovery_generated',
    ocsf: 300406,
    caep: 'credential-change',
    fields: { count: 'clear' },
    example: { count: 10 },
  }),
  'recovery_code.used': barrier({
    ...RECOVERY,
    description: 'A person used a recovery code.',
    owasp: 'mfa_recovery_used',
    ocsf: 300499,
    caep: 'recovery-activated',
    fields: { left: 'clear' },
    example: { left: 9 },
  }),
  'recovery_codes.exhausted': barrier({
    ...RECOVERY,
    description: 'A person used the last recovery code.',
    owasp: 'mfa_recovery_exhausted',
    ocsf: 300499,
    ecs: ecs('iam', 'user', 'info'),
    waits: 'recovery codes that are not replaced when used',
    fields: {},
    example: {},
  }),
  'account.locked': barrier({
    ...ACCOUNT,
    description: 'An administrator locked a person out.',
    owasp: 'authn_login_lock',
    ocsf: 300109,
    caep: 'account-disabled',
  }),
  'account.unlocked': barrier({
    ...ACCOUNT,
    description: 'An administrator let a person in again.',
    owasp: 'authz_admin',
    ocsf: 300112,
    caep: 'account-enabled',
  }),
  'account.linked': barrier({
    ...ACCOUNT,
    description: 'A further identity at a provider was linked to a person.',
    owasp: 'authz_change',
    ocsf: 300199,
    fields: { issuer: 'clear' },
    example: { issuer: 'https://idp.example' },
  }),
  'account.unlinked': barrier({
    ...ACCOUNT,
    description: 'An identity at a provider signs in as this person no more.',
    owasp: 'authz_change',
    ocsf: 300199,
    fields: { issuer: 'clear' },
    example: { issuer: 'https://idp.example' },
  }),
  'notification.sent': durable({
    ...NOTICE,
    description: 'A person was told of a change to their account.',
    owasp: 'mfa_notice_sent',
    evidence: ['E14'],
  }),
  'notification.failed': durable({
    ...NOTICE,
    description: 'A person could not be told of a change to their account.',
    owasp: 'mfa_notice_fail',
    evidence: ['E14', 'E16'],
  }),
}
