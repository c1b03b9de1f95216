import type { EventType } from '../../src/lib/events/event-payloads.ts'
import type { LedgerEvent } from '../../src/lib/events/types.ts'
import { EVENTS } from '../../src/lib/events/registry.ts'

/** An event of a type with its example of a payload and nothing that an event may lack. */
export function bareEvent(type: EventType): LedgerEvent {
  return {
    v: 1,
    index: 41,
    id: '01KAJZHY40ABCDEFGHJKMNPQRS',
    type,
    at: '2025-11-21T08:00:00.000Z',
    writer: { boot: '0123456789abcdef', id: 'web-1', seq: 7 },
    data: { ...EVENTS[type].example },
  }
}

/** An event of a type with every member that an event may have, and all that can be revealed. */
export function fullEvent(type: EventType): LedgerEvent {
  return {
    ...bareEvent(type),
    actor: { id: 'p1_actor' },
    subject: { id: 'p1_subject' },
    target: { app: 'bank', route: '/accounts/:id', method: 'POST', resource: 'account-7' },
    authn: {
      factor: 'totp',
      authenticator: 'a1',
      strength: ['user_verified'],
      acr: 'urn:acr:high',
      amr: ['otp', 'mfa'],
      protocol: 'oidc',
    },
    net: { ip: '203.0.113.0/24', ipId: 'p1_address', hops: 1, country: 'DE', asn: 64_500 },
    device: { id: 'p1_device', known: true, browser: 'Chrome 142', os: 'Windows 11', type: 'desktop' },
    outcome: 'success',
    reason: 'cancelled',
    request: { id: 'r1', trace: '0af7651916cd43dd8448eb211c80319c', span: 'b7ad6b7169203331' },
    lineage: 'l1',
    flow: 'f1',
    stepUp: 's1',
    challenge: 'c1',
    tenant: 't1',
    sealed: { subject: 'k1', box: 'AAAA' },
    revealed: {
      ip: '203.0.113.7',
      userAgent: 'Mozilla/5.0',
      hints: '"Chromium";v="142"',
      region: 'DE-BE',
      'identity.name': 'Ada Lovelace',
      'identity.preferred_username': 'ada',
      'identity.email': 'ada@example.com',
      'identity.issuer': 'https://idp.example',
      'detail.label': 'My key',
    },
  }
}
