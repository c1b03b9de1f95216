import type { Request } from 'express'

import { LIMITS } from './limits.ts'
import { StepUpError } from './errors.ts'
import { endOf, listLineages, removeLineage, type KeptLineage } from './lineages.ts'
import type { Core } from './options.ts'
import type { UserRecord } from './records.ts'
import type { LiveSession } from './session-state.ts'
import { revokedByUser } from './session-writes.ts'

const ROUNDS = 10
const MAX_AT_ONCE = 50

/** Gives a user's sign-ins that are alive, the newest first. */
export async function liveLineages(core: Core, user: string, record: UserRecord): Promise<readonly KeptLineage[]> {
  const kept = await listLineages(core.store, user)
  const judges = { idleMs: core.idleMs, user: record, now: core.store.now() }
  return kept
    .filter((lineage) => endOf(lineage, judges) === undefined)
    .toSorted((a, b) => b.value.startedAt - a.value.startedAt)
    .slice(0, LIMITS.sessions)
}

/** Ends one other sign-in of the user; resolves to whether there was such a one. */
export async function endOne(core: Core, req: Request, ending: Ending & { readonly id: string }): Promise<boolean> {
  const ended = await endOthersOf(core, req, { ...ending, isMeant: ({ id }) => id === ending.id })
  return ended > 0
}

/** Ends all other sign-ins of the user; resolves to how many there were. */
export async function endOthers(core: Core, req: Request, ending: Ending): Promise<number> {
  return await endOthersOf(core, req, { ...ending, isMeant: () => true })
}

interface Ending {
  /** The session that does it, and stays. */
  readonly session: LiveSession
}

async function endOthersOf(
  core: Core,
  req: Request,
  { session, isMeant }: Ending & { readonly isMeant: (lineage: KeptLineage) => boolean },
): Promise<number> {
  const { user, lineage: own } = session.record
  let count = 0
  for (let round = 0; round < ROUNDS; round += 1) {
    const others = (await liveLineages(core, user, session.userRecord)).filter(
      (each) => each.id !== own && isMeant(each),
    )
    const some = others.slice(0, MAX_AT_ONCE)
    if (some.length === 0) return count

    const committed = await core.audit.commit({
      writes: some.map(removeLineage),
      events: some.map(({ id }) => revokedByUser(req, user, id)),
    })
    // A conflict means that one of them had a request or ended meanwhile: look again.
    if (committed.ok) count += some.length
  }
  throw new StepUpError('ERR_STEP_UP_UNAVAILABLE', 'The other sessions changed too often to be ended.', { status: 503 })
}
