import { AuditError } from '../errors.ts'
import type { LedgerEvent } from '../events/types.ts'
import type { RevealPolicy } from './privacy-contract.ts'
import type { SubjectKeys } from './subject-keys.ts'

const MAX_NAMES = 64
const NAME = /^(?:ip|userAgent|hints|region|(?:identity|detail)\.(?:\*|[^\s*\p{Cc}]{1,64}))$/u

/** What envelopes are opened with. */
export type EnvelopeOpener = Pick<SubjectKeys, 'open' | 'isDamage'>

/**
 * Checks a reveal policy.
 *
 * @param policy As the application gave it; nothing may be opened if not given.
 * @returns The policy, its list copied.
 * @throws `AuditError` with `ERR_AUDIT_INPUT` for what is no policy, and for a name that nothing is ever sealed under.
 */
export function requirePolicy(policy: RevealPolicy | undefined): RevealPolicy {
  if (policy === undefined) return 'nothing'
  if (policy === 'nothing' || policy === 'everything') return policy
  if (!Array.isArray(policy) || policy.length > MAX_NAMES) {
    throw input(`A reveal policy is "nothing", "everything" or a list of at most ${MAX_NAMES} names.`)
  }
  const unknown: unknown = policy.find((name) => typeof name !== 'string' || !NAME.test(name))
  if (unknown === undefined) return [...policy]
  const names = 'ip, userAgent, hints, region, identity.<name> and detail.<name>, where "*" stands for any name'
  throw input(`A reveal policy knows the names ${names}; not ${JSON.stringify(unknown)}.`)
}

/**
 * Opens of an event what a policy allows, in `revealed`. The event is given as it is when there is nothing to open: nothing
 * is sealed, nothing of it is allowed, or the key was destroyed. One whose key or envelope is damaged is `unreadable`.
 *
 * @param subjects The keys of persons.
 * @param event The event as read.
 * @param policy What may be opened; checked by `requirePolicy`.
 * @returns The event, with `revealed` where something was opened.
 * @throws `AuditError` with `ERR_AUDIT_ENVELOPE` while the key ring cannot open what the newest one can.
 */
export async function openFor(
  subjects: EnvelopeOpener,
  event: LedgerEvent,
  policy: RevealPolicy,
): Promise<LedgerEvent> {
  // Whatever a copy of an event claims: only what is opened here was sealed.
  const { revealed: _, unreadable: _claimed, ...entry } = event
  if (policy === 'nothing' || policy.length === 0 || entry.sealed === undefined) return entry
  let opened: Readonly<Record<string, string>> | undefined
  try {
    opened = await subjects.open(entry.id, entry.sealed)
  } catch (error) {
    // One that is damaged must not hide all others.
    if (await subjects.isDamage(error)) return { ...entry, revealed: {}, unreadable: true }
    throw error
  }
  const allowed = Object.entries(opened ?? {}).filter(([name]) => policy === 'everything' || isNamed(policy, name))
  return allowed.length === 0 ? entry : { ...entry, revealed: Object.fromEntries(allowed) }
}

function isNamed(names: readonly string[], name: string): boolean {
  const kind = name.split('.', 1)[0] ?? ''
  return names.includes(name) || (kind !== name && names.includes(`${kind}.*`))
}

function input(message: string): AuditError {
  return new AuditError('ERR_AUDIT_INPUT', message)
}
