import type { FactorName } from '@sallyport/audit'

import type { EnrolledAuthenticator } from './authenticators.ts'
import type { Core } from './options.ts'
import type { LiveSession } from './session-state.ts'
import type { AuthenticatorState, EnrolledFactor, Factor, GivenFactor } from './types.ts'

/** Gives the authenticator of a given factor that the holder of a session has, if they have one. */
export function givenState(factor: GivenFactor, session: LiveSession): AuthenticatorState | undefined {
  return factor.given({ user: session.record.user, evidence: session.evidence })
}

/** Tells whether people set up authenticators of a factor themselves. */
export function isEnrolled(factor: Factor): factor is EnrolledFactor {
  return factor.enrolment !== undefined
}

/**
 * Tells by which factors the holder of a session could pass now: with authenticators that they have, or were given.
 *
 * @param enrolled Those of the user's authenticators that still count.
 * @returns The factors in the application's order.
 */
export function offeredFactors(
  core: Core,
  session: LiveSession,
  enrolled: readonly EnrolledAuthenticator[],
): readonly FactorName[] {
  return [...core.factors.values()]
    .filter((factor) =>
      isEnrolled(factor)
        ? enrolled.some(({ value }) => value.factor === factor.name)
        : givenState(factor, session) !== undefined,
    )
    .map(({ name }) => name)
}
