import { contextOf } from '@sallyport/audit'

import type { Core, Notice } from './options.ts'
import type { Own } from './route.ts'

/** Tells a person of a change to their account, after it is on disk. A notice that fails undoes nothing and is recorded. */
export async function notifyOf(
  core: Core,
  { req, session }: Own,
  change: Pick<Notice, 'about' | 'factor'>,
): Promise<void> {
  if (core.notify === undefined) return

  const { user, account, lineage } = session.record
  const common = { context: contextOf(req), actor: { user }, lineage, data: { about: change.about } }
  try {
    await core.notify({ user, account, ...change, at: core.store.now() })
  } catch {
    await core.audit.emit('notification.failed', { ...common, outcome: 'failure' })
    return
  }
  await core.audit.emit('notification.sent', { ...common, outcome: 'success' })
}
