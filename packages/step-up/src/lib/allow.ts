import { event, type EventInput } from '@sallyport/audit'
import { contextOf } from '@sallyport/audit/context'
import type { Write } from '@sallyport/store'

import { unavailable } from './errors.ts'
import { leaveGate } from './leave-context.ts'
import type { Core } from './options.ts'
import { newId } from './random.ts'
import { aboutVisit, type Gate, type Visit } from './visit.ts'

/**
 * Lets a visit through. What is good for one use, a grant or a kept form, is consumed together with `access.allowed` in
 * one commit before the handler runs: at most once, and never given back. Without such, a ledger that is slow delays the
 * record and not the visit; one that refuses it keeps the gate closed.
 *
 * @returns Whether the gate may open; `false` when another request was faster with the same grant.
 */
export async function allowVisit({ core }: Gate, visit: Visit): Promise<boolean> {
  const writes = consumption(visit)
  if (writes.length === 0 && !core.accessEvents) return true

  // Chosen here, for the receipt that the handler may ask for while the event is on its way.
  const id = newId(core.store.now(), core.randomBytes)
  const allowed: EventInput<'access.allowed'> = {
    ...aboutVisit(visit),
    id,
    outcome: 'success',
    data: accessData(visit),
  }
  if (writes.length > 0) {
    const committed = await core.audit.commit({
      writes,
      events: [...consumed(visit), event('access.allowed', allowed)],
    })
    if (!committed.ok) return false
  } else if ((await core.audit.emit('access.allowed', allowed)) === 'lost') {
    throw unavailable(undefined)
  }
  core.allowed.set(visit.req, id)
  recordCompletion(core, visit)
  return true
}

function consumption({ session, grant, stash, decision }: Visit): readonly Write[] {
  const spent = grant !== undefined && decision.satisfied ? [grant] : []
  // The authenticators are still the ones that the grant was judged by.
  const judged = spent.map((): Write => ({
    op: 'check',
    key: ['user', session.record.user],
    expect: session.userVersion,
  }))
  const removed = [...spent, ...(stash === undefined ? [] : [stash])]
  return [...judged, ...removed.map(({ key, version }): Write => ({ op: 'remove', key, expect: version }))]
}

function consumed(visit: Visit): readonly ReturnType<typeof event>[] {
  const { action, grant, decision } = visit
  if (action === null || grant === undefined || !decision.satisfied) return []

  const data = { action: action.name, digest: action.digest }
  return [event('step_up.grant.consumed', { ...aboutVisit(visit), outcome: 'success', data })]
}

function accessData({ name, action }: Visit): EventInput<'access.allowed'>['data'] {
  return { requirement: name, ...(action === null ? {} : { action: action.name, digest: action.digest }) }
}

// After the response, however it ends; awaited by nobody. What fails is in the ledger's gap counts, also while the ledger is
// being closed. After its last word nothing is written: of a visit that ends later, because the application closed the
// ledger before its server, only `access.allowed` is there.
function recordCompletion(core: Core, visit: Visit): void {
  const { req, res } = visit
  // Recorded already, for a client that hung up on us.
  if (contextOf(req)?.gate === 'completing') return

  leaveGate(req, 'completing')
  const startedAt = core.store.now()
  const record = (): void => {
    const aborted = !res.writableFinished
    // In canonical order, so that the entry needs no sorting.
    const durationMs = Math.max(0, Math.round(core.store.now() - startedAt))
    const data = { aborted, durationMs, status: res.statusCode }
    const outcome = aborted || res.statusCode >= 400 ? 'failure' : 'success'
    const reason = aborted ? 'aborted' : undefined
    core.audit.emit('access.completed', { ...aboutVisit(visit), outcome, reason, data }).catch(() => undefined)
  }
  // Whoever has hung up already must not keep out of the ledger how the visit ended: the event has passed by then.
  if (res.closed) record()
  else res.once('close', record)
}
