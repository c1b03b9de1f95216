import { createHash, timingSafeEqual } from 'node:crypto'

import type { Request } from 'express'

import type { Core } from './options.ts'

/**
 * Tells whether a POST comes from this application's own pages: the browser names no other origin, and the body has the
 * form's token, or is JSON, which no foreign page can send without being asked first.
 *
 * @param core For the origin.
 * @param req The request, with its body parsed.
 * @param token Gives the token that the form should carry; asked for forms only.
 */
export async function isOwnPost(core: Core, req: Request, token: () => Promise<string>): Promise<boolean> {
  if (!isSameOrigin(core, req)) return false
  if (typeof req.is('json') === 'string') return true

  const body: unknown = req.body
  const sent = typeof body === 'object' && body !== null && '_csrf' in body ? body._csrf : undefined
  return typeof sent === 'string' && equalTexts(sent, await token())
}

function isSameOrigin(core: Core, req: Request): boolean {
  const site = req.get('sec-fetch-site')
  if (site !== undefined) return site === 'same-origin' || site === 'none'

  const origin = req.get('origin')
  return origin === undefined || origin === core.origin
}

// Over digests, so that neither length nor content shows in the time.
function equalTexts(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(a), digest(b))
}
