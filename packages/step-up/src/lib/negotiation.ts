import type { Request } from 'express'

/**
 * Tells whether a request's answer will be looked at by a person, as a page of its own, or read by a program.
 *
 * Browsers say so (`Sec-Fetch-Dest`). Without that, who asks for HTML or sends a form is taken for a person.
 *
 * @param req The request; all headers are controlled by the client, so nothing but the form of the answer hangs on this.
 */
export function wantsPage(req: Request): boolean {
  const destination = req.get('sec-fetch-dest')
  if (destination !== undefined) return destination === 'document'

  const accept = req.get('accept') ?? '*/*'
  if (accept.includes('text/html')) return true
  if (accept.includes('json')) return false
  return typeof req.is(['urlencoded', 'multipart']) === 'string'
}

const MAX_PATH = 2_048

/**
 * Reads where to return to, as a path on this very application.
 *
 * @param value What the request said; controlled by whoever made the link.
 * @returns The path with its query, or `undefined` for everything that a browser could take for another place.
 */
export function localPath(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > MAX_PATH) return undefined
  // One slash, then neither slash nor backslash; printable ASCII only: no `//host`, no `/\host`, no control characters.
  if (!/^\/(?![/\\])[!-[\]-~]*$/.test(value)) return undefined

  const url = URL.parse(value, 'http://local.invalid')
  // Dots are resolved by now: what was `/.//host` may have become `//host`.
  if (url?.origin !== 'http://local.invalid' || url.pathname.startsWith('//')) return undefined
  const path = `${url.pathname}${url.search}`
  // What the parser encodes grows; it is kept in cookies and addresses.
  return path.length > MAX_PATH ? undefined : path
}
