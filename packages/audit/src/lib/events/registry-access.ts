import { barrier, durable, ecs, essential, type AreaEvents } from './event-spec.ts'

const ACCESS = { retention: 'access', ocsf: 600399, evidence: ['E2'] } as const
const RIGHTS = {
  retention: 'administration',
  owasp: 'privilege_permissions_changed',
  ocsf: 300599,
  ecs: ecs('iam', 'admin', 'change'),
  caep: 'token-claims-change',
  evidence: ['E9'],
} as const

/** Events of routes, and of what people may do there. */
export const ACCESS_EVENTS: AreaEvents<'access' | 'config' | 'role' | 'scope'> = {
  'access.allowed': durable({
    ...ACCESS,
    description: 'A guarded route let a request through, before its handler ran.',
    owasp: 'authz_allowed',
    ecs: ecs('api', 'access', 'allowed'),
    fields: { requirement: 'clear', action: 'clear', digest: 'digest' },
    example: { requirement: 'transfer' },
  }),
  'access.denied': essential({
    ...ACCESS,
    description: 'A guarded route turned a request away.',
    owasp: 'authz_fail',
    ecs: ecs('api', 'access', 'denied'),
    fields: { requirement: 'clear' },
    example: { requirement: 'transfer' },
  }),
  'access.completed': durable({
    ...ACCESS,
    description: 'The handler of a recorded route has answered.',
    owasp: 'authz_access_completed',
    ecs: ecs('api', 'access', 'end'),
    fields: { status: 'clear', durationMs: 'clear', aborted: 'clear' },
    example: { status: 200, durationMs: 12, aborted: false },
  }),
  'role.changed': barrier({
    ...RIGHTS,
    description: 'The roles of a person were changed; your application records it with the change.',
    fields: { added: 'clear', removed: 'clear' },
    example: { added: ['approver'], removed: [] },
  }),
  'scope.changed': barrier({
    ...RIGHTS,
    description: 'What a person may do was changed; your application records it with the change.',
    fields: { added: 'clear', removed: 'clear' },
    example: { added: ['payments:write'], removed: ['payments:read'] },
  }),
  'config.changed': barrier({
    description: 'A setting was changed.',
    retention: 'administration',
    owasp: 'authz_admin',
    ocsf: 300403,
    ecs: ecs('configuration', 'change'),
    evidence: ['E10'],
    fields: { setting: 'clear', from: 'clear', to: 'clear' },
    example: { setting: 'audit.levels', from: 'none', to: 'n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg' },
  }),
}
