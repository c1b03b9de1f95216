import { event, type Job } from '@sallyport/audit'

import { endChallenge } from './challenges.ts'
import type { Core } from './options.ts'
import { readRecord } from './records.ts'
import { needData } from './step-ups.ts'

const BATCH = 100
const EVERY_MS = 1_000

/**
 * Makes the job that ends what nobody ended: each overdue challenge and step-up is removed in one commit with its event,
 * so that every challenge has exactly one end.
 */
export function createCloser(core: Core): Job {
  return { name: 'step-up-closer', everyMs: EVERY_MS, run: () => closeOverdue(core) }
}

/** Ends all that is overdue now. A conflict means that somebody else was first. */
async function closeOverdue(core: Core): Promise<void> {
  for (const found of await core.store.due(['challenge'], BATCH)) {
    const record = readRecord('challenge', found)
    if (record !== undefined)
      await core.audit.commit(endChallenge(undefined, { ...record, id: found.key[1] ?? '' }, 'challenge.expired'))
  }
  for (const found of await core.store.due(['step-up'], BATCH)) {
    const record = readRecord('step-up', found)
    if (record === undefined) continue

    const id = found.key[1] ?? ''
    const { user, lineage } = record.value
    const refused = event('step_up.refused', {
      actor: { user },
      lineage,
      flow: id,
      stepUp: id,
      outcome: 'failure',
      reason: 'expired',
      data: needData(record.value),
    })
    await core.audit.commit({ writes: [{ op: 'remove', key: found.key, expect: record.version }], events: [refused] })
  }
}
