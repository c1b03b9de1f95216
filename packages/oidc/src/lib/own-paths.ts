/** The routes of one provider, by their names. */
export const DOOR_ROUTES: readonly string[] = ['callback', 'link', 'login', 'logout', 'step-up']
/** The routes that all providers have together. */
export const HOUSE_ROUTES: readonly string[] = ['initiate', 'links', 'login', 'logout']

const NOWHERE_TO_BE: readonly string[] = [...DOOR_ROUTES, 'initiate']

/** Stands in a path for a segment that may be any: the name of a tenant. */
export const ANY_NAME = '*'

/**
 * Gives the paths to which nobody is returned: they lead on, be it to another provider, or need what does not come twice.
 *
 * @param mount Where the routes are.
 * @param names Of the providers that have routes of their own below it; `ANY_NAME` for those of tenants.
 */
export function ownPathsOf(mount: string, names: readonly string[] = []): readonly string[] {
  return [mount, ...names.map((name) => `${mount}/${name}`)].flatMap((below) =>
    NOWHERE_TO_BE.map((route) => `${below}/${route}`),
  )
}

/**
 * Tells whether an address leads to one of these paths. Express matches without regard to case, a last slash, and how the
 * characters of a name are spelt, so this does too.
 *
 * @param pathname Controlled by the client.
 */
export function isAmong(own: readonly string[], pathname: string): boolean {
  const path = pathname.endsWith('/') ? pathname.slice(0, -1) : pathname
  const segments = path.split('/').map(plain)
  return own.some((one) => {
    const wanted = one.split('/')
    return (
      wanted.length === segments.length &&
      wanted.every((part, index) => part === ANY_NAME || plain(part) === segments[index])
    )
  })
}

/** What is no percent-encoding reaches no route. */
function plain(text: string): string {
  try {
    return decodeURIComponent(text).toLowerCase()
  } catch {
    return text.toLowerCase()
  }
}
