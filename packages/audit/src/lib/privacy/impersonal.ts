import type { EventContext, PendingEvent } from '../events/types.ts'

/** Leaves of a request what says nothing of the person: its id, its trace, and what it was for. */
export function impersonalContext({ requestId, trace, target }: EventContext): EventContext {
  return { requestId, ...(trace === undefined ? {} : { trace }), ...(target === undefined ? {} : { target }) }
}

/** Leaves of an event what is not sealed for a person: who it was stays as a pseudonym. */
export function impersonal<T extends PendingEvent>(pending: T): T {
  const { actor, context } = pending.input
  return {
    ...pending,
    input: {
      ...pending.input,
      actor: actor && { user: actor.user },
      context: context && impersonalContext(context),
      sealed: undefined,
    },
  }
}
