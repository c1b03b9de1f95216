import type { EventType } from './event-payloads.ts'

/** What recording an event may cost its cause: see `EventSpec.durability`. */
export type Durability = 'barrier' | 'durable' | 'counted'

/** What the registry knows of one event type. */
export interface EventSpec {
  /** One sentence for the person who reads the inventory. */
  readonly description: string
  /**
   * `barrier`: on disk together with the state change, or the action is refused. `durable`: awaited within a budget.
   * `counted`: never waited for; under pressure its number is recorded instead of its content.
   */
  readonly durability: Durability
  /** The OWASP Logging Vocabulary's name, or our own `mfa_` name where it has none. */
  readonly owasp: string
  /** OCSF `type_uid`: class × 100 + activity. */
  readonly ocsf: number
  readonly ecs: { readonly category: string; readonly type: string }
  /** The requirements that the event is evidence for. */
  readonly controls: readonly string[]
}

const ASVS_AUTHENTICATION = ['ASVS 16.3.1', 'PCI DSS 10.2.1.5', 'SOC 2 CC6.1'] as const
const ASVS_AUTHORIZATION = ['ASVS 16.3.2', 'PCI DSS 10.2.1', 'SOC 2 CC6.1'] as const
const ASVS_LOG = ['ASVS 16.4.2', 'PCI DSS 10.3.4', 'SOC 2 CC7.2'] as const

