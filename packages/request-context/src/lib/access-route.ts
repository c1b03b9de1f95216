import type { Request } from 'express'

/**
 * Watches which route a request comes to.
 *
 * Express says so in `req.route`, but by the time a response has ended it may have left the routers again, on the way to an
 * error handler, and forgotten where the route was mounted. So the mount path is noted when the route is.
 *
 * @param req The request; its `route` becomes an accessor that behaves as before.
 * @returns A function that gives the pattern of the route as mounted, or `undefined` when no route and no mounted handler took
 * the request. It holds no value of a parameter that is known by name; see `patternOf`.
 */
export function watchRoute(req: Request): () => string | undefined {
  const early = { ...req.params }
  let route: unknown = req.route
  let mount = mountOf(req)
  Object.defineProperty(req, 'route', {
    configurable: true,
    enumerable: true,
    get: () => route,
    set: (matched: unknown) => {
      route = matched
      mount = mountOf(req)
    },
  })
  return function routeTaken() {
    const params = { ...early, ...req.params }
    const path = pathOf(route)
    if (path !== undefined) return `${patternOf(mount, params)}${path}`
    const left = mountOf(req)
    return left === '' ? undefined : patternOf(left, params)
  }
}

// Outside of all routers there is none.
function mountOf(req: Request): string {
  const mount: unknown = req.baseUrl
  return typeof mount === 'string' ? mount : ''
}

function pathOf(route: unknown): string | undefined {
  if (typeof route !== 'object' || route === null || !('path' in route)) return undefined
  return [route.path].flat().map(String).join('|')
}

// Where a router is mounted, Express keeps only the path as it was asked for. Values that are known by name become their
// name again; of the rest, what does not look like a word that somebody chose for a path is left out.
function patternOf(mount: string, params: Readonly<Record<string, string | readonly string[]>>): string {
  const names = new Map(Object.entries(params).flatMap(([name, value]) => [value].flat().map((one) => [one, name])))
  return mount
    .split('/')
    .map((segment) => {
      const name = names.get(decoded(segment))
      if (name !== undefined) return `:${name}`
      return CHOSEN.test(segment) ? segment : ':value'
    })
    .join('/')
}

// `step-up`, `v1`, `oauth2`; no number, no address, no long token.
const CHOSEN = /^(?:[A-Za-z][A-Za-z._~-]{0,31}|[A-Za-z]{1,16}[0-9]{1,2})?$/

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}
