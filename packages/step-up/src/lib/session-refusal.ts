import { answerProblem, answerRedirect, answerRefusal, type Exchange } from './answers.ts'
import { localPath, wantsPage } from './negotiation.ts'
import type { Core } from './options.ts'
import { refusal } from './refusals.ts'

// Marks the one reload that a browser gets, so that it cannot become a loop.
const RELOADED = 'session_reloaded'

/**
 * Answers a request that has no live session: people go to the login page, programs get 401.
 *
 * @param core For addresses and pages.
 * @param exchange The request and its response.
 * @param rotated Whether its session went on under a new cookie, which the browser has or will have in a moment.
 */
export function refuseSession(core: Core, exchange: Exchange, rotated: boolean): void {
  const { req, res } = exchange
  const readsPage = wantsPage(req) && req.method === 'GET'
  if (rotated && readsPage && req.query[RELOADED] === undefined)
    return answerRedirect(res, reloaded(localPath(req.originalUrl) ?? '/'))
  // Whoever never got the new cookie has no other way on than to sign in.
  if (rotated) return answerRefusal(core, exchange, refusal('rotated', core.loginPath))
  if (readsPage) return answerRedirect(res, `${core.loginPath}?return_to=${encodeURIComponent(req.originalUrl)}`)

  const { status, code, title } = refusal('login_required')
  if (!wantsPage(req)) return answerProblem(res, { status, code, title, loginUrl: core.loginPath })
  answerRefusal(core, exchange, refusal('login_required', core.loginPath))
}

function reloaded(url: string): string {
  return `${url}${url.includes('?') ? '&' : '?'}${RELOADED}=1`
}
