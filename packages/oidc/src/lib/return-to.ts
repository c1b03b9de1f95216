import { isAmong } from './own-paths.ts'

/** The most characters of a path to return to, as JSON writes it: it rides in the sign-in's cookie. */
export const MAX_RETURN_TO: number = 512

const QUOTES = 2
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
 * @param own The paths of the login routes, to which nobody is returned: that would be a loop, or lead to another provider.
 * @returns `wanted`, unchanged, or `fallback`.
 * @see RFC 9700 §4.11; WHATWG URL §4.4
 */
export function checkReturnTo(wanted: unknown, fallback: string, own: readonly string[]): string {
  if (typeof wanted !== 'string' || wanted.length > MAX_RETURN_TO) return fallback
  if (JSON.stringify(wanted).length > MAX_RETURN_TO + QUOTES || !isOwnPath(wanted)) return fallback
  return isAmong(own, new URL(wanted, NOWHERE).pathname) ? fallback : wanted
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
