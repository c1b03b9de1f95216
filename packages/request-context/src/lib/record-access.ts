import { contextOf, setContext } from '@sallyport/audit/context'
import type { EventContext } from '@sallyport/audit/context'
import type { EventInput } from '@sallyport/audit'
import type { Request, RequestHandler, Response } from 'express'
import { resourceOf, whoOf } from './access-facts.ts'
import type { AccessFacts } from './access-facts.ts'
import { RequestContextError } from './errors.ts'
import { resolveAccess } from './record-access-options.ts'
import type { Access, RecordAccessOptions } from './record-access-options.ts'
import { watchRoute } from './watch-route.ts'
import type { RouteTaken } from './watch-route.ts'

const MAX_NAME = 200

/** A request that is recorded when it has ended: by the recorder that was mounted closest to its handler. */
interface Recording {
  access: Access
  facts: AccessFacts
}

// Keyed by the request, so that recorders on the application, on a router and on a route make one record together.
const recordings = new WeakMap<Request, Recording>()

/**
 * Makes the middleware that records who accessed what, for the routes it is mounted on: one `access.completed` for each
 * request, with actor, resource, route, method, status and duration, when its response has ended, also when it was refused,
 * failed or aborted; what a gate turned away has failed, also when it answered with a redirect. An answer of 401 or 403 that no gate has recorded is an `access.denied` besides. Behind `requireStepUp`,
 * which records both by itself, it adds what the gate lets pass: refusals by the handler.
 *
 * It never delays, changes or refuses a response. Events that the ledger loses are in its gap counts. A handler that never
 * answers is recorded when its connection ends. Requests that become a WebSocket do not come through Express and are not seen.
 *
 * @param options See `RecordAccessOptions`; `audit` is required.
 * @returns The middleware; it goes behind `requestContext`, and hands `ERR_REQUEST_CONTEXT_MISSING` to `next` otherwise.
 * @throws RequestContextError `ERR_REQUEST_CONTEXT_OPTIONS` for an unknown option or a value out of bounds.
 * @see OWASP ASVS 5.0 16.3.2; PCI DSS 4.0.1 10.2.1.1
 * @example
 * app.get('/accounts/:id', recordAccess({ audit, resource: (req) => req.params.id }), showAccount)
 */
export function recordAccess(options: RecordAccessOptions): RequestHandler {
  const access = resolveAccess(options)
  return function recordAccessMiddleware(req, res, next) {
    const context = contextOf(req)
    if (context === undefined) return next(missingContext())

    const earlier = recordings.get(req)
    const facts = factsOf(access, req, earlier?.facts)
    if (earlier === undefined) begin({ req, res }, { access, facts })
    else Object.assign(earlier, { access, facts })
    next()
  }
}

function begin({ req, res }: { readonly req: Request; readonly res: Response }, recording: Recording): void {
  recordings.set(req, recording)
  const routeTaken = watchRoute(req)
  const { clock } = recording.access
  const startedAt = clock.now()
  const record = (): void => {
    const durationMs = Math.max(0, Math.round(clock.now() - startedAt))
    // Awaited by nobody: what fails is in the ledger's gap counts.
    write(recording, { req, res, routeTaken, durationMs }).catch(() => undefined)
  }
  // Whoever has hung up already must not keep out of the ledger that they were here: the event has passed by then.
  if (res.closed) record()
  else res.once('close', record)
}

/** What is known now; what a later look does not find stays as the earlier one found it. */
function factsOf(access: Access, req: Request, earlier: AccessFacts = {}): AccessFacts {
  return { who: whoOf(access, req) ?? earlier.who, resource: resourceOf(access, req) ?? earlier.resource }
}

interface Ended {
  readonly req: Request
  readonly res: Response
  readonly routeTaken: RouteTaken
  readonly durationMs: number
}

async function write({ access, facts }: Recording, { req, res, routeTaken, durationMs }: Ended): Promise<void> {
  const context = contextOf(req)
  if (context === undefined) return
  const found = factsOf(access, req, facts)
  const about = aboutAccess(context, { method: req.method, route: routeTaken() }, found)
  const status = res.statusCode
  const denied = res.headersSent && (status === 401 || status === 403)
  const aborted = !res.writableFinished
  const { gate } = context
  // So that a gate that is still at work on a request whose client has hung up does not record its end again.
  if (aborted) setContext(req, { ...context, gate: 'completing' })
  await Promise.all([
    denied && gate !== 'denied' && access.audit.emit('access.denied', deniedInput(access, about, status)),
    gate !== 'completing' &&
      access.audit.emit('access.completed', {
        ...about,
        ...endOf({ aborted, status, isKnown: found.who !== undefined, isTurnedAway: gate === 'denied' }),
        data: { aborted, durationMs, status },
      }),
  ])
}

type AboutAccess = Omit<EventInput<'access.completed'>, 'data'>

function aboutAccess(
  context: EventContext,
  { method, route }: { readonly method: string; readonly route: string | undefined },
  { who, resource }: AccessFacts,
): AboutAccess {
  const app = context.target?.app
  return {
    context,
    actor: who && { user: who.user },
    target: {
      ...(app === undefined ? {} : { app }),
      method,
      ...(resource === undefined ? {} : { resource }),
      ...(route === undefined ? {} : { route }),
    },
    authn: who?.authn,
    lineage: who?.lineage,
    tenant: who?.tenant,
  }
}

function deniedInput({ name }: Access, about: AboutAccess, status: number): EventInput<'access.denied'> {
  return {
    ...about,
    outcome: 'failure',
    reason: status === 401 ? 'login_required' : 'not_permitted',
    data: { requirement: name ?? about.target?.route?.slice(0, MAX_NAME).toWellFormed() ?? 'access' },
  }
}

interface End {
  readonly aborted: boolean
  readonly status: number
  /** Somebody who is signed in. */
  readonly isKnown: boolean
  /** By a gate, which may have answered with a redirect. */
  readonly isTurnedAway: boolean
}

function endOf({ aborted, status, isKnown, isTurnedAway }: End): Pick<AboutAccess, 'outcome' | 'reason'> {
  if (aborted) return { outcome: 'failure', reason: 'aborted' }
  if (status === 401) return { outcome: 'failure', reason: 'login_required' }
  if (status === 403) return { outcome: 'failure', reason: 'not_permitted' }
  if (status >= 400) return { outcome: 'failure', reason: status >= 500 ? 'handler_failed' : undefined }
  if (isTurnedAway) return { outcome: 'failure', reason: isKnown ? 'not_permitted' : 'login_required' }
  return { outcome: 'success', reason: undefined }
}

function missingContext(): RequestContextError {
  return new RequestContextError(
    'ERR_REQUEST_CONTEXT_MISSING',
    'recordAccess ran on a request without a context: app.use(requestContext({ keyring })) goes before it.',
  )
}
