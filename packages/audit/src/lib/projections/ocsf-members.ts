import { compact, compactOrNothing, type JsonObject } from './compact.ts'
import { numberOf, textOf, textsOf, type EventFacts } from './event-facts.ts'
import type { ResolvedFormatOptions } from './format-options.ts'
import { entityOf } from './ocsf-entity.ts'
import { actorOf, endpointOf, neededEndpointOf, personOf } from './ocsf-people.ts'

const OTHER = 99
const OPENID = { auth_protocol_id: 4, auth_protocol: 'OpenID' } as const
const METHODS = ['CONNECT', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT', 'TRACE']
const FACTOR_TYPES: ReadonlyMap<string, number> = new Map([
  ['otp_sms', 1],
  ['totp', 7],
  ['otp_email', 8],
  ['webauthn', 10],
])
// What is proved beside the first door. Whoever has signed in anew, has the mailbox or a code on paper has proved no second
// factor by that.
const SECOND_FACTORS: ReadonlySet<string | undefined> = new Set(['otp_sms', 'totp', 'webauthn'])

/** The attributes that belong to one class. */
export function classMembersOf(classUid: number, facts: EventFacts, resolved: ResolvedFormatOptions): JsonObject {
  switch (classUid) {
    case 3001:
      return { user: personOf(facts), ...requestMembersOf(facts) }
    case 3002:
      return { ...authenticationOf(facts, resolved), ...requestMembersOf(facts) }
    case 3004:
      return { entity: entityOf(facts, resolved.origin), ...requestMembersOf(facts) }
    case 3005:
      return { user: personOf(facts), privileges: privilegesOf(facts), ...requestMembersOf(facts) }
    case 6002:
      return { app: appOf(facts, resolved) }
    case 6003:
      return { ...requestMembersOf(facts), ...apiActivityOf(facts, resolved) }
    default:
      return {}
  }
}

/** The method, if OCSF has it. */
export function ocsfMethodOf({ target }: EventFacts): string | undefined {
  return target.method !== undefined && METHODS.includes(target.method) ? target.method : undefined
}

function requestMembersOf(facts: EventFacts): JsonObject {
  const { request, target, revealed } = facts
  const http = {
    uid: request.id,
    http_method: ocsfMethodOf(facts),
    user_agent: revealed.userAgent,
    url: compactOrNothing({ path: target.route }),
  }
  return { src_endpoint: endpointOf(facts), http_request: compactOrNothing(http) }
}

function authenticationOf(facts: EventFacts, { origin, name }: ResolvedFormatOptions): JsonObject {
  const { event, factor, target, authn } = facts
  const isSecond = event.type === 'challenge.verified' && SECOND_FACTORS.has(factor)
  return {
    user: personOf(facts),
    service: { name: target.app ?? origin ?? name },
    session: compactOrNothing({ uid: textOf(event.lineage) }),
    auth_factors: factor === undefined || factor === 'oidc' ? undefined : [factorOf(factor)],
    is_mfa: isSecond || authn.amr?.includes('mfa') === true ? true : undefined,
    ...protocolOf(facts),
  }
}

function protocolOf({ event, authn }: EventFacts): JsonObject {
  if (authn.protocol === 'oidc' || event.type.startsWith('oidc.')) return OPENID
  return authn.protocol === undefined ? {} : { auth_protocol_id: OTHER, auth_protocol: authn.protocol }
}

function factorOf(factor: string): JsonObject {
  const type = { factor_type_id: FACTOR_TYPES.get(factor) ?? OTHER, factor_type: factor }
  return factor === 'totp' ? { ...type, is_totp: true } : type
}

// One list for both: OCSF 1.8 tells given from taken by the activity alone, and a change may do both.
function privilegesOf({ data }: EventFacts): readonly string[] {
  return [...(textsOf(data['added']) ?? []), ...(textsOf(data['removed']) ?? [])]
}

function appOf({ event, data }: EventFacts, { vendor, name, version }: ResolvedFormatOptions): JsonObject {
  const sink = event.type.startsWith('sink.') ? textOf(data['sink']) : undefined
  return sink === undefined ? { vendor_name: vendor, name, version } : { name: sink }
}

function apiActivityOf(facts: EventFacts, { name }: ResolvedFormatOptions): JsonObject {
  const { event, request, target, data } = facts
  const app = target.app ?? name
  const status = event.type === 'access.completed' ? numberOf(data['status']) : undefined
  const operation = [target.method, target.route].filter((text) => text !== undefined).join(' ')
  return {
    actor: actorOf(facts, app),
    src_endpoint: neededEndpointOf(facts, app),
    api: compact({
      operation: operation === '' ? event.type : operation,
      service: compactOrNothing({ name: target.app }),
      request: compactOrNothing({ uid: request.id }),
      response: compactOrNothing({ code: status }),
    }),
    http_response: compactOrNothing({ code: status }),
    resources: target.resource === undefined ? undefined : [{ name: target.resource }],
    trace: compactOrNothing({ uid: request.trace }),
  }
}
