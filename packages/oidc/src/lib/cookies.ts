/** The most cookies of one request that are looked at. */
const MAX_COOKIES = 100

/**
 * Finds the cookies whose name begins with a prefix.
 *
 * @param header The `Cookie` header; controlled by the client, its size bounded by Node.
 * @param prefix The beginning of the names wanted.
 * @returns Names and values in the order they came, at most 100.
 */
export function readCookies(header: string | undefined, prefix: string): readonly (readonly [string, string])[] {
  const found: (readonly [string, string])[] = []
  for (const part of (header ?? '').split(';', MAX_COOKIES)) {
    const at = part.indexOf('=')
    const name = trim(part.slice(0, Math.max(at, 0)))
    if (name.startsWith(prefix) && name.length > prefix.length) found.push([name, trim(part.slice(at + 1))])
  }
  return found
}

/** Blanks and tabs only (RFC 6265bis §5.6): what else looks blank is a part of the name, and makes it another one. */
function trim(text: string): string {
  let [start, end] = [0, text.length]
  while (start < end && isBlank(text.charCodeAt(start))) start += 1
  while (end > start && isBlank(text.charCodeAt(end - 1))) end -= 1
  return text.slice(start, end)
}

function isBlank(unit: number): boolean {
  return unit === 0x20 || unit === 0x09
}

/** Finds one cookie by its name; the first, when there are several. */
export function readCookie(header: string | undefined, name: string): string | undefined {
  return readCookies(header, name.slice(0, -1)).find(([one]) => one === name)?.[1]
}

/** How a cookie is kept. */
interface CookieKeeping {
  readonly secure: boolean
  /** 0 removes the cookie; without it, it goes when the browser is closed. */
  readonly maxAgeSeconds?: number | undefined
  /** The only paths that it comes with; `/` if not given. */
  readonly path?: string | undefined
  /** `Lax` if not given: it comes with a navigation from another site. */
  readonly sameSite?: 'Lax' | 'Strict' | undefined
}

/**
 * Writes a `Set-Cookie` header for a cookie that scripts cannot read and other sites' forms do not carry.
 *
 * @param name When `secure`, a name with `__Host-`, or with `__Secure-` when it has a path.
 * @param value At most 4,096 characters that need no quoting.
 * @param keeping Where it comes with, and for how long.
 * @see RFC 6265bis §4.1.3
 */
export function formatCookie(name: string, value: string, keeping: CookieKeeping): string {
  const { maxAgeSeconds, path = '/', sameSite = 'Lax' } = keeping
  const age = maxAgeSeconds === undefined ? '' : `; Max-Age=${maxAgeSeconds}`
  const secure = keeping.secure ? '; Secure' : ''
  return `${name}=${value}; Path=${path}${age}; HttpOnly; SameSite=${sameSite}${secure}`
}
