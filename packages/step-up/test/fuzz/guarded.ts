import express, { Router, type Express, type RequestHandler } from 'express'

/** What stands in front of each handler. */
export type MakeGate = () => RequestHandler

const PATHS = [
  '/vault',
  '/Vault/Gold',
  '/accounts/:id/keys',
  '/files/*path',
  '/optional{/:part}',
  '/one',
  '/two',
  '/pattern/a',
  '/area/inner',
  '/area/:id',
  '/nested/7/deep',
  '/strict/Case',
] as const

/** Addresses of the guarded routes, from which other spellings are made. */
export const guardedPaths: readonly string[] = PATHS.map((path) =>
  path.replace(':id', '7').replace('*path', 'a/b').replace('{/:part}', '/x'),
)

/** Adds routes of every kind that Express knows, each behind a gate. */
export function addGuarded(app: Express, gate: MakeGate, handler: RequestHandler): void {
  app.all('/vault', gate(), handler)
  app.get('/Vault/Gold', gate(), handler)
  app.route('/accounts/:id/keys').get(gate(), handler).post(gate(), handler)
  app.get('/files/*path', gate(), handler)
  app.post('/optional{/:part}', gate(), handler)
  app.get('/optional{/:part}', gate(), handler)
  app.get(['/one', '/two'], gate(), handler)
  app.get(/^\/pattern\/(a|b)$/, gate(), handler)
  app.use('/area', gate(), Router().get('/inner', handler).get('/:id', handler))
  const nested = Router({ mergeParams: true })
  nested.use(gate())
  nested.get('/deep', handler)
  app.use('/nested/:id', nested)
  app.use(Router({ caseSensitive: true, strict: true }).get('/strict/Case', gate(), handler))
}

/** The same application without any gate: what it answers with 299, Express routes to a handler. */
export function openTwin(): Express {
  const app = express()
  app.use(express.json(), express.urlencoded({ extended: true }))
  addGuarded(
    app,
    () => (_req, _res, next) => next(),
    (_req, res) => void res.status(299).end(),
  )
  return app
}
