import { contextOf } from '@sallyport/audit/context'
import express, { Router } from 'express'
import { sha256 } from '../base64url.ts'
import { doorOf } from '../door-name.ts'
import { OidcError, storeUnavailable } from '../errors.ts'
import { failingOf } from '../login-flow.ts'
import { holdSession } from '../held-session.ts'
import { userId } from '../login-proof.ts'
import { sendLinksPage } from './links-page.ts'
import { flowRequest, queryOf } from '../request.ts'
import { checkReturnTo } from '../return-to.ts'
import { isSameOrigin } from '../same-origin.ts'
import { answerError, answerProblem } from '../routes/exchange.ts'
import type { Write } from '@sallyport/store'
import type { Request, RequestHandler, Response } from 'express'
import type { LinkChange } from './linked-identities.ts'
import type { LinkingParts } from './linking.ts'
import type { LinkOffer } from './links-page.ts'
import type { Passed } from '../login-flow.ts'
import type { LiveSession } from '../second-door.ts'
import type { Exchange, RouteParts } from '../routes/exchange.ts'

/** What the links page and its forms are made from. */
interface LinksParts extends Pick<RouteParts, 'secondDoor' | 'origin' | 'loginUrl'> {
  readonly linking: LinkingParts
  /** The providers that the page offers. */
  readonly offers: readonly LinkOffer[]
}

type WithLinking = RouteParts & { readonly linking: LinkingParts }

const BODY_LIMIT = '4kb'

/** `POST /link`: sends a person who has just proved themselves to the provider whose identity they want to link. */
export function linkRoute(parts: WithLinking): Router {
  const router = Router()
  router.post('/link', ...guards(parts), async (req, res) => await begin(parts, req, res))
  return router
}

/** `GET /links`, which takes `return_to`, and `POST /links/:id/unlink`. */
export function linksRoutes(parts: LinksParts): Router {
  const router = Router()
  const { linked, linksPath, homePath, ownPaths } = parts.linking
  router.get('/links', async (req, res) => {
    const current = live(parts, req, res)
    if (current === undefined) return
    const back = checkReturnTo(req.query['return_to'], homePath, [linksPath, ...ownPaths])
    try {
      const links = await linked.list(current.user)
      const signedInAt = doorOf(current.evidence)?.issuer
      sendLinksPage(req, res, { links, offers: parts.offers, signedInAt, linksPath, back })
    } catch (error) {
      answerError(parts, { req, res }, { error, during: 'link', startUrl: back })
    }
  })
  router.post('/links/:id/unlink', ...guards(parts), async (req, res) => await unlink(parts, req, res))
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
  const { user, lineage, evidence, handle } = current
  const purpose = { for: 'link', user, session: sha256(handle) } as const
  // Where this session began, the provider would give the very person that is signed in, and ask nothing.
  const isSame = evidence.some((one) => one.factor === 'oidc' && one.issuer === issuer)
  const prompt = ask.prompt ?? (isSame ? 'select_account' : undefined)
  const wanted = { ...ask, prompt, returnTo: linking.linksPath, purpose, correlation: { lineage } }
  await answering(parts, { req, res }, async () => res.redirect(303, await flow.begin(flowRequest(req), wanted)))
}

/** Judges the answer to a link that was begun. Passport has no part in it: nobody signs in. */
export async function finishLink(parts: WithLinking, { req, res }: Exchange): Promise<void> {
  await answering(parts, { req, res }, async () => {
    const completing = { purpose: 'link', userinfo: async () => parts.ask.scope.length > 0 } as const
    await finish(parts, req, await parts.flow.complete(flowRequest(req), queryOf(req), completing))
    await parts.secondDoor().tell(req, 'account.linked')
    res.redirect(303, parts.linking.linksPath)
  })
}

async function finish(parts: WithLinking, req: Request, passed: Passed): Promise<void> {
  const { purpose, lineage, flow, issuer } = passed.transaction
  const { subject, account } = identityOf(passed)
  try {
    if (purpose.for !== 'link') throw new OidcError('ERR_OIDC_TRANSACTION_UNKNOWN')
    const { user, session } = purpose
    const about = { ...aboutOf(req, { user, lineage }), flow, sealed: { subject } }
    // The very session that left, under its very id: what it had proved for this may have been dropped with the id.
    const hold = (): Promise<readonly Write[]> => holdSession(parts, req, { user, lineage, session })
    const change = { user, identity: userId(issuer, subject), about, hold, events: [passed.proof.succeeded] }
    await parts.linking.linked.link({ ...change, issuer, account })
  } catch (error) {
    await parts.flow.failed(flowRequest(req), storeUnavailable(error), failingOf(passed.transaction))
    throw error
  }
}

function identityOf({ completed, proof }: Passed): { readonly subject: string; readonly account: string } {
  return { subject: completed.claims.sub, account: proof.login.account }
}

async function unlink(parts: LinksParts, req: Request, res: Response): Promise<void> {
  const current = live(parts, req, res)
  if (current === undefined) return
  const { user, lineage, handle } = current
  const left = { user, lineage, session: sha256(handle) }
  const identity = String(req.params['id'])
  await answering(parts, { req, res }, async () => {
    // Only what stands in the user's own record is looked for any further, so any text will do.
    const about = aboutOf(req, current)
    const change = { user, identity: identity.slice(0, 64), about, hold: () => holdSession(parts, req, left) }
    if (await parts.linking.linked.unlink(change)) await parts.secondDoor().tell(req, 'account.unlinked')
    res.redirect(303, parts.linking.linksPath)
  })
}

function aboutOf(req: Request, { user, lineage }: Pick<LiveSession, 'user' | 'lineage'>): LinkChange['about'] {
  return { context: contextOf(req), actor: { user }, outcome: 'success', lineage }
}

function live({ secondDoor }: Pick<RouteParts, 'secondDoor'>, req: Request, res: Response): LiveSession | undefined {
  const { sessions } = secondDoor()
  const current = sessions.current(req)
  if (current.state === 'live') return current
  sessions.refuse(req, res)
  return undefined
}

/** Does the work; what is refused becomes a page from which the way leads back to the links. */
async function answering(
  { linking, loginUrl }: Pick<LinksParts, 'linking' | 'loginUrl'>,
  exchange: Pick<Exchange, 'req' | 'res'>,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work()
  } catch (error) {
    answerError({ loginUrl }, exchange, { error, during: 'link', startUrl: linking.linksPath })
  }
}
