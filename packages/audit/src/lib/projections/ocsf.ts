import type { LedgerEvent } from '../events/types.ts'
import { compact, type JsonObject } from './compact.ts'
import { factsOf, numberOf, textOf, type EventFacts } from './event-facts.ts'
import { resolveFormatOptions, type FormatOptions, type ResolvedFormatOptions } from './format-options.ts'
import { OCSF_CLASSES, OTHER_ACTIVITY } from './ocsf-classes.ts'
import { classMembersOf } from './ocsf-members.ts'
import { actorOf, deviceOf } from './ocsf-people.ts'
import { unmappedOf } from './ocsf-unmapped.ts'
import { OCSF_VERDICTS } from './ocsf-verdicts.ts'
import { SEVERITIES, type Severity } from './severity.ts'

const SEVERITY_NAMES: Readonly<Record<Severity, string>> = {
  informational: 'Informational',
  low: 'Low',
  medium: 'Medium',
  high: 'High',
  critical: 'Critical',
}
const STATUSES: ReadonlyMap<string, JsonObject> = new Map([
  ['unknown', { status_id: 0, status: 'Unknown' }],
  ['success', { status_id: 1, status: 'Success' }],
  ['failure', { status_id: 2, status: 'Failure' }],
])

/**
 * Gives an event as the Open Cybersecurity Schema Framework 1.8 has it, in the class that the registry names for its type;
 * what has no attribute there stands under `unmapped`.
 *
 * @param event The event as read, with what was revealed for this reader.
 * @param options Who makes the log.
 * @returns A JSON object; `formatEvent` writes it on one line.
 * @throws `AuditError` with `ERR_AUDIT_INPUT` for options out of bounds; never because of the event.
 * @see FORMATS.md; OCSF 1.8.0
 */
export function toOcsf(event: LedgerEvent, options?: FormatOptions): JsonObject {
  const resolved = resolveFormatOptions(options)
  const facts = factsOf(event)
  const typeUid = facts.spec.ocsf
  const classUid = Math.floor(typeUid / 100)
  const device = deviceOf(facts)
  return compact({
    ...classOf(event.type, typeUid, classUid),
    time: facts.time,
    message: facts.spec.description,
    severity_id: SEVERITIES.indexOf(facts.severity) + 1,
    severity: SEVERITY_NAMES[facts.severity],
    ...statusOf(facts),
    ...OCSF_VERDICTS[event.type],
    ...measuresOf(facts),
    metadata: metadataOf(facts, resolved, device !== undefined),
    actor: facts.isOwn ? undefined : actorOf(facts, resolved.name),
    device,
    ...classMembersOf(classUid, facts, resolved),
    unmapped: unmappedOf(classUid, facts),
  })
}

function classOf(type: string, typeUid: number, classUid: number): JsonObject {
  const known = OCSF_CLASSES[classUid]
  const activity = typeUid % 100
  return {
    category_uid: Math.floor(classUid / 1000),
    class_uid: classUid,
    class_name: known?.name,
    activity_id: activity,
    activity_name: activity === OTHER_ACTIVITY ? type : known?.activities[activity],
    type_uid: typeUid,
  }
}

function statusOf({ event, outcome, data }: EventFacts): JsonObject {
  const status = outcome === undefined ? {} : (STATUSES.get(outcome) ?? { status_id: 99, status: outcome })
  return { ...status, status_detail: textOf(event.reason), status_code: textOf(data['code']) }
}

function measuresOf({ event, data }: EventFacts): JsonObject {
  if (event.type === 'access.completed') return { duration: numberOf(data['durationMs']) }
  if (event.type !== 'ledger.failures_coalesced') return {}
  return { count: numberOf(data['count']), start_time: numberOf(data['from']), end_time: numberOf(data['to']) }
}

function metadataOf(facts: EventFacts, resolved: ResolvedFormatOptions, hasDevice: boolean): JsonObject {
  const { event, leaf } = facts
  const profiles = [
    ...(hasDevice ? ['host'] : []),
    ...(OCSF_VERDICTS[event.type] === undefined ? [] : ['security_control']),
  ]
  return compact({
    version: '1.8.0',
    product: productOf(resolved),
    uid: event.id,
    event_code: event.type,
    sequence: event.index,
    original_time: event.at,
    correlation_uid: textOf(event.flow),
    log_name: resolved.origin,
    tenant_uid: textOf(event.tenant),
    profiles: profiles.length > 0 ? profiles : undefined,
    tags: leaf === undefined ? undefined : [{ name: 'leaf_hash', value: leaf }],
  })
}

function productOf({ vendor, name, version }: ResolvedFormatOptions): JsonObject {
  return { vendor_name: vendor, name, version }
}
