import type { LedgerEvent } from '@sallyport/audit/ledger'
import type { Store } from '@sallyport/store'
import { approvalFinding, isFinding } from './approval-findings.ts'
import type { ApprovalFinding } from './approval-findings.ts'
import { findEvent, findNewest } from './find-event.ts'

/** What the ledger says of one approval; nothing of it is proved yet. */
export interface ApprovalClaim {
  /** The `challenge.verified` event. */
  readonly verified: LedgerEvent
  readonly stepUp: string
  /** The name of the action, and its keyed digest. */
  readonly action: string
  readonly digest: string
  readonly authenticator: string
  /** The `authenticator.enrolled` event. */
  readonly enrolled: LedgerEvent
  /** Digest of the public key, the same in both events. */
  readonly key: string
}

/**
 * Collects what the ledger says of an approval: which key answered, for which action, and who had enrolled it.
 *
 * @param store the ledger's store.
 * @param eventId the id of the `challenge.verified` event.
 * @returns the claim, or what is missing or contradicts itself.
 */
export async function findClaim(store: Store, eventId: string): Promise<ApprovalClaim | ApprovalFinding> {
  const verified = await findEvent(store, eventId)
  if (verified === undefined) return approvalFinding('event_unknown')
  if (verified.type !== 'challenge.verified') return approvalFinding('not_verified')
  if (verified.data['factor'] !== 'webauthn') return approvalFinding('not_signed')
  const key = textOf(verified, 'key')
  const authenticator = verified.authn?.authenticator
  if (key === undefined || authenticator === undefined) return approvalFinding('key_missing')

  const action = await findAction(store, verified)
  if (isFinding(action)) return action
  const enrolled = await findEnrolment(store, verified, key)
  if (isFinding(enrolled)) return enrolled
  return { verified, ...action, authenticator, enrolled, key }
}

/** The action that the step-up of the challenge was bound to: all events of the step-up must name the same. */
async function findAction(
  store: Store,
  { stepUp, flow = stepUp }: LedgerEvent,
): Promise<Pick<ApprovalClaim, 'stepUp' | 'action' | 'digest'> | ApprovalFinding> {
  if (stepUp === undefined) return approvalFinding('action_missing')

  const query = { flow, type: ['step_up.required', 'step_up.satisfied'] } as const
  const isOfIt = (event: LedgerEvent): boolean => event.stepUp === stepUp
  const named = await findNewest(store, query, (event) => isOfIt(event) && textOf(event, 'digest') !== undefined)
  const digest = named && textOf(named, 'digest')
  if (named === undefined || digest === undefined) return approvalFinding('action_missing')

  const other = await findNewest(store, query, (event) => isOfIt(event) && textOf(event, 'digest') !== digest)
  if (other !== undefined) return approvalFinding('action_ambiguous')
  return { stepUp, action: textOf(named, 'action') ?? '', digest }
}

async function findEnrolment(
  store: Store,
  { authn, actor, index }: LedgerEvent,
  key: string,
): Promise<LedgerEvent | ApprovalFinding> {
  const query = { type: 'authenticator.enrolled', factor: 'webauthn', before: index } as const
  const isOfIt = (event: LedgerEvent): boolean => event.authn?.authenticator === authn?.authenticator
  const enrolled = await findNewest(store, query, isOfIt)
  const enrolledKey = enrolled && textOf(enrolled, 'key')
  if (enrolled === undefined || enrolledKey === undefined) return approvalFinding('enrolment_missing')
  if (enrolledKey !== key) return approvalFinding('enrolled_key')
  return isAnother(enrolled.actor?.id, actor?.id) ? approvalFinding('enrolled_person') : enrolled
}

/** Whether two pseudonyms are of two persons. After a rotation one person has another, and only the key ring can tell. */
function isAnother(one: string | undefined, other: string | undefined): boolean {
  return one !== other && keyOf(one) === keyOf(other)
}

/**
 * Gives the id of the key that a pseudonym was made with.
 *
 * @param pseudonym `<key id>.<base64url>`.
 */
export function keyOf(pseudonym: string | undefined): string | undefined {
  return pseudonym?.split('.', 1)[0]
}

function textOf({ data }: LedgerEvent, name: string): string | undefined {
  const value = data[name]
  return typeof value === 'string' ? value : undefined
}
