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
    const name = part.slice(0, Math.max(at, 0)).trim()
    if (name.startsWith(prefix) && name.length > prefix.length) found.push([name, part.slice(at + 1).trim()])
  }
  return found
}

/**
 * Writes a `Set-Cookie` header for a cookie that scripts cannot read and other sites' forms do not carry.
 *
 * @param name A name with `__Host-` when `secure`.
 * @param value At most 4,096 characters that need no quoting.
 * @param options `maxAgeSeconds` 0 removes the cookie.
 * @see RFC 6265bis §4.1.3.2
 */
export function formatCookie(
  name: string,
  value: string,
  options: { readonly secure: boolean; readonly maxAgeSeconds: number },
): string {
  const secure = options.secure ? '; Secure' : ''
  return `${name}=${value}; Path=/; Max-Age=${options.maxAgeSeconds}; HttpOnly; SameSite=Lax${secure}`
}
