import type { Page } from '../page-models.ts'
import { needsScript } from './passkey.ts'

// What the pages never use; passkeys stay allowed, for this origin only. Names that browsers know, or they complain.
const DENIED =
  'accelerometer autoplay camera display-capture encrypted-media fullscreen geolocation gyroscope magnetometer microphone midi payment picture-in-picture screen-wake-lock serial usb xr-spatial-tracking'
const PERMISSIONS = [
  ...DENIED.split(' ').map((name) => `${name}=()`),
  'publickey-credentials-create=(self)',
  'publickey-credentials-get=(self)',
].join(', ')

// The answer to their forms leads on into the application, which may send the person to another origin: a payment page, the
// identity provider. Chromium judges the whole chain of redirects by the page that the form stood on.
const LEADS_ON: ReadonlySet<Page['page']> = new Set(['challenge', 'resume', 'sign_in'])
const ANYWHERE_SAFE = "'self' https: http://localhost:* http://127.0.0.1:*"

/**
 * The headers of every answer of the second door.
 *
 * The referrer is `same-origin`, not `no-referrer`: with the latter browsers send `Origin: null` with the page's own
 * forms, and those would be refused as coming from elsewhere.
 */
export const ANSWER_HEADERS: Readonly<Record<string, string>> = {
  'Cache-Control': 'no-store',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': PERMISSIONS,
  'Referrer-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
}

/**
 * Gives the headers of a page, beyond those of every answer: a policy that allows nothing but the page's own style,
 * its own script where it has one, and its forms; and the language that the document says it is in.
 *
 * @param page what the document shows.
 * @param nonce of this response alone, with 128 bits or more.
 * @param document the HTML, from any template.
 */
export function pageHeaders(page: Page, nonce: string, document: string): Readonly<Record<string, string>> {
  const script = needsScript(page) ? [`script-src 'nonce-${nonce}'`] : []
  const policy = [
    "default-src 'none'",
    `style-src 'nonce-${nonce}'`,
    ...script,
    `form-action ${LEADS_ON.has(page.page) ? ANYWHERE_SAFE : "'self'"}`,
    "base-uri 'none'",
    "object-src 'none'",
    "frame-ancestors 'none'",
  ]
  const language = languageOf(document)
  return {
    'Content-Security-Policy': policy.join('; '),
    Vary: 'Accept-Language',
    ...(language === undefined ? {} : { 'Content-Language': language }),
  }
}

/** A template of somebody else's may choose as it likes: the header says what the document says. */
function languageOf(document: string): string | undefined {
  return /<html[^>]{0,200}? lang="([A-Za-z0-9-]{1,35})"/.exec(document.slice(0, 512))?.[1]
}
