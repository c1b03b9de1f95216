import { randomBytes } from 'node:crypto'

import { event, type EventContext, type PendingEvent } from '@sallyport/audit'

const USERS = 1_000
const ROUTES = ['/transfer', '/password', '/keys', '/members/:id']
const USER_AGENT =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36'

const sessions = Array.from({ length: USERS }, (_, at) => ({
  user: `https://idp.example user-${at}`,
  lineage: newId(),
  device: newId(),
}))

/** An event without personal data: what a satisfied gate records of a person who is known already. */
export function plainEvent(count: number): PendingEvent {
  const { user, lineage } = sessionOf(count)
  return event('access.allowed', {
    context: contextOf(count),
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
  const { user } = sessionOf(count)
  const context = contextOf(count)
  return event('session.started', {
    context: {
      ...context,
      net: { ip: `203.0.113.${count % 250}`, hops: 1 },
      device: { ...context.device, id: sessionOf(count).device, known: true, userAgent: USER_AGENT },
    },
    actor: { user, identity: { name: 'Carla Customer', email: `carla.${count % USERS}@bank.example` } },
    authn: { factor: 'oidc', protocol: 'oidc', amr: ['pwd'] },
    outcome: 'success',
    lineage: newId(),
    flow: newId(),
    data: {},
  })
}

/** Four events of one visit, in their order: a challenge from its issue to its end, and the access that followed. */
export function visitEvents(count: number): readonly PendingEvent[] {
  const { user, lineage } = sessionOf(count)
  const ids = { flow: newId(), challenge: newId() }
  const about = { context: contextOf(count), actor: { user }, lineage, outcome: 'success', ...ids } as const
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

function contextOf(count: number): EventContext {
  return {
    requestId: newId(),
    trace: { id: randomBytes(16).toString('hex'), span: randomBytes(8).toString('hex') },
    device: { id: sessionOf(count).device, known: true, browser: 'Chrome 142', os: 'Linux', type: 'desktop' },
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
