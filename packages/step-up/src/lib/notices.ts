import { contextOf } from '@sallyport/audit/context'
import type { Request } from 'express'

import type { Core, Notice } from './options.ts'
import type { Own } from './route.ts'
import type { SessionAuthority } from './sessions.ts'
import type { FactorEvent } from './types.ts'

/** What a person is told, and about which request. */
export type Told = Omit<Notice, 'at'> & {
  /** The request in which it happened; none for a job. */
  readonly req?: Request | undefined
  readonly lineage?: string | undefined
}

/** A change to an account that the second door does not make itself. */
export type OutsideChange = Extract<Notice['about'], 'account.linked' | 'account.unlinked'>

/** Tells the holder of a request's session of a change that was made elsewhere; see `StepUp.tell`. */
export async function tellHolder(
  core: Core,
  sessions: SessionAuthority,
  { req, about }: { readonly req: Request; readonly about: OutsideChange },
): Promise<void> {
  const session = sessions.live(req)
  if (session !== undefined) await notifyOf(core, { req, session }, { about })
}

/** Tells the holder of a session of a change to their account, after it is on disk. */
export async function notifyOf(
  core: Core,
  { req, session }: Pick<Own, 'req' | 'session'>,
  change: Pick<Notice, 'about' | 'factor'>,
): Promise<void> {
  const { user, account, lineage } = session.record
  await notifyUser(core, { user, account, ...change, req, lineage })
}

/** Tells the holder of a session what of a factor's own events they have to know: that a recovery code was used. */
export async function notifyOfEvents(
  core: Core,
  own: Pick<Own, 'req' | 'session'>,
  events: readonly FactorEvent[],
): Promise<void> {
  if (!events.some(({ type }) => type === 'recovery_code.used')) return
  await notifyOf(core, own, { about: 'recovery_code.used', factor: 'recovery_code' })
}

/**
 * Tells a person of a change to their account, after it is on disk. Never rejects: a notice that fails undoes nothing and is
 * recorded as failed.
 */
export async function notifyUser(core: Core, told: Told): Promise<void> {
  if (core.notify === undefined) return

  const { req, lineage, ...notice } = told
  const context = req === undefined ? undefined : contextOf(req)
  const common = { context, actor: { user: told.user }, lineage, data: { about: told.about } }
  const isSent = await send(core, { ...notice, at: core.store.now() })
  const type = isSent ? 'notification.sent' : 'notification.failed'
  // What the ledger cannot take is in its own counts of what it lost.
  await core.audit.emit(type, { ...common, outcome: isSent ? 'success' : 'failure' }).catch(() => undefined)
}

async function send({ notify }: Core, notice: Notice): Promise<boolean> {
  try {
    await notify?.(notice)
    return true
  } catch {
    return false
  }
}
