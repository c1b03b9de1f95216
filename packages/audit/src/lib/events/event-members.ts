import { isEventType } from './registry.ts'

/** An object with named members, of which nothing is known yet. */
export type Members = Readonly<Record<string, unknown>>

/**
 * Tells whether all that readers rely on of an event is of its type, or absent; the writer's stamp is not asked for.
 *
 * It is the one rule of both sides: no event is written that it does not hold for, and none is read. Member by member,
 * because it is asked of every entry of a ledger.
 *
 * @param event What an entry holds, or is about to hold; possibly an attacker's.
 * @see SPEC.md §1
 */
export function hasEventMembers(event: Members): boolean {
  const { id, type, at, data, v, target, authn } = event
  const isNamed = typeof id === 'string' && typeof type === 'string' && isEventType(type) && typeof at === 'string'
  const isWhole = v === 1 && isMembers(data) && hasOrLacks(target) && hasOrLacks(authn)
  return isNamed && isWhole && hasTexts(event) && hasParts(event)
}

function hasTexts({ outcome, reason, lineage, flow, stepUp, challenge, tenant }: Members): boolean {
  const joins = isTextOrAbsent(lineage) && isTextOrAbsent(flow) && isTextOrAbsent(stepUp) && isTextOrAbsent(challenge)
  return joins && isTextOrAbsent(outcome) && isTextOrAbsent(reason) && isTextOrAbsent(tenant)
}

function hasParts({ actor, subject, device, request, net, sealed }: Members): boolean {
  const persons = hasOrLacks(actor, 'id') && hasOrLacks(subject, 'id') && hasOrLacks(sealed, 'box')
  return persons && hasOrLacks(device, 'id') && hasOrLacks(request, 'id') && hasOrLacks(net, 'ipId')
}

/** Tells whether a part is absent, or an object with the text that every reader relies on. */
function hasOrLacks(part: unknown, needed?: string): boolean {
  if (part === undefined) return true
  return isMembers(part) && (needed === undefined || typeof part[needed] === 'string')
}

function isTextOrAbsent(value: unknown): boolean {
  return value === undefined || typeof value === 'string'
}

/** Tells whether a value is an object with named members; a list is none. */
export function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
