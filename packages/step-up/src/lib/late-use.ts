import { contextOf } from '@sallyport/audit/context'
import type { Request } from 'express'

import { LIMITS } from './limits.ts'
import type { Core } from './options.ts'
import type { EndedRecord } from './records.ts'

const GOOD_FAITH: readonly EndedRecord['because'][] = ['expired', 'revoked', 'failed']

/** Writes down the use of an ended session. A slow request of one's own browser is no finding; anything later or from elsewhere is. */
export async function noticeLateUse(core: Core, req: Request, record: EndedRecord): Promise<void> {
  const context = contextOf(req)
  const endedMs = core.store.now() - record.endedAt
  // Whose session ended without their doing comes back to it in good faith, whenever that is.
  const isExpected = endedMs <= LIMITS.lateUseMs || GOOD_FAITH.includes(record.because)
  if (isExpected && (context?.device?.id ?? null) === record.device) return

  await core.audit.emit('session.reused_after_end', {
    context,
    outcome: 'failure',
    reason: record.because === 'rotated' ? 'session_rotated' : 'session_ended',
    lineage: record.lineage,
    actor: { user: record.user },
    data: { endedSecondsAgo: Math.floor(endedMs / 1_000) },
  })
}
