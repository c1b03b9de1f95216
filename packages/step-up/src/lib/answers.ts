import type { Request, Response } from 'express'

import type { StepUpErrorCode } from './errors.ts'
import { wantsPage } from './negotiation.ts'
import type { Core } from './options.ts'
import type { MessageName, Page } from './page-models.ts'
import { ANSWER_HEADERS, pageHeaders } from './pages/headers.ts'

/** A request with its response. */
export interface Exchange {
  readonly req: Request
  readonly res: Response
}

/** A refusal or outcome in the words of RFC 9457, with what a program needs to go on. */
export interface Problem {
  readonly status: number
  readonly code: StepUpErrorCode
  readonly title: string
  readonly [member: string]: unknown
}

/**
 * Answers with a page, under a policy that allows nothing but the page's own style, its own script where it has one, and
 * forms to this application.
 *
 * @param core For the template and the random nonce.
 * @param res The response; nothing has been sent yet.
 * @param page What to show.
 */
export function answerPage(
  core: Pick<Core, 'template' | 'randomBytes' | 'mountPath'>,
  res: Response,
  page: Page,
): void {
  const status = page.page === 'message' ? page.status : 'problem' in page ? 422 : 200
  const nonce = Buffer.from(core.randomBytes(18)).toString('base64url')
  const html = core.template(page, { nonce, languages: languagesOf(res), mount: core.mountPath })
  secureHeaders(res)
  const { Vary: vary = '', ...headers } = pageHeaders(page, nonce, html)
  res.vary(vary).set(headers)
  res.status(status).type('html').send(html)
}

const MAX_LANGUAGES = 16

function languagesOf({ req }: Response): readonly string[] {
  return req.acceptsLanguages().slice(0, MAX_LANGUAGES)
}

/** Answers with `application/problem+json` (RFC 9457). */
export function answerProblem(res: Response, problem: Problem): void {
  secureHeaders(res)
  res
    .status(problem.status)
    .type('application/problem+json')
    .send(JSON.stringify({ type: 'about:blank', ...problem }))
}

/** Answers a program that everything went well, with what it needs to go on. */
export function answerJson(res: Response, body: Readonly<Record<string, unknown>>, status: 200 | 201 = 200): void {
  secureHeaders(res)
  res.status(status).json(body)
}

/** Answers a refusal as the client can use it: a page with a message, or a problem. */
export function answerRefusal(core: Core, exchange: Exchange, refusal: Refusal): void {
  const { status, code, message, title, backUrl } = refusal
  const { req, res } = exchange
  if (!wantsPage(req)) answerProblem(res, { status, code, title })
  else answerPage(core, res, { page: 'message', status, message, code, ...(backUrl === undefined ? {} : { backUrl }) })
}

/** What `answerRefusal` says. */
export interface Refusal {
  readonly status: number
  readonly code: StepUpErrorCode
  readonly title: string
  readonly message: MessageName
  readonly backUrl?: string
}

/** Sends the browser elsewhere with a GET, whatever it did before. */
export function answerRedirect(res: Response, location: string): void {
  secureHeaders(res)
  res.redirect(303, location)
}

function secureHeaders(res: Response): void {
  res.removeHeader('X-Powered-By')
  res.set(ANSWER_HEADERS)
}