/** Every event that can occur, in the order of the inventory. Names are append-only. */
export const EVENTS: Readonly<Record<EventType, EventSpec>> = {
  'oidc.login.started': login(
    'A browser was sent to the identity provider.',
    'counted',
    'authn_login_started',
    300206,
    'info',
  ),
  'oidc.login.succeeded': login(
    'The identity provider vouched for a person, and every check passed.',
    'barrier',
    'authn_login_success',
    300201,
    'start',
  ),
  'oidc.login.failed': login(
    'A login was refused, or the provider could not be used.',
    'durable',
    'authn_login_fail',
    300201,
    'start',
  ),
  'oidc.logout.completed': login('A person signed out.', 'barrier', 'session_logout', 300202, 'end'),
  'oidc.provider.discovered': login(
    'The configuration of an identity provider was fetched and checked.',
    'durable',
    'sys_monitor_enabled',
    600303,
    'info',
  ),
  'session.started': session(
    'A session began; the person’s identity is sealed here, once.',
    'session_created',
    300201,
    'start',
  ),
  'session.rotated': session(
    'A session went on under a new handle, and the old one died.',
    'session_renewed',
    300299,
    'info',
  ),
  'session.ended': session('A session ended.', 'session_logout', 300202, 'end'),
  'session.expired': session('A session was found to be too old or idle too long.', 'session_expired', 300299, 'end'),
  'session.revoked': session(
    'Sessions were ended by somebody else, or by their user from elsewhere.',
    'authn_token_revoked',
    300202,
    'end',
  ),
  'session.reused_after_end': {
    ...session(
      'An ended session was presented again, late or from another device.',
      'session_use_after_expire',
      300201,
      'start',
    ),
    durability: 'durable',
  },
  'step_up.required': stepUp('A route asked for more proof than the session had.', 'barrier', 'mfa_required', 600399),
  'step_up.satisfied': stepUp('The proof that a route had asked for was given.', 'barrier', 'mfa_satisfied', 600399),
  'step_up.refused': stepUp('A step-up ended without the proof.', 'barrier', 'authz_fail', 600399),
  'step_up.reported': stepUp(
    'A route in report-only mode would have allowed or challenged.',
    'durable',
    'mfa_reported',
    600399,
  ),
  'step_up.grant.consumed': stepUp(
    'A proof bound to one action was used, for the one time it is good for.',
    'barrier',
    'mfa_grant_consumed',
    600399,
  ),
  'challenge.issued': challenge('A challenge for one factor began.', 'mfa_challenge_issued', 300206, 'start'),
  'challenge.attempt_failed': challenge('A challenge was answered wrongly.', 'mfa_attempt_fail', 300299, 'info'),
  'challenge.verified': challenge('A challenge ended with the right answer.', 'mfa_success', 300299, 'end'),
  'challenge.failed': challenge('A challenge was ended by a wrong answer.', 'mfa_fail', 300299, 'end'),
  'challenge.denied': challenge('A person said that a challenge was not their own doing.', 'mfa_denied', 300299, 'end'),
  'challenge.expired': challenge('A challenge ended unanswered.', 'mfa_expired', 300299, 'end'),
  'challenge.superseded': challenge(
    'A challenge ended because another took its place.',
    'mfa_superseded',
    300299,
    'end',
  ),
  'challenge.cancelled': challenge('A challenge was ended by the person.', 'mfa_cancelled', 300299, 'end'),
  'challenge.locked': challenge(
    'A challenge ended because of too many wrong answers.',
    'authn_login_fail_max',
    300299,
    'end',
  ),
  'authenticator.enrolment_started': authenticator(
    'A person began to add an authenticator.',
    'mfa_enrolment_started',
    300499,
  ),
  'authenticator.enrolled': authenticator('A person added an authenticator.', 'mfa_enrolled', 300406),
  'authenticator.enrolment_failed': authenticator('An enrolment was answered wrongly.', 'mfa_enrolment_fail', 300406),
  'authenticator.renamed': authenticator('A person renamed an authenticator.', 'mfa_renamed', 300403),
  'authenticator.removed': authenticator('A person removed an authenticator.', 'mfa_removed', 300407),
  'authenticator.reset': authenticator('An administrator removed all authenticators of a person.', 'mfa_reset', 300407),
  'authenticator.disabled': authenticator(
    'An authenticator was disabled by too many wrong answers in a row.',
    'authn_login_lock',
    300405,
  ),
  'authenticator.counter_regressed': authenticator(
    'An authenticator counted no further than before: it may have been copied.',
    'mfa_counter_regressed',
    300499,
  ),
  'recovery_codes.generated': authenticator('A person was given recovery codes.', 'mfa_recovery_generated', 300406),
  'recovery_code.used': authenticator('A person used a recovery code.', 'mfa_recovery_used', 300499),
  'recovery_codes.exhausted': authenticator('A person used the last recovery code.', 'mfa_recovery_exhausted', 300499),
  'account.locked': authenticator('An administrator locked a person out.', 'authn_login_lock', 300405),
  'account.unlocked': authenticator('An administrator let a person in again.', 'authz_admin', 300403),
  'access.allowed': access('A guarded route let a request through, before its handler ran.', 'authz_allowed'),
  'access.denied': access('A guarded route turned a request away.', 'authz_fail'),
  'access.completed': access('The handler of a guarded route has answered.', 'sensitive_access_completed'),
  'notification.sent': notice('A person was told of a change to their account.', 'mfa_notice_sent'),
  'notification.failed': notice('A person could not be told of a change to their account.', 'mfa_notice_fail'),
  'ledger.opened': ledger('A process opened the ledger.', 'sys_startup', 600203),
  'ledger.closed': ledger('A process closed the ledger in good order.', 'sys_shutdown', 600204),
  'ledger.gap_recorded': ledger('Events were lost or delayed; their exact numbers.', 'sys_monitor_disabled', 600801),
  'ledger.heartbeat': ledger('A process lives and reaches the ledger.', 'sys_monitor_enabled', 600299),
  'ledger.checkpoint_signed': ledger(
    'A process names the newest checkpoint that it signed.',
    'sys_monitor_enabled',
    600299,
  ),
  'ledger.key_added': barrier(ledger('A key may sign the ledger from here on.', 'authz_admin', 300401)),
  'ledger.key_retired': barrier(ledger('A key may sign the ledger no longer.', 'authz_admin', 300409)),
  'sink.failed': ledger(
    'A sink could not take its copies; it goes on from its cursor later.',
    'sys_monitor_disabled',
    600801,
  ),
  'sink.recovered': ledger('A sink takes its copies again.', 'sys_monitor_enabled', 600205),
  'sink.dead_lettered': barrier(
    ledger('An event that a sink refuses was passed over.', 'sys_monitor_disabled', 600801),
  ),
  'ledger.failures_coalesced': ledger(
    'Failures of one source, counted instead of written.',
    'excess_rate_limit_exceeded',
    600801,
  ),
  'ledger.clock_deviated': ledger('A clock was set, or is apart from another.', 'sys_monitor_disabled', 600801),
  'ledger.pruned': barrier(ledger('Entries were dropped under the retention policy.', 'authz_admin', 300404)),
  'config.changed': barrier(ledger('A setting of the ledger was changed.', 'authz_admin', 300403)),
  'role.changed': barrier(access('The roles of a person were changed.', 'privilege_permissions_changed')),
  'scope.changed': barrier(access('What a person may do was changed.', 'privilege_permissions_changed')),
  'audit.viewed': ledger('A person looked into the ledger.', 'sensitive_read', 300402),
  'audit.exported': ledger('A person took copies out of the ledger.', 'sensitive_read', 300402),
  'audit.verified': ledger('The ledger was verified.', 'sys_monitor_enabled', 300402),
  'privacy.erasure.requested': barrier(ledger('The erasure of a person was asked for.', 'authz_admin', 300404)),
  'privacy.subject.erased': barrier(ledger('The keys of a person were destroyed.', 'sensitive_delete', 300404)),
  'privacy.subject.exported': ledger('A person’s data was given out.', 'sensitive_read', 300402),
  'privacy.hold.placed': barrier(ledger('A legal hold was placed.', 'authz_admin', 300401)),
  'privacy.hold.released': barrier(ledger('A legal hold was released.', 'authz_admin', 300404)),
  'privacy.keys.expired': barrier(
    ledger('Keys of persons were destroyed because their time was over.', 'sensitive_delete', 300404),
  ),
  'privacy.keys.rewrapped': barrier(ledger('Keys of persons were wrapped anew.', 'authz_admin', 300403)),
}

