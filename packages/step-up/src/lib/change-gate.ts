import type { RequestHandler } from 'express'

import { answerRefusal } from './answers.ts'
import { listAuthenticators, type EnrolledAuthenticator } from './authenticators.ts'
import { unavailable } from './errors.ts'
import { createGate } from './gate.ts'
import { isEnrolled } from './given.ts'
import type { Core } from './options.ts'
import { refusal } from './refusals.ts'
import type { StepUpOptions } from './requirement.ts'
import type { SessionAuthority } from './sessions.ts'
import type { Factor } from './types.ts'

/** What a change of authenticators demands of a user; impossible for one who has authenticators and can prove none. */
type Demand = Pick<StepUpOptions, 'anyOf' | 'phishingResistant' | 'when'> | 'impossible'

/**
 * Makes the gate in front of every change of authenticators: it demands the strongest proof that the user has, so that the
 * weakest never decides over the strongest.
 *
 * Whoever has an enabled authenticator that resists phishing proves such a one; otherwise a strong one; otherwise any they
 * have. A recovery code will do in place of each, since it is for the day when the strongest is lost: here and nowhere else.
 * An authenticator that is disabled proves nothing, but still stands for its strength: guessing at somebody's codes until
 * they are disabled leads to no enrolment, neither without proof nor with a weaker one.
 */
export function createChangeGate(core: Core, sessions: SessionAuthority): RequestHandler {
  const gates = new Map<string, RequestHandler>()
  // A handful of demands there can be, each made into a gate once.
  const gateOf = (demand: Exclude<Demand, 'impossible'>): RequestHandler => {
    const { anyOf = [], phishingResistant = false, when } = demand
    const name = [phishingResistant, when === undefined, ...anyOf].join(' ')
    const gate = gates.get(name) ?? createGate(core, sessions, { name: 'authenticators.change', ...demand })
    gates.set(name, gate)
    return gate
  }
  return async function requireStrongestMiddleware(req, res, next) {
    let demand: Demand
    const session = sessions.live(req)
    try {
      demand = demandOf(core, session === undefined ? [] : await listAuthenticators(core, session.record.user))
    } catch (error) {
      next(unavailable(error))
      return
    }
    if (demand === 'impossible')
      answerRefusal(core, { req, res }, refusal('not_enough', `${core.mountPath}/authenticators`))
    else await gateOf(demand)(req, res, afterSame(session?.epoch, { core, sessions, req, res, next }))
  }
}

/**
 * Goes on only if the authenticators are still those that the demand was made from: the gate reads the session anew, and one
 * that was enrolled in between would let the first one's rules open for it.
 */
function afterSame(
  epoch: number | undefined,
  { core, sessions, req, res, next }: Passing,
): Parameters<RequestHandler>[2] {
  return (error?: unknown) => {
    if (error === undefined && sessions.live(req)?.epoch !== epoch)
      answerRefusal(core, { req, res }, refusal('ended', `${core.mountPath}/authenticators`))
    else next(error)
  }
}

interface Passing {
  readonly core: Core
  readonly sessions: SessionAuthority
  readonly req: Parameters<RequestHandler>[0]
  readonly res: Parameters<RequestHandler>[1]
  readonly next: Parameters<RequestHandler>[2]
}

function demandOf(core: Core, enrolled: readonly EnrolledAuthenticator[]): Demand {
  // The first one needs a fresh login instead; the route itself sees to that.
  if (enrolled.length === 0) return { when: () => false }

  // What is given is nobody's authenticator here; by its name alone a plain login would be proof enough.
  const all = [...core.factors.values()].filter(isEnrolled)
  const enabled = all.filter(({ name }) => enrolled.some(({ value }) => value.factor === name && !value.disabled))
  const hasCodes = enabled.some(({ name }) => name === 'recovery_code')
  if (enabled.some(mayResist)) {
    // By name, which says enough where every proof of the factor resists.
    return hasCodes && enabled.some(resists) ? orCode(all.filter(resists)) : { phishingResistant: true }
  }
  if (enabled.some(({ strong }) => strong)) return hasCodes ? orCode(all.filter(({ strong }) => strong)) : {}
  if (enrolled.some((each) => isOrWasStrong(core, each))) return hasCodes ? orCode([]) : 'impossible'
  return enabled.length === 0 ? 'impossible' : { anyOf: enabled.map(({ name }) => name) }
}

function orCode(factors: readonly Factor[]): Demand {
  return { anyOf: [...factors.map(({ name }) => name), 'recovery_code'] }
}

/** One that is disabled, or of a factor that is not on offer any more: what is weaker does not take its place. */
function isOrWasStrong(core: Core, { value }: EnrolledAuthenticator): boolean {
  return value.factor !== 'recovery_code' && core.factors.get(value.factor)?.strong !== false
}

function resists({ strength }: Factor): boolean {
  return strength.includes('phishing_resistant')
}

function mayResist({ strength, mayShow = strength }: Factor): boolean {
  return mayShow.includes('phishing_resistant')
}
