import { randomBytes } from 'node:crypto'

import { event, type PendingEvent } from '@sallyport/audit'
import { type EventContext } from '@sallyport/audit/context'

const USERS = 1_000
const ROUTES = ['/transfer', '/password', '/keys', '/members/:id']
const USER_AGENT =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36'

// Made once: what is measured is the ledger, not the making of random ids in front of it.
const sessions = Array.from({ length: USERS }, (_, at) => ({
  user: `https://idp.example user-${at}`,
  lineage: newId(),
  context: newContext(),
}))

/** An event without personal data: what a satisfied gate records of a person who is known already. */
export function plainEvent(count: number): PendingEvent {
  const { user, lineage, context } = sessionOf(count)
  return event('access.allowed', {
    context,
    actor: { user },
    target: { route: routeOf(count), method: 'POST' },
    authn: { factor: 'totp', strength: [] },
    outcome: 'success',
    lineage,
    data: { requirement: routeOf(count) },
  })
}

/** An event with a sealed envelope: name, address, full IP and browser of a person, as at every beginning of a session. */
export function sealedEvent(count: number): PendingEvent {
  const { user, lineage, context } = sessionOf(count)
  return event('session.started', {
    context: {
      ...context,
      net: { ip: `203.0.113.${count % 250}`, hops: 1 },
      device: { ...context.device, userAgent: USER_AGENT },
    },
    actor: { user, identity: { name: 'Carla Customer', email: `carla.${count % USERS}@bank.example` } },
    authn: { amr: ['pwd'], factor: 'oidc', protocol: 'oidc' },
    outcome: 'success',
    // Another one every time: within one lineage, address and browser are sealed only once.
    lineage: `${lineage}-${count}`,
    flow: `${lineage}-${count}`,
    data: {},
  })
}

/** Four events of one visit, in their order: a challenge from its issue to its end, and the access that followed. */
export function visitEvents(count: number): readonly PendingEvent[] {
  const { user, lineage, context } = sessionOf(count)
  const ids = { flow: newId(), challenge: newId() }
  const about = { context, actor: { user }, lineage, outcome: 'success', ...ids } as const
  const factor = 'totp'
  return [
    event('challenge.issued', { ...about, data: { expiresAt: Date.now() + 300_000, factor } }),
    event('challenge.verified', { ...about, authn: { factor }, data: { factor } }),
    plainEvent(count),
    event('access.completed', {
      ...about,
      target: { route: routeOf(count), method: 'POST' },
      data: { aborted: false, durationMs: 3, status: 200 },
    }),
  ]
}

function newContext(): EventContext & Required<Pick<EventContext, 'device'>> {
  return {
    requestId: newId(),
    trace: { id: randomBytes(16).toString('hex'), span: randomBytes(8).toString('hex') },
    device: { id: newId(), known: true, browser: 'Chrome 142', os: 'Linux', type: 'desktop' },
  }
}

function sessionOf(count: number): (typeof sessions)[number] {
  const found = sessions[count % USERS]
  if (found === undefined) throw new Error('sessionOf: a count is not negative')
  return found
}

function routeOf(count: number): string {
  return ROUTES[count % ROUTES.length] ?? '/'
}

function newId(): string {
  return randomBytes(16).toString('base64url')
}
