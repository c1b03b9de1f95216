import { escapeHtml, sendPage } from './page.ts'
import { languageFor } from './page-language.ts'
import { wordsOf } from './problem-words.ts'
import type { Request, Response } from 'express'
import type { OidcErrorCode } from './errors.ts'
import type { ProblemKind, Words } from './problem-words.ts'

/** What went wrong, for the answer: never more than the code. */
export interface Problem {
  readonly code: OidcErrorCode
  readonly status: number
  /** The person was signed in already, and still is: the way on is back to where this was asked for. */
  readonly during?: 'step_up' | 'link' | undefined
}

/** A problem with the ways on, both of them paths of this application. */
export interface ProblemAnswer extends Problem {
  readonly startUrl: string
  /** Where to go on for a browser that is signed in, so that a stale page need not be started again. */
  readonly signedIn?: string | undefined
}

type Kinds = Partial<Record<OidcErrorCode, ProblemKind>>

const KINDS: Kinds = {
  ERR_OIDC_TRANSACTION_EXPIRED: 'expired',
  ERR_OIDC_TRANSACTION_USED: 'used',
  ERR_OIDC_DENIED: 'denied',
  ERR_OIDC_ACR: 'level',
  ERR_OIDC_AUTH_TIME: 'age',
  ERR_OIDC_INTERACTION_REQUIRED: 'interaction',
  ERR_OIDC_USER_REFUSED: 'user_refused',
  ERR_OIDC_LOCKED: 'locked',
  ERR_OIDC_ORIGIN: 'origin',
  ERR_OIDC_PROVIDER_UNKNOWN: 'provider_unknown',
  ERR_OIDC_LINK_TAKEN: 'link_taken',
  ERR_OIDC_LINK_OWN: 'link_own',
  ERR_OIDC_LINK_LIMIT: 'link_limit',
}
/** Where a step-up ends otherwise than a sign-in does. */
const DURING_STEP_UP: Kinds = {
  ERR_OIDC_ACR: 'not_confirmed_level',
  ERR_OIDC_TOO_WEAK: 'not_confirmed_level',
  ERR_OIDC_AUTH_TIME: 'not_confirmed_age',
  ERR_OIDC_DENIED: 'not_confirmed_denied',
  ERR_OIDC_WRONG_SUBJECT: 'wrong_subject',
  ERR_OIDC_SESSION_CHANGED: 'session_changed',
  ERR_OIDC_STEP_UP_ENDED: 'step_up_ended',
  ERR_OIDC_TICKET: 'ticket',
}
const DURING_LINK: Kinds = {
  ERR_OIDC_LINK_TAKEN: 'link_taken',
  ERR_OIDC_LINK_OWN: 'link_own',
  ERR_OIDC_LINK_LIMIT: 'link_limit',
  ERR_OIDC_SESSION_CHANGED: 'session_changed',
}
/** A sign-in that is over here, whatever became of it. */
const OVER: readonly OidcErrorCode[] = [
  'ERR_OIDC_TRANSACTION_UNKNOWN',
  'ERR_OIDC_TRANSACTION_EXPIRED',
  'ERR_OIDC_TRANSACTION_USED',
]

/** Tells whether a problem is one that a browser which is signed in need not mind. */
export function isOver({ code, during }: Problem): boolean {
  return during === undefined && OVER.includes(code)
}

/**
 * Answers with a small page, in English or German, or with `application/problem+json` for a script.
 *
 * Nothing of the request and nothing of the provider's words is in either; the page loads and runs nothing, and leads on
 * only when somebody follows its link.
 *
 * @see RFC 9457
 */
export function sendProblem(req: Request, res: Response, answer: ProblemAnswer): void {
  const { code, status } = answer
  if (status === 503) res.set('Retry-After', '5')
  if (!wantsPage(req)) {
    const { title } = wordsOf(kindOf(answer), 'en', 'again')
    res.status(status).set({ 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' })
    res.type('application/problem+json').send(JSON.stringify({ type: 'about:blank', title, status, code }))
    return
  }
  const lang = languageFor(req, res)
  const way = isSignedIn(answer) ? 'on' : leadsBack(answer) ? 'back' : 'again'
  const words = wordsOf(kindOf(answer), lang, way)
  sendPage(res, status, { title: words.title, lang, body: bodyOf(words, answer) })
}

function bodyOf({ text, link }: Words, answer: ProblemAnswer): string {
  const address = (isSignedIn(answer) ? answer.signedIn : undefined) ?? answer.startUrl
  return `<p>${escapeHtml(text)}</p>
<p><a class="button main" href="${escapeHtml(address)}">${escapeHtml(link)}</a></p>
<p class="quiet">${answer.code}</p>`
}

/** A browser that navigates says so; older ones and tests ask for HTML by name. */
function wantsPage(req: Request): boolean {
  const mode = req.headers['sec-fetch-mode']
  if (mode !== undefined) return mode === 'navigate'
  return (req.headers.accept ?? '').slice(0, 1_024).includes('text/html')
}

/** Where people go back to what they were about; elsewhere, and without their session, they begin again. */
function leadsBack({ during, code }: Problem): boolean {
  return during === 'link' || (during === 'step_up' && code !== 'ERR_OIDC_SESSION_CHANGED')
}

function isSignedIn(answer: ProblemAnswer): boolean {
  return answer.signedIn !== undefined && isOver(answer)
}

function kindOf(answer: ProblemAnswer): ProblemKind {
  const { code, status, during } = answer
  if (isSignedIn(answer)) return 'signed_in'
  const otherwise = KINDS[code] ?? (status === 400 ? 'stale' : status === 403 ? 'refused' : 'unavailable')
  if (during === undefined) return otherwise
  if (status === 503) return 'not_now'
  const kinds = during === 'link' ? DURING_LINK : DURING_STEP_UP
  return kinds[code] ?? (status === 403 ? (during === 'link' ? 'not_linked' : 'not_confirmed') : otherwise)
}
