import type { Request } from 'express'
import { RouteTrail } from './route-trail.ts'

/** Tells the pattern of the route that took a request, as far as it has come. */
export type RouteTaken = () => string | undefined

const watched = new WeakMap<Request, RouteTaken>()

/**
 * Watches which route a request comes to.
 *
 * The router of Express keeps of a mount only the path as it was asked for, with the values in it, and forgets even that
 * when an error leaves. So it is watched on its way: `baseUrl`, `route`, and what it notes of the pattern it has matched
 * become accessors that behave as before.
 *
 * @param req The request; watching it again gives the same function.
 * @returns A function that gives the pattern of the route as mounted, or of the mounted handler that has no route, or
 * `undefined` when nothing took the request. It never holds a piece of the path, nor the request itself.
 */
export function watchRoute(req: Request): RouteTaken {
  const earlier = watched.get(req)
  if (earlier !== undefined) return earlier

  const trail = new RouteTrail()
  const notes = Object.getOwnPropertySymbols(req).filter(({ description }) => description === MATCHED)
  for (const note of notes) watchMember(req, note, (pattern) => trail.match(pattern))
  // In front of a route, what was matched last is where this handler is mounted; in a route it is the route.
  if (req.route !== undefined) trail.forget()
  watchMember(req, 'baseUrl', (base) => trail.move(base))
  for (const note of notes) trail.match(Reflect.get(req, note))
  watchMember(req, 'route', (route) => trail.take(route))

  const routeTaken: RouteTaken = () => trail.route
  watched.set(req, routeTaken)
  return routeTaken
}

// Where the router, from 2.3 on, notes the pattern it has matched, for its traces. Each copy of the router has a symbol of
// its own. Where there is none, every mount is left out: the trail takes nothing for a pattern but what stands there.
const MATCHED = 'router.tracing.matchedRoute'

/** Makes a member an accessor; what it holds now, and each thing that it will hold, is told. */
function watchMember(req: Request, name: string | symbol, tell: (value: unknown) => void): void {
  let value: unknown = Reflect.get(req, name)
  tell(value)
  Object.defineProperty(req, name, {
    configurable: true,
    enumerable: true,
    get: () => value,
    set: (next: unknown) => {
      value = next
      tell(next)
    },
  })
}
