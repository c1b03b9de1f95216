interface Cookie {
  readonly host: string
  readonly path: string
  readonly name: string
  readonly value: string
  readonly httpOnly: boolean
  readonly sameSite: string | undefined
  /** Milliseconds since the epoch; `undefined` lasts as long as the jar. */
  readonly expiresAt: number | undefined
}

/** A cookie as a test wants to see it. */
export type JarCookie = Cookie

/** The cookies of one browser, kept per host and port so that two servers on one loopback address stay apart. */
export interface CookieJar {
  /** Takes the `Set-Cookie` headers of an answer from this address. */
  take(from: URL, setCookies: readonly string[]): void
  /** The `Cookie` header for a request to this address; empty when there is none. */
  header(to: URL): string
  /** The live cookies of a host, in the order they were set. */
  list(host: string): readonly JarCookie[]
  clear(): void
}

/** Makes an empty jar. `now` decides expiry. */
export function createCookieJar(now: () => number): CookieJar {
  let cookies: readonly Cookie[] = []
  const live = (): readonly Cookie[] => cookies.filter((one) => one.expiresAt === undefined || one.expiresAt > now())
  return {
    take(from, setCookies) {
      for (const header of setCookies) {
        const cookie = parseSetCookie(from, header, now())
        if (!cookie) continue
        const others = cookies.filter((one) => !isSame(one, cookie))
        cookies = [...others, cookie]
      }
    },
    header: (to) =>
      live()
        .filter((one) => one.host === to.host && coversPath(one.path, to.pathname))
        .toSorted((a, b) => b.path.length - a.path.length)
        .map((one) => `${one.name}=${one.value}`)
        .join('; '),
    list: (host) => live().filter((one) => one.host === host),
    clear() {
      cookies = []
    },
  }
}

function parseSetCookie(from: URL, header: string, now: number): Cookie | undefined {
  const [pair = '', ...attributes] = header.split(';').map((part) => part.trim())
  const at = pair.indexOf('=')
  const name = pair.slice(0, at)
  const read = new Map(attributes.map((text) => splitAttribute(text)))
  const secure = read.has('secure')
  // A plain-HTTP loopback carries no Secure cookie here, so a test notices a cookie that a browser would drop.
  if (at < 1 || (secure && from.protocol !== 'https:')) return undefined
  const path = read.get('path')
  if (name.startsWith('__Host-') && !(secure && path === '/' && !read.has('domain'))) return undefined
  return {
    host: from.host,
    path: path?.startsWith('/') ? path : defaultPath(from.pathname),
    name,
    value: pair.slice(at + 1),
    httpOnly: read.has('httponly'),
    sameSite: read.get('samesite'),
    expiresAt: expiry(read.get('max-age'), read.get('expires'), now),
  }
}

function splitAttribute(text: string): readonly [string, string] {
  const at = text.indexOf('=')
  return at < 0 ? [text.toLowerCase(), ''] : [text.slice(0, at).toLowerCase(), text.slice(at + 1)]
}

function expiry(maxAge: string | undefined, expires: string | undefined, now: number): number | undefined {
  if (maxAge !== undefined && maxAge !== '') return now + Number(maxAge) * 1000
  return expires === undefined ? undefined : Date.parse(expires)
}

/** RFC 6265 §5.1.4. */
function defaultPath(pathname: string): string {
  const at = pathname.lastIndexOf('/')
  return at <= 0 ? '/' : pathname.slice(0, at)
}

function coversPath(cookiePath: string, pathname: string): boolean {
  if (cookiePath === pathname) return true
  return pathname.startsWith(cookiePath.endsWith('/') ? cookiePath : `${cookiePath}/`)
}

function isSame(a: Cookie, b: Cookie): boolean {
  return a.host === b.host && a.path === b.path && a.name === b.name
}