/** The names of all events. */
export const EVENT_TYPES: readonly EventType[] = Object.keys(EVENTS).filter(isEventType)

/** Tells whether a text is the name of an event. */
export function isEventType(name: string): name is EventType {
  return Object.hasOwn(EVENTS, name)
}

function login(
  description: string,
  durability: Durability,
  ...[owasp, ocsf, type]: readonly [string, number, string]
): EventSpec {
  return {
    description,
    durability,
    owasp,
    ocsf,
    ecs: { category: 'authentication', type },
    controls: ASVS_AUTHENTICATION,
  }
}

function session(description: string, ...[owasp, ocsf, type]: readonly [string, number, string]): EventSpec {
  const controls = [...ASVS_AUTHENTICATION, 'ASVS 7.2.4']
  return { description, durability: 'barrier', owasp, ocsf, ecs: { category: 'session', type }, controls }
}

function stepUp(description: string, durability: Durability, ...[owasp, ocsf]: readonly [string, number]): EventSpec {
  return {
    description,
    durability,
    owasp,
    ocsf,
    ecs: { category: 'api', type: 'access' },
    controls: [...ASVS_AUTHORIZATION, 'ASVS 7.5.3'],
  }
}

function challenge(description: string, ...[owasp, ocsf, type]: readonly [string, number, string]): EventSpec {
  return {
    description,
    durability: 'barrier',
    owasp,
    ocsf,
    ecs: { category: 'authentication', type },
    controls: ASVS_AUTHENTICATION,
  }
}

function authenticator(description: string, owasp: string, ocsf: number): EventSpec {
  const controls = [...ASVS_AUTHENTICATION, 'ASVS 6.3.7', 'NIST SP 800-63B-4 §4.1']
  return { description, durability: 'barrier', owasp, ocsf, ecs: { category: 'iam', type: 'change' }, controls }
}

function access(description: string, owasp: string): EventSpec {
  return {
    description,
    durability: 'durable',
    owasp,
    ocsf: 600399,
    ecs: { category: 'api', type: 'access' },
    controls: ASVS_AUTHORIZATION,
  }
}

function notice(description: string, owasp: string): EventSpec {
  return {
    description,
    durability: 'durable',
    owasp,
    ocsf: 300499,
    ecs: { category: 'iam', type: 'info' },
    controls: ['ASVS 6.3.7'],
  }
}

function ledger(description: string, owasp: string, ocsf: number): EventSpec {
  return {
    description,
    durability: 'durable',
    owasp,
    ocsf,
    ecs: { category: 'host', type: 'info' },
    controls: ASVS_LOG,
  }
}

/** For events that accompany a record write. */
function barrier(spec: EventSpec): EventSpec {
  return { ...spec, durability: 'barrier' }
}
