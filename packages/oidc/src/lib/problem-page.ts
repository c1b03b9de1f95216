import type { Request, Response } from 'express'
import type { OidcErrorCode } from './errors.ts'

/** What went wrong, for the answer: never more than the code. */
export interface Problem {
  readonly code: OidcErrorCode
  readonly status: number
}

interface Words {
  readonly title: string
  readonly text: string
}

const STALE: Words = {
  title: 'This sign-in page is no longer valid',
  text: 'It was used before, has expired, or belongs to another browser. Start again.',
}
const REFUSED: Words = {
  title: 'Sign-in was refused',
  text: 'The answer of the identity provider could not be accepted. You are not signed in.',
}
const UNAVAILABLE: Words = {
  title: 'Sign-in is not available right now',
  text: 'The identity provider cannot be reached, or something behind this page is out of order. Try again in a moment.',
}
const SPECIAL: Partial<Record<OidcErrorCode, Words>> = {
  ERR_OIDC_DENIED: { title: 'Sign-in was cancelled', text: 'You are not signed in.' },
  ERR_OIDC_USER_REFUSED: { title: 'You cannot sign in here', text: 'Your account may not use this application.' },
  ERR_OIDC_ORIGIN: { title: 'The request was refused', text: 'It did not come from a page of this application.' },
}

/**
 * Answers with a small page, or with `application/problem+json` for a script.
 *
 * Nothing of the request and nothing of the provider's words is in either; the page loads and runs nothing.
 *
 * @see RFC 9457
 */
export function sendProblem(req: Request, res: Response, answer: Problem & { readonly startUrl: string }): void {
  const { code, status, startUrl } = answer
  const { title, text } = wordsFor(answer)
  res.status(status)
  res.set({
    'Cache-Control': 'no-store',
    'Content-Security-Policy': "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
  })
  if (status === 503) res.set('Retry-After', '5')
  if (!wantsPage(req)) {
    res.type('application/problem+json').send(JSON.stringify({ type: 'about:blank', title, status, code }))
    return
  }
  res.type('html').send(`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title></head>
<body><main><h1>${title}</h1>
<p>${text}</p>
<p><a href="${escapeAttribute(startUrl)}">Start again</a></p>
<p><small>${code}</small></p>
</main></body>
</html>
`)
}

/** A browser that navigates says so; older ones and tests ask for HTML by name. */
function wantsPage(req: Request): boolean {
  const mode = req.headers['sec-fetch-mode']
  if (mode !== undefined) return mode === 'navigate'
  return (req.headers.accept ?? '').slice(0, 1_024).includes('text/html')
}

function wordsFor({ code, status }: Problem): Words {
  return SPECIAL[code] ?? (status === 400 ? STALE : status === 403 ? REFUSED : UNAVAILABLE)
}

function escapeAttribute(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
