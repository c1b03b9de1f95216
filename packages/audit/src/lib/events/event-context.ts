import { AsyncLocalStorage } from 'node:async_hooks'
import type { EventContext } from './types.ts'

// Keyed by the request itself: nothing is added to Express's types, and it goes when the request goes.
const contexts = new WeakMap<object, EventContext>()

/** What runs in a context finds it here, in the newest form that `setContext` gave it. */
const running = new AsyncLocalStorage<{ context: EventContext }>()

/**
 * Leaves what is known of a request for whoever records events about it.
 *
 * Called while that request is served, it also renews what `currentContext` gives there.
 *
 * @param request The request object that middleware hands on.
 * @param context What was found out; replaces what was left before.
 */
export function setContext(request: object, context: EventContext): void {
  contexts.set(request, context)
  const current = running.getStore()
  // The same request, by its id: what is left for another one must not show here.
  if (current?.context.requestId === context.requestId) current.context = context
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

/**
 * Runs a function, and all that it sets going, in the context of a request, where `currentContext` finds it.
 *
 * `requestContext` does it for the rest of a request; an application does it for work of its own, such as a queue's job.
 *
 * @param context What `contextOf` gave, or another one.
 * @param run Called at once, in the context.
 * @returns What the function returns; its errors pass through.
 */
export function runInContext<T>(context: EventContext, run: () => T): T {
  return running.run({ context }, run)
}

/**
 * Gives the context of the request that is being served where this is called, for whoever does not hold the request: a
 * logger, a database client.
 *
 * It follows promises and timers. A listener runs in the context of who emits: those of a request and its response in that
 * request's, by `requestContext`. Behind a pool, a queue or a connection that was opened lazily, a callback runs in the context
 * of whoever made or last used it: the context can be missing there, **or be another request's**. Bind such a callback
 * where it is passed, with `AsyncResource.bind` of `node:async_hooks`. The context serves correlation, and nothing may be
 * decided by it; who holds the request takes `contextOf`.
 *
 * @returns The context, or `undefined` outside of requests.
 */
export function currentContext(): EventContext | undefined {
  return running.getStore()?.context
}
