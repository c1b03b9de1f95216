interface Mount {
  /** The path as it was asked for, up to here. */
  readonly base: string
  /** What may be said of it. */
  readonly pattern: string
}

const TOP: Mount = { base: '', pattern: '' }

// Stands for a mount whose pattern is not known, or is no text.
const UNKNOWN = '/:value'

/**
 * The way of a request through the routers, as patterns.
 *
 * A router matches a layer, then moves the request's base there, and moves it back when the layer has left. A pattern counts
 * for the one move that follows it: what moves otherwise came by a way that nobody saw, and has no name.
 */
export class RouteTrail {
  readonly #mounts: Mount[] = []
  #matched: unknown
  #isNew = false
  #taken: string | undefined

  /** The pattern of the route that took the request, or else of the mount that the request is in. */
  get route(): string | undefined {
    return this.#taken ?? (this.#mount.pattern === '' ? undefined : this.#mount.pattern)
  }

  /** A layer with this pattern has matched. */
  match(pattern: unknown): void {
    this.#matched = pattern
    this.#isNew = true
  }

  /** What was matched last is not where the request moves to. */
  forget(): void {
    this.#isNew = false
  }

  /** The base of the request is this now. */
  move(base: unknown): void {
    const matched = this.#isNew ? this.#matched : undefined
    this.#isNew = false
    const to = typeof base === 'string' ? base : ''
    while (this.#mount !== TOP && !to.startsWith(this.#mount.base)) this.#mounts.pop()
    const { base: from, pattern } = this.#mount
    if (to === from) return
    this.#mounts.push({ base: to, pattern: `${pattern}${mountPattern(matched, to.slice(from.length))}` })
  }

  /** This route is tried. */
  take(route: unknown): void {
    const path = pathOf(route, this.#matched)
    this.#taken = path === undefined ? undefined : `${this.#mount.pattern}${path}` || '/'
  }

  get #mount(): Mount {
    return this.#mounts.at(-1) ?? TOP
  }
}

function mountPattern(matched: unknown, moved: string): string {
  if (typeof matched !== 'string') return UNKNOWN
  const pattern = matched.replace(/\/+$/, '')
  return isLoose(pattern) || depthOf(pattern) === depthOf(moved) ? pattern : UNKNOWN
}

/** Whether what matches a pattern may have more or fewer segments than it. */
function isLoose(pattern: string): boolean {
  return /[{*]/.test(pattern)
}

function depthOf(path: string): number {
  return path.split('/').length
}

// Of a list of paths, the one that matched where that is known.
function pathOf(route: unknown, matched: unknown): string | undefined {
  if (typeof route !== 'object' || route === null || !('path' in route)) return undefined
  const paths: readonly unknown[] = [route.path].flat(9)
  return (paths.includes(matched) ? [matched] : paths).map(String).join('|')
}
