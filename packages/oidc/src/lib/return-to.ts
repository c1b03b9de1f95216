const MAX_LENGTH = 512
/** An address of our own that the check resolves against; never contacted. */
const NOWHERE = 'http://sallyport.invalid'

/**
 * Judges where a browser wants to be sent after sign-in: only a path of this origin will do.
 *
 * What any browser or proxy could read as another host is refused, also once or twice percent-encoded: a second slash or
 * a backslash at the start, control characters, dots that fold into a second slash, text that is not plain ASCII.
 *
 * @param wanted Controlled by the client; any type, because a query parameter may be repeated.
 * @param fallback Where to go instead: a path of this application.
 * @param own The paths of the login routes, to which nobody is returned: that would be a loop.
 * @returns `wanted`, unchanged, or `fallback`.
 * @see RFC 9700 §4.11; WHATWG URL §4.4
 */
export function checkReturnTo(wanted: unknown, fallback: string, own: readonly string[]): string {
  if (typeof wanted !== 'string' || wanted.length > MAX_LENGTH || !isOwnPath(wanted)) return fallback
  // Express matches without regard to case and a last slash, so this does too.
  const path = new URL(wanted, NOWHERE).pathname.toLowerCase()
  const plain = path.endsWith('/') ? path.slice(0, -1) : path
  return own.some((one) => one.toLowerCase() === plain) ? fallback : wanted
}

function isOwnPath(text: string): boolean {
  const once = decoded(text)
  const twice = once === undefined ? undefined : decoded(once)
  // Text that is no percent-encoding at one step cannot be read as anything else at the next.
  if (![text, once ?? text, twice ?? once ?? text].every((form) => isPlainPath(form))) return false
  if (!isPrintableAscii(text) || !URL.canParse(text, NOWHERE)) return false
  const url = new URL(text, NOWHERE)
  return url.origin === NOWHERE && url.username === '' && isPlainPath(url.pathname)
}

function isPlainPath(text: string): boolean {
  if (!text.startsWith('/') || text.startsWith('//') || text.includes('\\')) return false
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index)
    if (unit < 0x20 || unit === 0x7f) return false
  }
  return true
}

function isPrintableAscii(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index)
    if (unit <= 0x20 || unit >= 0x7f) return false
  }
  return true
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
