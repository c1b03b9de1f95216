import type { Write } from '@sallyport/store'
import type { Request } from 'express'

import type { Core } from './options.ts'
import { readRecord } from './records.ts'
import { endedEvent, endWrites, putEnded } from './session-writes.ts'
import { readSessionState, type SessionReference } from './session-state.ts'
import { empty, forget } from './web-session.ts'

const ROUNDS = 5

/** A session that was begun, or went on, on disk and did not get into the browser. */
export interface Unheld {
  readonly reference: SessionReference
  /** The handle of which the browser still has the cookie: its own before, or that of the session which it replaced. */
  readonly before?: string | undefined
}

/**
 * Ends a session that nobody holds, with its event: what is left of the request is a stranger's.
 *
 * Never rejects. What made the handing over fail may keep this from being written down as well; the session then ends when
 * it has been idle for too long.
 */
export async function abandon(core: Core, req: Request, unheld: Unheld): Promise<void> {
  Reflect.deleteProperty(req, 'user')
  try {
    empty(req)
    forget(req)
  } catch {
    // Whoever took the express-session away left nothing to clean.
  }
  try {
    await bury(core, req, unheld)
  } catch {
    // The caller has an error to tell of already: the one that this follows from.
  }
}

async function bury(core: Core, req: Request, { reference, before }: Unheld): Promise<void> {
  for (let round = 0; round < ROUNDS; round += 1) {
    const found = await readSessionState(core, reference)
    if (found.state !== 'live') return
    const committed = await core.audit.commit({
      writes: [...endWrites(found, 'failed', core.store.now()), ...(await relabel(core, before))],
      events: [endedEvent(req, found.record, 'failed')],
    })
    if (committed.ok) return
  }
}

/** There is nothing for the old cookie to be reloaded into: whoever comes with it has to sign in. */
async function relabel({ store }: Core, handle: string | undefined): Promise<readonly Write[]> {
  if (handle === undefined) return []
  const [found] = await store.get([['session', handle]])
  const kept = readRecord('session', found)
  if (kept?.value.state !== 'ended') return []
  return [putEnded(handle, { ...kept.value, because: 'failed' }, kept.version)]
}
