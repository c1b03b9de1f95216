import { event, type EventInput, type PendingEvent } from '@sallyport/audit'
import { contextOf } from '@sallyport/audit/context'
import type { Write } from '@sallyport/store'

import { answerJson, answerRedirect, answerRefusal } from './answers.ts'
import {
  listAuthenticators,
  putAuthenticator,
  removalWrites,
  sealLabel,
  type EnrolledAuthenticator,
} from './authenticators.ts'
import { authenticatorsUrl, listUrl } from './authenticator-urls.ts'
import { nextEpoch } from './enrolments.ts'
import { readLabel } from './labels.ts'
import { wantsPage } from './negotiation.ts'
import { notifyOf } from './notices.ts'
import type { Core } from './options.ts'
import { readInput } from './own-forms.ts'
import { refusal } from './refusals.ts'
import type { Own } from './route.ts'

/** Gives an authenticator another name; goes behind the change gate. */
export async function renameAuthenticator(core: Core, own: Own): Promise<void> {
  const { authenticator } = await findOwn(core, own)
  const label = readLabel(readInput(own.req)?.['label'])
  if (authenticator === undefined) return answerRefusal(core, own, refusal('unknown', authenticatorsUrl(core)))
  if (label === undefined) return answerRefusal(core, own, refusal('input', authenticatorsUrl(core)))

  const { user } = own.session.record
  const { id, value, version } = authenticator
  const sealed = await sealLabel(core, user, { id, label })
  await change(core, own, {
    writes: [putAuthenticator(user, id, { record: { ...value, label: sealed }, expect: version })],
    event: event('authenticator.renamed', { ...aboutChange(own, authenticator), data: { factor: value.factor } }),
    notice: 'renamed',
  })
}

/** Removes an authenticator; goes behind the change gate. */
export async function removeAuthenticator(core: Core, own: Own): Promise<void> {
  const { authenticator, others } = await findOwn(core, own)
  if (authenticator === undefined) return answerRefusal(core, own, refusal('unknown', authenticatorsUrl(core)))

  const { factor } = authenticator.value
  const data = { factor, left: others }
  await change(core, own, {
    writes: [nextEpoch(own.session), ...(await removalWrites(core, own.session.record.user, [authenticator]))],
    event: event('authenticator.removed', { ...aboutChange(own, authenticator), data }),
    notice: 'removed',
    tell: () => notifyOf(core, own, { about: 'authenticator.removed', factor }),
  })
}

/** What is changed, with its event, in one commit. */
interface Change {
  readonly writes: readonly Write[]
  readonly event: PendingEvent
  readonly notice: 'removed' | 'renamed'
  /** Tells the person through another channel, once it is written. */
  readonly tell?: () => Promise<void>
}

async function change(core: Core, own: Own, made: Change): Promise<void> {
  const committed = await core.audit.commit({ writes: made.writes, events: [made.event] })
  if (!committed.ok) return answerRefusal(core, own, refusal('ended', authenticatorsUrl(core)))

  await made.tell?.()
  if (wantsPage(own.req)) answerRedirect(own.res, listUrl(core, own.req, made.notice))
  else answerJson(own.res, { ok: true })
}

function aboutChange(
  { req, session }: Own,
  { id, value }: EnrolledAuthenticator,
): Pick<EventInput<'authenticator.removed'>, 'context' | 'actor' | 'lineage' | 'outcome' | 'authn'> {
  const { user, lineage } = session.record
  const authn = { authenticator: id, factor: value.factor }
  return { context: contextOf(req), actor: { user }, lineage, outcome: 'success', authn }
}

/** Only among the user's own: another user's id is no id here. */
async function findOwn(
  core: Core,
  { req, session }: Own,
): Promise<{ readonly authenticator: EnrolledAuthenticator | undefined; readonly others: number }> {
  const enrolled = await listAuthenticators(core, session.record.user)
  const authenticator = enrolled.find(({ id }) => id === req.params['id'])
  return { authenticator, others: enrolled.length - 1 }
}
