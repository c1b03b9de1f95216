import { event, type EventInput, type PendingEvent } from '@sallyport/audit'
import { contextOf } from '@sallyport/audit/context'
import type { Write } from '@sallyport/store'

import type { Administration, AuthenticatorSummary, By, SessionSummary } from './administration-contract.ts'
import { listAuthenticators, openLabel, removalWrites } from './authenticators.ts'
import { StepUpError, unavailable } from './errors.ts'
import { notifyUser } from './notices.ts'
import type { Core, Notice } from './options.ts'
import { liveLineages } from './own-sessions.ts'
import { resealAuthenticators } from './reseal.ts'
import { checkUser, putUser, readUser, revocation, type ReadUser } from './user-record.ts'

/** What an administrator's word writes: it is judged by the user's record as read, which it changes too. */
interface Change<T> {
  readonly writes: readonly Write[]
  readonly events: readonly PendingEvent[]
  readonly notice?: Pick<Notice, 'about' | 'factor'>
  readonly result: T
}

const ROUNDS = 10

/** Makes what an administrator may do to another person's account; see `Administration`. */
export function createAdministration(core: Core): Administration {
  const surely = async <T>(user: string, work: () => Promise<T>): Promise<T> => {
    checkUser(user)
    return await work().catch(rethrow)
  }
  return {
    authenticators: (user) => surely(user, () => summariesOf(core, user)),
    sessions: (user) => surely(user, () => sessionsOf(core, user)),
    resetAuthenticators: (user, by) =>
      surely(user, () => change(core, { user, by }, (read) => resetting(core, { user, by, read }))),
    removeAuthenticator: (user, id, by) =>
      surely(user, () => change(core, { user, by }, (read) => removing(core, id, { user, by, read }))),
    endSessions: (user, by) => surely(user, () => change(core, { user, by }, (read) => ending({ user, by, read }))),
    lock: (user, by) => surely(user, () => change(core, { user, by }, (read) => locking({ user, by, read }))),
    unlock: (user, by) => surely(user, () => change(core, { user, by }, (read) => unlocking({ user, by, read }))),
    reseal: () => resealAuthenticators(core).catch(rethrow),
  }
}

async function summariesOf(core: Core, user: string): Promise<readonly AuthenticatorSummary[]> {
  const enrolled = await listAuthenticators(core, user)
  return await Promise.all(
    enrolled.map(async (authenticator) => {
      const { id, value } = authenticator
      const { factor, enrolledAt, lastUsedAt, disabled } = value
      const label = await openLabel(core, user, authenticator)
      return { id, factor, label, enrolledAt, disabled, ...(lastUsedAt === null ? {} : { lastUsedAt }) }
    }),
  )
}

async function sessionsOf(core: Core, user: string): Promise<readonly SessionSummary[]> {
  const { record } = await readUser(core.store, user)
  const lineages = await liveLineages(core, user, record)
  return lineages.map(({ id, value: { startedAt, seenAt, client } }) => ({ lineage: id, startedAt, seenAt, client }))
}

/** Somebody's account in an administrator's hands. */
interface InHand {
  readonly user: string
  readonly by: By
  readonly read: ReadUser
}

/** Commits a change, again if what it was judged by has changed meanwhile, and tells the person once it is on disk. */
async function change<T>(
  core: Core,
  { user, by }: Pick<InHand, 'user' | 'by'>,
  make: (read: ReadUser) => Change<T> | Promise<Change<T>>,
): Promise<T> {
  for (let round = 0; round < ROUNDS; round += 1) {
    const { writes, events, notice, result } = await make(await readUser(core.store, user))
    if (events.length === 0) return result

    const committed = await core.audit.commit({ writes, events })
    if (!committed.ok) continue
    if (notice !== undefined)
      await notifyUser(core, { user, account: await accountOf(core, user), req: by.req, ...notice })
    return result
  }
  throw new StepUpError('ERR_STEP_UP_UNAVAILABLE', 'The account changed too often to be administered.', { status: 503 })
}

async function resetting(core: Core, { user, by, read }: InHand): Promise<Change<number>> {
  const enrolled = await listAuthenticators(core, user)
  const { epoch } = read.record
  const removed = enrolled.length
  return {
    writes: [
      ...(await removalWrites(core, user, enrolled)),
      revocation({ user, record: { ...read.record, epoch: epoch + 1 }, version: read.version }),
    ],
    events: [event('authenticator.reset', { ...about(user, by), data: { removed } }), revokedEvent(user, by)],
    notice: { about: 'authenticator.reset' },
    result: removed,
  }
}

async function removing(core: Core, id: string, { user, by, read }: InHand): Promise<Change<boolean>> {
  const enrolled = await listAuthenticators(core, user)
  const authenticator = enrolled.find((each) => each.id === id)
  if (authenticator === undefined) return { writes: [], events: [], result: false }

  const { factor } = authenticator.value
  const removed = { ...about(user, by), authn: { authenticator: id, factor } }
  return {
    writes: [
      ...(await removalWrites(core, user, [authenticator])),
      putUser(user, { record: { ...read.record, epoch: read.record.epoch + 1 }, version: read.version }),
    ],
    events: [event('authenticator.removed', { ...removed, data: { factor, left: enrolled.length - 1 } })],
    notice: { about: 'authenticator.removed', factor },
    result: true,
  }
}

function ending({ user, by, read }: InHand): Change<void> {
  return {
    writes: [revocation({ user, ...read })],
    events: [revokedEvent(user, by)],
    notice: { about: 'sessions.revoked' },
    result: undefined,
  }
}

function locking({ user, by, read }: InHand): Change<void> {
  if (read.record.locked) return { writes: [], events: [], result: undefined }

  const locked = event('account.locked', { ...about(user, by), data: { because: 'administrator' } })
  return {
    writes: [revocation({ user, record: { ...read.record, locked: true }, version: read.version })],
    events: [locked, revokedEvent(user, by)],
    notice: { about: 'account.locked' },
    result: undefined,
  }
}

function unlocking({ user, by, read }: InHand): Change<void> {
  if (!read.record.locked) return { writes: [], events: [], result: undefined }

  return {
    writes: [putUser(user, { record: { ...read.record, locked: false }, version: read.version })],
    events: [event('account.unlocked', { ...about(user, by), data: { because: 'administrator' } })],
    result: undefined,
  }
}

function revokedEvent(user: string, by: By): PendingEvent {
  return event('session.revoked', { ...about(user, by), data: { because: 'administrator', all: true } })
}

function about(
  user: string,
  { administrator, req }: By,
): Pick<EventInput<'account.locked'>, 'context' | 'actor' | 'subject' | 'outcome'> {
  const context = req === undefined ? undefined : contextOf(req)
  return { context, actor: { user: administrator }, subject: user, outcome: 'success' }
}

/** How the notice calls the account: the user's id where the application has not said how to find more. */
async function accountOf({ signIn }: Core, user: string): Promise<string> {
  // The change stands: what cannot be looked up now keeps nobody from being told.
  try {
    return (await signIn?.load(user))?.account ?? user
  } catch {
    return user
  }
}

function rethrow(error: unknown): never {
  throw unavailable(error)
}
