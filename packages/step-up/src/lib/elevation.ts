import type { Write } from '@sallyport/store'

import { StepUpError } from './errors.ts'
import type { Core } from './options.ts'
import type { Evidence } from './types.ts'
import type { LiveSession } from './session-state.ts'

const MAX_GRANTS = 50
// Twice what a session can be granted in the longest time that a grant is good for.
const ROUNDS = 200

/** What a session still has when everything proved since its login is dropped: what was true when it began. */
export function loginEvidence({ evidence, record }: LiveSession): readonly Evidence[] {
  return evidence.filter(({ at }) => at <= record.startedAt)
}

/** Makes the writes that take back what was granted to a sign-in and not used yet: at most 50 at once. */
export async function grantRemovals({ store }: Pick<Core, 'store'>, lineage: string): Promise<readonly Write[]> {
  const grants = await store.list(['grant', lineage], { limit: MAX_GRANTS })
  return grants.map(({ key, version }): Write => ({ op: 'remove', key, expect: version }))
}

/** Takes back what one commit had no room for. A conflict means that one was used meanwhile: look again. */
export async function removeFurtherGrants(core: Core, lineage: string): Promise<void> {
  for (let round = 0; round < ROUNDS; round += 1) {
    const writes = await grantRemovals(core, lineage)
    if (writes.length === 0) return
    await core.audit.commit({ writes, events: [] })
  }
  throw new StepUpError('ERR_STEP_UP_UNAVAILABLE', 'Not every approval could be taken back.', { status: 503 })
}
