import { answerProblem, answerRedirect, answerRefusal, type Exchange } from './answers.ts'
import { localPath, wantsPage } from './negotiation.ts'
import type { Core } from './options.ts'

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
  if (rotated) {
    const title = 'The session went on under a new cookie'
    return answerRefusal(core, exchange, {
      status: 401,
      code: 'ERR_SESSION_ROTATED',
      title,
      message: 'session_rotated',
      // Whoever never got the new cookie has no other way on.
      backUrl: core.loginPath,
    })
  }
  if (readsPage) return answerRedirect(res, `${core.loginPath}?return_to=${encodeURIComponent(req.originalUrl)}`)

  const title = 'Sign in first'
  if (!wantsPage(req))
    return answerProblem(res, { status: 401, code: 'ERR_LOGIN_REQUIRED', title, loginUrl: core.loginPath })
  answerRefusal(core, exchange, {
    status: 401,
    code: 'ERR_LOGIN_REQUIRED',
    title,
    message: 'login_required',
    backUrl: core.loginPath,
  })
}

function reloaded(url: string): string {
  return `${url}${url.includes('?') ? '&' : '?'}${RELOADED}=1`
}
