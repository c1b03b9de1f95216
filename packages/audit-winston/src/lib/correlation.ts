import { IncomingMessage } from 'node:http'

import { contextOf, currentContext } from '@sallyport/audit/context'
import type { EventContext } from '@sallyport/audit/context'
import { format } from 'winston'
import type { Logform } from 'winston'

/** Under this symbol an info carries the context of the call, for a line that is formatted later than it was logged. */
export const CALLED: unique symbol = Symbol('sallyport.called')

// Where winston keeps the arguments that came after the message.
const SPLAT = Symbol.for('splat')

const IDS = ['requestId', 'traceId', 'spanId', 'lineage'] as const

/**
 * Makes a winston format, for the application's own logger, that adds the ids by which a line is found beside the events
 * of the same request: `requestId`, `traceId`, `spanId`, `lineage`, as far as they are known.
 *
 * The ids are those of the request that is being served, as `requestContext` left it; a member of one of these names that
 * the caller passed is replaced, or taken off where the id is not known. winston formats a line later than it was logged
 * when a transport is slow: with `correlationMeta` the ids are still those of the call.
 *
 * Where a callback may run in the context of another request (behind pools, queues and lazily opened connections) pass the
 * request, `log.info('paid', { req })`: then the ids are its own, or none when it has no context. It is taken off the line. Put
 * `correlation` before formats that copy, such as `redaction`, which would make another object of it.
 *
 * @see `correlationMeta`
 */
export function correlation(): Logform.Format {
  return format((info) => {
    const req = requestIn(info)
    if (req !== undefined) return withIdsOf(contextOf(req), withoutRequest(info, req))
    const called: { readonly context: EventContext | undefined } | undefined = Object(info)[CALLED]
    return withIdsOf(called === undefined ? currentContext() : called.context, info)
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

/** The request that the caller passed; where the message has places to fill in, it stands only in what came after it. */
function requestIn(info: Logform.TransformableInfo): object | undefined {
  return [info, ...restOf(info)].map((one): unknown => Object(one).req).find(isRequest)
}

/** A copy, since the info may be an object of the caller's. */
function withoutRequest(info: Logform.TransformableInfo, req: object): Logform.TransformableInfo {
  const rest = restOf(info).map((one) => (Object(one).req === req ? without(Object(one)) : one))
  return Object.assign(without(info), info[SPLAT] === undefined ? {} : { [SPLAT]: rest })
}

function without<T extends object>(members: T): T {
  const copy = { ...members }
  Reflect.deleteProperty(copy, 'req')
  return copy
}

function restOf(info: Logform.TransformableInfo): readonly unknown[] {
  const rest = info[SPLAT]
  return Array.isArray(rest) ? rest : []
}

function isRequest(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  return value instanceof IncomingMessage || contextOf(value) !== undefined
}

/** What the caller passed under the names goes, also where nothing is known: it may be a request's body. */
function withIdsOf(context: EventContext | undefined, info: Logform.TransformableInfo): Logform.TransformableInfo {
  for (const name of IDS) Reflect.deleteProperty(info, name)
  // `splat` would put it back.
  const rest = info[SPLAT] === undefined ? {} : { [SPLAT]: restOf(info).map(withoutIds) }
  return Object.assign(info, idsOf(context), rest)
}

function withoutIds(one: unknown): unknown {
  if (typeof one !== 'object' || one === null || !IDS.some((name) => Object.hasOwn(one, name))) return one
  const members = Object.getOwnPropertyDescriptors(one)
  for (const name of IDS) Reflect.deleteProperty(members, name)
  return Object.create(Object.getPrototypeOf(one), members)
}

function idsOf(context: EventContext | undefined): Readonly<Record<string, string>> {
  const { requestId, trace, who } = context ?? {}
  return {
    ...(requestId === undefined ? {} : { requestId }),
    ...(trace === undefined ? {} : { traceId: trace.id, spanId: trace.span }),
    ...(who?.lineage === undefined ? {} : { lineage: who.lineage }),
  }
}
