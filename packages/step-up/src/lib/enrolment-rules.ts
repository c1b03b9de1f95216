import type { EnrolledAuthenticator } from './authenticators.ts'
import { isEnrolled } from './given.ts'
import { LIMITS } from './limits.ts'
import type { Core } from './options.ts'
import type { LiveSession } from './session-state.ts'
import type { EnrolledFactor, Factor } from './types.ts'

/** Why somebody may not add an authenticator now. */
export type EnrolmentBar = 'sign_in_again' | 'not_enough' | 'too_many'

/**
 * Tells what stands against adding an authenticator of a factor. The first one decides what all later proofs are worth, so it
 * needs a login of the last 15 minutes; what later ones need is the change gate's. Recovery codes go beside a strong
 * authenticator only: alone they would be no second factor.
 */
export function enrolmentBar(
  core: Core,
  session: LiveSession,
  { factor, enrolled }: { readonly factor: EnrolledFactor; readonly enrolled: readonly EnrolledAuthenticator[] },
): EnrolmentBar | undefined {
  const isFirst = enrolled.length === 0
  if (isFirst && core.store.now() - session.record.startedAt > LIMITS.firstEnrolmentMs) return 'sign_in_again'
  if (!hasCompany(core, factor, enrolled)) return 'not_enough'
  return hasRoom(factor, enrolled) ? undefined : 'too_many'
}

/** Tells whether a factor belongs among what a person can add. */
export function canBeAdded(core: Core, factor: Factor, enrolled: readonly EnrolledAuthenticator[]): boolean {
  return isEnrolled(factor) && hasCompany(core, factor, enrolled) && hasRoom(factor, enrolled)
}

function hasCompany(core: Core, { name }: EnrolledFactor, enrolled: readonly EnrolledAuthenticator[]): boolean {
  if (name !== 'recovery_code') return true
  return enrolled.some(({ value }) => !value.disabled && core.factors.get(value.factor)?.strong === true)
}

function hasRoom({ name, enrolment }: EnrolledFactor, enrolled: readonly EnrolledAuthenticator[]): boolean {
  const staying = enrolled.filter(({ value }) => enrolment.replaces !== true || value.factor !== name)
  return staying.length < LIMITS.authenticators
}
