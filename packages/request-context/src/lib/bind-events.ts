import { contextOf, currentContext, runInContext } from '@sallyport/audit/context'
import type { EventEmitter } from 'node:events'
import type { Request, Response } from 'express'

/**
 * Lets the listeners of a request and its response run in the context of the request.
 *
 * Node emits most of their events from the connection, which outlives requests and knows of none: the parts and the end of a
 * body, the end of the response.
 *
 * @param req The request; its newest context counts.
 * @param res Its response.
 */
export function bindEvents(req: Request, res: Response): void {
  for (const emitter of [req, res]) bind(emitter, req)
}

function bind(emitter: EventEmitter, req: Request): void {
  const emit: unknown = Reflect.get(emitter, 'emit')
  if (typeof emit !== 'function') return
  const emitInContext = (...args: readonly unknown[]): unknown => {
    const context = contextOf(req)
    const run = (): unknown => Reflect.apply(emit, emitter, args)
    const isThere = context === undefined || currentContext()?.requestId === context.requestId
    return isThere ? run() : runInContext(context, run)
  }
  Object.defineProperty(emitter, 'emit', { configurable: true, writable: true, value: emitInContext })
}
