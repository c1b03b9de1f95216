import type { EventContext } from './types.ts'

// Keyed by the request itself: nothing is added to Express's types, and it goes when the request goes.
const contexts = new WeakMap<object, EventContext>()

/**
 * Leaves what is known of a request for whoever records events about it.
 *
 * @param request The request object that middleware hands on.
 * @param context What was found out; replaces what was left before.
 */
export function setContext(request: object, context: EventContext): void {
  contexts.set(request, context)
}

/**
 * Gives what `setContext` left for a request.
 *
 * @param request The same request object.
 * @returns The context, or `undefined` when no resolver has run.
 */
export function contextOf(request: object): EventContext | undefined {
  return contexts.get(request)
}
