import { contextOf, setContext, type EventContext, type Who } from '@sallyport/audit/context'
import type { Request } from 'express'

import { authnOf } from './evidence-authn.ts'
import type { LiveSession } from './session-state.ts'
import type { Evidence } from './types.ts'

/**
 * Leaves who is asking for whoever records events that no gate knows of; without a context there is nowhere to leave it.
 *
 * @param session The live session of the request, or `undefined` when it has none.
 */
export function leaveWho(req: Request, session: LiveSession | undefined): void {
  const context = contextOf(req)
  if (context === undefined) return

  if (session !== undefined) setContext(req, { ...context, who: whoOf(session) })
  else if (context.who !== undefined) setContext(req, withoutWho(context))
}

/** Leaves what a gate has recorded of a request: a refusal, or that it will record how the request ends. */
export function leaveGate(req: Request, gate: NonNullable<EventContext['gate']>): void {
  const context = contextOf(req)
  if (context !== undefined) setContext(req, { ...context, gate })
}

function whoOf({ record, evidence }: LiveSession): Who {
  const proof = newestOf(evidence)
  return {
    user: record.user,
    lineage: record.lineage,
    ...(proof === undefined ? {} : { authn: authnOf(proof) }),
  }
}

function newestOf(evidence: readonly Evidence[]): Evidence | undefined {
  let newest = evidence[0]
  for (const proof of evidence) if (newest === undefined || proof.at >= newest.at) newest = proof
  return newest
}

function withoutWho(context: EventContext): EventContext {
  const rest = { ...context }
  Reflect.deleteProperty(rest, 'who')
  return rest
}
