import type { RequestHandler } from 'express'

import { listAuthenticators, type EnrolledAuthenticator } from './authenticators.ts'
import { unavailable } from './errors.ts'
import { createGate } from './gate.ts'
import type { Core } from './options.ts'
import type { StepUpOptions } from './requirement.ts'
import type { SessionAuthority } from './sessions.ts'

/**
 * Makes the gate in front of every change of authenticators: whoever has one proves it first, and whoever has one that
 * resists phishing proves such a one. Otherwise the weakest would decide over the strongest.
 */
export function createChangeGate(core: Core, sessions: SessionAuthority): RequestHandler {
  const enrolledOf = async (req: Parameters<RequestHandler>[0]): Promise<readonly EnrolledAuthenticator[]> => {
    const session = sessions.live(req)
    return session === undefined ? [] : await listAuthenticators(core, session.record.user)
  }
  // The first one needs a fresh login instead; the route itself sees to that.
  const options: StepUpOptions = {
    name: 'authenticators.change',
    when: async (req) => (await enrolledOf(req)).length > 0,
  }
  const gate = createGate(core, sessions, options)
  const strictGate = createGate(core, sessions, { ...options, phishingResistant: true })
  const isResistant = ({ value }: EnrolledAuthenticator): boolean =>
    core.factors.get(value.factor)?.strength.includes('phishing_resistant') === true

  return async function requireStrongestMiddleware(req, res, next) {
    let strict: boolean
    try {
      strict = (await enrolledOf(req)).some(isResistant)
    } catch (error) {
      next(unavailable(error))
      return
    }
    await (strict ? strictGate : gate)(req, res, next)
  }
}
