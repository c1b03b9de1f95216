import { contextOf, runInContext, setContext } from '@sallyport/audit/context'
import type { DeviceContext, EventContext } from '@sallyport/audit/context'
import type { Request, RequestHandler, Response } from 'express'
import { bindEvents } from './bind-events.ts'
import { clientAddress } from './client-address.ts'
import { ACCEPTED_HINTS } from './client-hints.ts'
import { createDeviceReader } from './describe-device.ts'
import type { Described } from './describe-device.ts'
import { formatDeviceCookie, newDeviceValue, readDeviceCookie } from './device-cookie.ts'
import { createDeviceIds } from './device-ids.ts'
import type { DeviceIds } from './device-ids.ts'
import { newRequestId, newTrace, parseRequestId, parseTraceparent } from './ids.ts'
import { reportOnce, watchForMisuse } from './misuse.ts'
import { resolveOptions } from './options.ts'
import type { RequestContextOptions, ResolvedOptions } from './options.ts'
import { createPlaceFinder } from './find-place.ts'
import type { PlaceFinder } from './find-place.ts'
import { watchRoute } from './watch-route.ts'

/** The options, and what is remembered from request to request. */
interface Parts extends ResolvedOptions {
  readonly deviceIds: DeviceIds
  readonly placeOf: PlaceFinder
}

/**
 * Makes the middleware that finds out who is asking: request id, trace, client address, place and device. It goes first.
 *
 * It never refuses a request, whatever its headers say, and grants nothing: all it finds are claims for the ledger,
 * except the client's address, which is as good as Express's `trust proxy`. The result is read with `contextOf(req)`
 * of `@sallyport/audit/context`, and by code that does not hold the request with `currentContext()`, since the rest of the
 * request runs in it, and so do listeners of the request and the response. A request that already has a context keeps it.
 *
 * @param options See `RequestContextOptions`; `keyring` is required.
 * @returns The middleware. When the keyring fails, its error goes to `next`.
 * @throws RequestContextError `ERR_REQUEST_CONTEXT_OPTIONS` for an unknown option or a value out of bounds.
 * @see OWASP ASVS 5.0 4.1.3, 15.3.4, 16.2.1; W3C Trace Context
 * @example
 * app.set('trust proxy', 1)
 * app.use(requestContext({ keyring, app: 'bank' }))
 */
export function requestContext(options: RequestContextOptions): RequestHandler {
  const resolved = resolveOptions(options)
  const report = reportOnce(resolved.onMisuse)
  const placeOf = createPlaceFinder(resolved.place, report)
  const parts: Parts = { ...resolved, deviceIds: createDeviceIds(resolved.keyring), placeOf }
  const watch = watchForMisuse(report)
  const describeDevice = createDeviceReader()
  return async function requestContextMiddleware(req, res, next) {
    const earlier = contextOf(req)
    if (earlier !== undefined) return runInContext(earlier, next)

    watch(req)
    const described = describeDevice(req.headers)
    // A rejection goes to `next` by way of Express 5.
    const context = await resolveContext({ req, res, described }, parts)
    setContext(req, context)
    bindEvents(req, res)
    runInContext(context, next)
  }
}

async function resolveContext(
  { req, res, described }: { readonly req: Request; readonly res: Response; readonly described: Described },
  parts: Parts,
): Promise<EventContext> {
  const net = clientAddress(req)
  const place = net === undefined ? undefined : parts.placeOf(net.ip)
  const context: EventContext = {
    requestId: requestIdOf(req, parts),
    trace: parseTraceparent(req.headers['traceparent']) ?? newTrace(parts.randomBytes),
    ...(net === undefined ? {} : { net }),
    ...(place === undefined ? {} : { place }),
    device: { ...(await resolveDevice(req, res, parts)), ...described },
    target: { ...(parts.app === undefined ? {} : { app: parts.app }), method: req.method },
    route: watchRoute(req),
  }
  res.setHeader('X-Request-Id', context.requestId)
  if (parts.askPlatformVersion) res.append('Accept-CH', ACCEPTED_HINTS)
  return context
}

function requestIdOf(req: Request, { requestIdHeader, ...source }: ResolvedOptions): string {
  const given = requestIdHeader === undefined ? undefined : parseRequestId(req.headers[requestIdHeader])
  return given ?? newRequestId(source)
}

async function resolveDevice(
  req: Request,
  res: Response,
  { cookie, randomBytes, deviceIds }: Parts,
): Promise<DeviceContext> {
  const returned = readDeviceCookie(req.headers.cookie, cookie.name)
  const value = returned ?? newDeviceValue(randomBytes)
  const id = await (returned === undefined ? deviceIds.ofNew(value) : deviceIds.ofKnown(value))
  if (returned === undefined) res.append('Set-Cookie', formatDeviceCookie(cookie, value))
  return { id, known: returned !== undefined }
}
