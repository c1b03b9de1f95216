import type { LedgerEvent } from '../events/types.ts'
import { compact, compactOrNothing, type JsonObject } from './compact.ts'
import { factsOf, numberOf, textOf, type EventFacts } from './event-facts.ts'
import { resolveFormatOptions, type FormatOptions, type ResolvedFormatOptions } from './format-options.ts'
import { SEVERITIES } from './severity.ts'
import { VERSIONED } from './versioned.ts'

const NANOSECONDS = 1_000_000
const REGION_CODE = /^[A-Z]{2}-[A-Z0-9]{1,3}$/

/**
 * Gives an event as the Elastic Common Schema 9.4 has it; what has no field there stands under `sallyport`.
 *
 * @param event The event as read, with what was revealed for this reader.
 * @param options Who makes the log.
 * @returns A JSON object; `formatEvent` writes it on one line.
 * @throws `AuditError` with `ERR_AUDIT_INPUT` for options out of bounds; never because of the event.
 * @see FORMATS.md; ECS 9.4.0
 */
export function toEcs(event: LedgerEvent, options?: FormatOptions): JsonObject {
  const resolved = resolveFormatOptions(options)
  const facts = factsOf(event)
  const { spec, request, target, writer } = facts
  return compact({
    '@timestamp': new Date(facts.time).toISOString(),
    ecs: { version: '9.4.0' },
    message: spec.description,
    event: eventOf(facts),
    error: compactOrNothing({ code: textOf(facts.data['code']) }),
    user: userOf(facts),
    source: sourceOf(facts),
    user_agent: userAgentOf(facts),
    device: compactOrNothing({ id: facts.device.id, type: facts.device.type }),
    related: relatedOf(facts),
    http: httpOf(facts),
    url: compactOrNothing({ path: target.route }),
    trace: compactOrNothing({ id: request.trace }),
    span: compactOrNothing({ id: request.span }),
    organization: compactOrNothing({ id: textOf(event.tenant) }),
    service: compactOrNothing({ name: target.app, node: compactOrNothing({ name: writer.id }) }),
    observer: { vendor: resolved.vendor, product: resolved.name, version: resolved.version },
    sallyport: ownOf(facts, resolved),
  })
}

function eventOf({ event, spec, severity, leaf, outcome, data }: EventFacts): JsonObject {
  const milliseconds = event.type === 'access.completed' ? numberOf(data['durationMs']) : undefined
  return compact({
    kind: 'event',
    category: spec.ecs.category,
    type: spec.ecs.type,
    action: event.type,
    code: spec.owasp,
    outcome: isOutcome(outcome) ? outcome : undefined,
    reason: textOf(event.reason),
    severity: SEVERITIES.indexOf(severity) + 1,
    id: event.id,
    sequence: event.index,
    hash: leaf,
    duration: milliseconds === undefined ? undefined : milliseconds * NANOSECONDS,
    module: 'sallyport',
    dataset: 'sallyport.audit',
    provider: 'sallyport',
  })
}

function isOutcome(outcome: string | undefined): boolean {
  return outcome === 'success' || outcome === 'failure' || outcome === 'unknown'
}

// `user.hash` is where ECS looks for a name that says nobody; `user.id` is what its rules join by.
function userOf({ actor, subject, revealed }: EventFacts): JsonObject | undefined {
  return compactOrNothing({
    id: actor,
    hash: actor,
    name: revealed.userName,
    full_name: revealed.name,
    email: revealed.email,
    target: compactOrNothing({ id: subject, hash: subject }),
  })
}

function sourceOf({ net, revealed }: EventFacts): JsonObject | undefined {
  const { ip, region } = revealed
  const isCode = region !== undefined && REGION_CODE.test(region)
  return compactOrNothing({
    address: ip ?? net.network,
    ip,
    as: compactOrNothing({ number: net.asn }),
    geo: compactOrNothing({
      country_iso_code: net.country,
      region_iso_code: isCode ? region : undefined,
      region_name: isCode ? undefined : region,
    }),
  })
}

function userAgentOf({ device, revealed }: EventFacts): JsonObject | undefined {
  const [, name = device.browser, version] = VERSIONED.exec(device.browser ?? '') ?? []
  return compactOrNothing({
    original: revealed.userAgent,
    name,
    version,
    os: compactOrNothing({ full: device.os }),
  })
}

function relatedOf({ actor, subject, revealed }: EventFacts): JsonObject | undefined {
  const users = [actor, subject, revealed.userName, revealed.email].filter((name) => name !== undefined)
  return compactOrNothing({
    user: users.length > 0 ? [...new Set(users)] : undefined,
    ip: revealed.ip === undefined ? undefined : [revealed.ip],
  })
}

function httpOf({ event, request, target, data }: EventFacts): JsonObject | undefined {
  const status = event.type === 'access.completed' ? numberOf(data['status']) : undefined
  return compactOrNothing({
    request: compactOrNothing({ id: request.id, method: target.method }),
    response: compactOrNothing({ status_code: status }),
  })
}

/** What ECS has no field for. */
function ownOf(facts: EventFacts, { origin }: ResolvedFormatOptions): JsonObject {
  const { event, authn, net, device, target, writer, data, revealed } = facts
  return compact({
    origin,
    flow: textOf(event.flow),
    lineage: textOf(event.lineage),
    step_up: textOf(event.stepUp),
    challenge: textOf(event.challenge),
    factor: facts.factor,
    authenticator: authn.authenticator,
    strength: authn.strength,
    acr: authn.acr,
    amr: authn.amr,
    protocol: authn.protocol,
    network: net.network,
    address_id: net.id,
    hops: net.hops,
    device_known: device.known,
    resource: target.resource,
    boot: writer.boot,
    seq: writer.seq,
    data: keywordsOf(data),
    revealed: revealed.others,
  })
}

/**
 * A payload in which every value is a text or a list of texts. A field of an index has one type, and payloads of different
 * events use one name for different things.
 */
function keywordsOf(data: JsonObject): JsonObject | undefined {
  const entries = Object.entries(data).map(([name, value]) => [name, keywordOf(value)] as const)
  return entries.length > 0 ? Object.fromEntries(entries) : undefined
}

function keywordOf(value: unknown): string | readonly string[] {
  if (Array.isArray(value)) return value.map((item: unknown) => wordOf(item))
  return wordOf(value)
}

function wordOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
