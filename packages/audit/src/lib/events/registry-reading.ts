import { barrier, ecs, essential, type AreaEvents } from './event-spec.ts'

const READING = {
  retention: 'administration',
  owasp: 'sensitive_read',
  ocsf: 300402,
  ecs: ecs('configuration', 'access'),
  evidence: ['E11'],
} as const
const PRIVACY = { retention: 'administration', evidence: ['E15'] } as const
const HOLD = { ...PRIVACY, owasp: 'authz_admin', evidence: ['E11', 'E15'] } as const
const HOLD_NAME = '019b76da-a800-7000-8000-000000000003'

/** Events of those who read the ledger, and of what is done for the people in it. */
export const READING_EVENTS: AreaEvents<'audit' | 'privacy'> = {
  'audit.viewed': essential({
    ...READING,
    description: 'A person looked into the ledger.',
    fields: { what: 'clear', events: 'clear', filters: 'clear', revealed: 'clear', subjects: 'pseudonym' },
    example: { what: 'query', events: 50, filters: ['type', 'since'], revealed: ['ip'] },
  }),
  'audit.exported': essential({
    ...READING,
    description: 'A person took copies out of the ledger.',
    fields: { format: 'clear', events: 'clear', revealed: 'clear' },
    example: { format: 'csv', events: 1_200, revealed: [] },
  }),
  'audit.verified': essential({
    ...READING,
    description: 'The ledger was verified.',
    owasp: 'sys_monitor_enabled',
    evidence: ['E11', 'E12'],
    fields: { verdict: 'clear', size: 'clear', problems: 'clear' },
    example: { verdict: 'good', size: 1_200, problems: 0 },
  }),
  'privacy.erasure.requested': barrier({
    ...PRIVACY,
    description: 'The erasure of a person was asked for.',
    owasp: 'authz_admin',
    ocsf: 300499,
    ecs: ecs('iam', 'user', 'info'),
    fields: {},
    example: {},
  }),
  'privacy.subject.erased': barrier({
    ...PRIVACY,
    description: 'The keys of a person were destroyed.',
    owasp: 'sensitive_delete',
    ocsf: 300404,
    ecs: ecs('iam', 'user', 'deletion'),
    fields: { keys: 'clear', backupsCleanAt: 'clear' },
    example: { keys: 14, backupsCleanAt: 1_792_592_000_000 },
  }),
  'privacy.subject.exported': essential({
    ...PRIVACY,
    description: 'A person’s data was given out.',
    owasp: 'sensitive_read',
    ocsf: 300402,
    ecs: ecs('iam', 'user', 'info'),
    fields: {},
    example: {},
  }),
  'privacy.hold.placed': barrier({
    ...HOLD,
    description: 'A legal hold was placed: what it covers is neither erased nor pruned.',
    ocsf: 300401,
    ecs: ecs('configuration', 'creation'),
    fields: { hold: 'clear', reference: 'clear', covers: 'clear' },
    example: { hold: HOLD_NAME, reference: 'case-4711', covers: 'subject' },
  }),
  'privacy.hold.released': barrier({
    ...HOLD,
    description: 'A legal hold was released.',
    ocsf: 300404,
    ecs: ecs('configuration', 'deletion'),
    fields: { hold: 'clear' },
    example: { hold: HOLD_NAME },
  }),
  'privacy.keys.expired': barrier({
    ...PRIVACY,
    description: 'Keys of people were destroyed because their time was over.',
    owasp: 'sensitive_delete',
    ocsf: 300404,
    ecs: ecs('iam', 'deletion'),
    evidence: ['E11', 'E15'],
    fields: { class: 'clear', month: 'clear', keys: 'clear' },
    example: { class: 'access', month: '2026-11', keys: 120 },
  }),
  'privacy.keys.rewrapped': barrier({
    ...PRIVACY,
    description: 'Keys of people were wrapped anew under the newest seal key.',
    owasp: 'authz_admin',
    ocsf: 300403,
    ecs: ecs('configuration', 'change'),
    evidence: ['E10', 'E15'],
    fields: { keys: 'clear' },
    example: { keys: 120 },
  }),
}
