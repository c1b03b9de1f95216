import { contextOf } from '@sallyport/audit/context'
import express, { Router } from 'express'
import { OidcError, storeUnavailable } from '../errors.ts'
import { userId } from '../login-proof.ts'
import { sendLinksPage } from '../links-page.ts'
import { flowRequest, queryOf } from '../request.ts'
import { checkReturnTo } from '../return-to.ts'
import { isSameOrigin } from '../same-origin.ts'
import { answerProblem } from './exchange.ts'
import type { Request, RequestHandler, Response } from 'express'
import type { LinkChange } from '../linked-identities.ts'
import type { LinkingParts } from '../linking.ts'
import type { LinkOffer } from '../links-page.ts'
import type { Passed } from '../login-flow.ts'
import type { SecondDoor } from '../second-door.ts'
import type { RouteParts } from './exchange.ts'

/** What the links page and its forms are made from. */
export interface LinksParts extends Pick<RouteParts, 'secondDoor' | 'origin' | 'loginUrl'> {
  readonly linking: LinkingParts
  /** The providers that the page offers. */
  readonly offers: readonly LinkOffer[]
}

type Live = Extract<ReturnType<SecondDoor['sessions']['current']>, { state: 'live' }>
type WithLinking = RouteParts & { readonly linking: LinkingParts }

const BODY_LIMIT = '4kb'

/** `POST /link`: sends a person who has just proved themselves to the provider whose identity they want to link. */
export function linkRoute(parts: WithLinking): Router {
  const router = Router()
  router.post('/link', ...guards(parts), (req, res, next) => {
    begin(parts, req, res).catch(next)
  })
  return router
}

/** `GET /links`, which takes `return_to`, and `POST /links/:id/unlink`. */
export function linksRoutes(parts: LinksParts): Router {
  const router = Router()
  const { linked, linksPath, homePath } = parts.linking
  router.get('/links', async (req, res) => {
    const current = live(parts, req, res)
    if (current === undefined) return
    const links = await linked.list(current.user).catch((error: unknown) => storeUnavailable(error))
    if (links instanceof OidcError) answerProblem(parts, { req, res }, links)
    else {
      const back = checkReturnTo(req.query['return_to'], homePath, [linksPath])
      sendLinksPage(req, res, { links, offers: parts.offers, linksPath, back })
    }
  })
  router.post('/links/:id/unlink', ...guards(parts), (req, res, next) => {
    unlink(parts, req, res).catch(next)
  })
  return router
}

/** In this order: a page of ours, a body that can wait for the proof, the proof. */
function guards({ linking, origin, loginUrl }: Omit<LinksParts, 'offers'>): readonly RequestHandler[] {
  const ownPage: RequestHandler = (req, res, next) => {
    if (isSameOrigin(req, origin)) next()
    else answerProblem({ loginUrl }, { req, res }, new OidcError('ERR_OIDC_ORIGIN'))
  }
  return [ownPage, express.urlencoded({ extended: false, limit: BODY_LIMIT }), linking.gate]
}

async function begin(parts: WithLinking, req: Request, res: Response): Promise<void> {
  const { flow, ask, issuer, linking } = parts
  const current = live(parts, req, res)
  if (current === undefined) return
  const { user, lineage, evidence } = current
  const purpose = { for: 'link', user } as const
  // Where this session began, the provider would give the very person that is signed in, and ask nothing.
  const isSame = evidence.some((one) => one.factor === 'oidc' && one.issuer === issuer)
  const prompt = ask.prompt ?? (isSame ? 'select_account' : undefined)
  const wanted = { ...ask, prompt, returnTo: linking.linksPath, purpose, correlation: { lineage } }
  await answering(parts, { req, res }, async () => res.redirect(303, await flow.begin(flowRequest(req), wanted)))
}

/** Judges the answer to a link that was begun. Passport has no part in it: nobody signs in. */
export function finishLink(parts: WithLinking): RequestHandler {
  return function finishLinkMiddleware(req, res, next) {
    const work = async (): Promise<void> => {
      const completing = { purpose: 'link', userinfo: async () => parts.ask.scope.length > 0 } as const
      await finish(parts, req, await parts.flow.complete(flowRequest(req), queryOf(req), completing))
      res.redirect(303, parts.linking.linksPath)
    }
    answering(parts, { req, res }, work).catch(next)
  }
}

async function finish(parts: WithLinking, req: Request, passed: Passed): Promise<void> {
  const { purpose, lineage, flow, issuer } = passed.transaction
  const { subject, account } = identityOf(passed)
  const current = parts.secondDoor().sessions.current(req)
  try {
    // The session that left for the provider is the one that comes back, under whichever id it goes on.
    const isHeld = current.state === 'live' && current.lineage === lineage
    if (purpose.for !== 'link' || !isHeld || current.user !== purpose.user) {
      throw new OidcError('ERR_OIDC_SESSION_CHANGED')
    }
    const { user } = purpose
    const about = { ...aboutOf(req, { user, lineage }), flow, sealed: { subject } }
    const change = { user, identity: userId(issuer, subject), about, events: [passed.proof.succeeded] }
    await parts.linking.linked.link({ ...change, issuer, account })
  } catch (error) {
    const failure = storeUnavailable(error)
    await parts.flow.failed(flowRequest(req), failure, { lineage, flow, purpose: 'link' })
    throw failure
  }
}

function identityOf({ completed, proof }: Passed): { readonly subject: string; readonly account: string } {
  return { subject: completed.claims.sub, account: proof.login.account }
}

async function unlink(parts: LinksParts, req: Request, res: Response): Promise<void> {
  const current = live(parts, req, res)
  if (current === undefined) return
  const { user } = current
  const identity = String(req.params['id'])
  await answering(parts, { req, res }, async () => {
    // Only what stands in the user's own record is looked for any further, so any text will do.
    await parts.linking.linked.unlink({ user, identity: identity.slice(0, 64), about: aboutOf(req, current) })
    res.redirect(303, parts.linking.linksPath)
  })
}

function aboutOf(req: Request, { user, lineage }: Pick<Live, 'user' | 'lineage'>): LinkChange['about'] {
  return { context: contextOf(req), actor: { user }, outcome: 'success', lineage }
}

function live({ secondDoor }: Pick<RouteParts, 'secondDoor'>, req: Request, res: Response): Live | undefined {
  const { sessions } = secondDoor()
  const current = sessions.current(req)
  if (current.state === 'live') return current
  sessions.refuse(req, res)
  return undefined
}

/** Does the work; what is refused becomes a page from which the way leads back to the links. */
async function answering(
  { linking, loginUrl }: Pick<LinksParts, 'linking' | 'loginUrl'>,
  exchange: { readonly req: Request; readonly res: Response },
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work()
  } catch (error) {
    const { code, status } = storeUnavailable(error)
    answerProblem({ loginUrl }, exchange, { code, status, during: 'link', startUrl: linking.linksPath })
  }
}
