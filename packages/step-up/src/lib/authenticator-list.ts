import { carryOn, withQuery } from './afterwards.ts'
import { answerJson, answerPage } from './answers.ts'
import { listAuthenticators, openLabel, openState, type EnrolledAuthenticator } from './authenticators.ts'
import { authenticatorsUrl } from './authenticator-urls.ts'
import { loginEvidence } from './elevation.ts'
import { canBeAdded } from './enrolment-rules.ts'
import { localPath, wantsPage } from './negotiation.ts'
import type { Core } from './options.ts'
import { formToken } from './own-forms.ts'
import type { ListedAuthenticator, ListedSession, ListNotice, Page } from './page-models.ts'
import type { Own } from './route.ts'
import type { SessionAuthority } from './sessions.ts'
import type { LiveSession } from './session-state.ts'
import type { Factor, ViewBlock } from './types.ts'

type ListPage = Extract<Page, { page: 'authenticators' }>

const NOTICES: Readonly<Record<ListNotice, true>> = {
  enrolled: true,
  removed: true,
  renamed: true,
  dropped: true,
  session_ended: true,
  sessions_ended: true,
}

/** Shows people how they confirm and where they are signed in, with all that they can change about it. */
export async function showAuthenticators(core: Core, sessions: SessionAuthority, own: Own): Promise<void> {
  const { req, res, session } = own
  const { user, account } = session.record
  const enrolled = await listAuthenticators(core, user)
  const addable = [...core.factors.values()].filter((factor) => canBeAdded(core, factor, enrolled))
  const authenticators = await Promise.all(enrolled.map((each) => listed(core, own, each)))
  const shown = {
    authenticators,
    view: await listedViews(core, own, enrolled),
    sessions: await listedSessions(core, sessions, own),
    ...sessionUrls(core, session),
  }
  const others = shown.sessions.some(({ endUrl }) => endUrl !== undefined)
  const endOthers = others ? { endOthersUrl: `${core.mountPath}/sessions/end-others` } : {}
  if (!wantsPage(req)) {
    const factors = addable.map(({ name }) => name)
    return answerJson(res, { ...shown, ...endOthers, factors })
  }
  const continueUrl = localPath(req.query['return_to'])
  const notice = noticeOf(req.query['notice'])
  const page: ListPage = {
    page: 'authenticators',
    account,
    ...shown,
    ...endOthers,
    factors: addable.map((factor) => ({ factor: factor.name, startUrl: startUrl(core, own, factor) })),
    ...(continueUrl === undefined ? {} : { continueUrl }),
    ...(notice === undefined ? {} : { notice }),
    csrf: await formToken(core, session),
  }
  answerPage(core, res, page)
}

async function listed(core: Core, { req, session }: Own, each: EnrolledAuthenticator): Promise<ListedAuthenticator> {
  const { factor, enrolledAt, lastUsedAt, disabled } = each.value
  const base = `${authenticatorsUrl(core)}/${each.id}`
  return {
    id: each.id,
    factor,
    label: await openLabel(core, session.record.user, each),
    enrolledAt,
    ...(lastUsedAt === null ? {} : { lastUsedAt }),
    disabled,
    renameUrl: withQuery(`${base}/rename`, carryOn(req)),
    removeUrl: withQuery(`${base}/remove`, carryOn(req)),
  }
}

/** What the factors have to say to this browser, such as which passkeys still count. */
async function listedViews(
  core: Core,
  { session }: Own,
  enrolled: readonly EnrolledAuthenticator[],
): Promise<readonly ViewBlock[]> {
  const { user, account } = session.record
  const views = [...core.factors.values()].map(async (factor) => {
    if (factor.listed === undefined) return []

    const mine = enrolled.filter(({ value }) => value.factor === factor.name && !value.disabled)
    return factor.listed(await Promise.all(mine.map((each) => openState(core, user, each))), account)
  })
  return (await Promise.all(views)).flat()
}

async function listedSessions(core: Core, sessions: SessionAuthority, { req }: Own): Promise<readonly ListedSession[]> {
  const all = await sessions.list(req)
  return all.map(({ lineage, client, startedAt, seenAt, current }) => ({
    client,
    startedAt,
    seenAt,
    ...(current ? {} : { endUrl: `${core.mountPath}/sessions/${encodeURIComponent(lineage)}/end` }),
  }))
}

/** There is something to drop when more was proved than the login itself. */
function sessionUrls(core: Core, session: LiveSession): Pick<ListPage, 'dropUrl'> {
  const isElevated = loginEvidence(session).length < session.evidence.length
  return isElevated ? { dropUrl: `${core.mountPath}/elevation/drop` } : {}
}

function startUrl(core: Core, { req }: Own, { name }: Factor): string {
  return withQuery(`${authenticatorsUrl(core)}/${name}/start`, carryOn(req))
}

function noticeOf(asked: unknown): ListNotice | undefined {
  return typeof asked === 'string' && isNotice(asked) ? asked : undefined
}

function isNotice(name: string): name is ListNotice {
  return Object.hasOwn(NOTICES, name)
}
