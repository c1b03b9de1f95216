import { currentContext } from '@sallyport/audit/context'
import type { EventContext } from '@sallyport/audit/context'
import { format } from 'winston'
import type { Logform } from 'winston'

/** Under this symbol an info carries the context of the call, for a line that is formatted later than it was logged. */
export const CALLED: unique symbol = Symbol('sallyport.called')

/**
 * Makes a winston format, for the application's own logger, that adds the ids by which a line is found beside the events
 * of the same request: `requestId`, `traceId`, `spanId`, `lineage`, as far as they are known.
 *
 * The ids are those of the request that is being served, as `requestContext` left it; a member of the same name that the
 * caller passed is replaced. winston formats a line later than it was logged when a transport is slow: with
 * `correlationMeta` the ids are still those of the call.
 *
 * @see `correlationMeta`
 */
export function correlation(): Logform.Format {
  return format((info) => {
    const called: { readonly context: EventContext | undefined } | undefined = Object(info)[CALLED]
    return Object.assign(info, idsOf(called === undefined ? currentContext() : called.context))
  })()
}

/**
 * Makes the `defaultMeta` of a logger with the format `correlation`: it notes, at the moment of each call, which request is
 * being served. What it notes is not written.
 *
 * @param meta Members that every line has besides.
 * @example
 * winston.createLogger({ defaultMeta: correlationMeta({ service: 'bank' }), format: combine(correlation(), json()) })
 */
export function correlationMeta(meta: Readonly<Record<string, unknown>> = {}): object {
  // winston copies it for each call with Object.assign, which reads the getter.
  return Object.defineProperty({ ...meta }, CALLED, { enumerable: true, get: () => ({ context: currentContext() }) })
}

function idsOf(context: EventContext | undefined): Readonly<Record<string, string>> {
  const { requestId, trace, who } = context ?? {}
  return {
    ...(requestId === undefined ? {} : { requestId }),
    ...(trace === undefined ? {} : { traceId: trace.id, spanId: trace.span }),
    ...(who?.lineage === undefined ? {} : { lineage: who.lineage }),
  }
}
