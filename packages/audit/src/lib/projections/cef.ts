import { isIPv4 } from 'node:net'

import type { LedgerEvent } from '../events/types.ts'
import { formatCef, type CefPair } from './cef-text.ts'
import { factsOf, numberOf, textOf, type EventFacts } from './event-facts.ts'
import { resolveFormatOptions, type FormatOptions } from './format-options.ts'
import type { RevealedFacts } from './revealed-facts.ts'
import type { Severity } from './severity.ts'

const SEVERITIES: Readonly<Record<Severity, string>> = {
  informational: '1',
  low: '3',
  medium: '5',
  high: '8',
  critical: '10',
}

/** Names and values in order; what is `undefined` is left out. */
type Members = readonly (readonly [name: string, value: string | number | undefined])[]

/**
 * Writes an event as a CEF record: one line, without a line end and without a syslog header.
 *
 * What CEF has no name for stands under names that begin with `sallyport`.
 *
 * @param event The event as read, with what was revealed for this reader.
 * @param options Who makes the log.
 * @throws `AuditError` with `ERR_AUDIT_INPUT` for options out of bounds; never because of the event.
 * @see FORMATS.md; CEF Implementation Standard, version 25
 */
export function toCef(event: LedgerEvent, options?: FormatOptions): string {
  const { vendor, name, version, origin } = resolveFormatOptions(options)
  const facts = factsOf(event)
  const header = {
    vendor,
    product: name,
    deviceVersion: version,
    eventClassId: event.type,
    name: facts.spec.description,
    severity: SEVERITIES[facts.severity],
  }
  return formatCef(header, given([what(facts), who(facts), where(facts), custom(facts, origin)]))
}

function given(groups: readonly Members[]): readonly CefPair[] {
  const kept: CefPair[] = []
  for (const members of groups) {
    for (const [name, value] of members) if (value !== undefined) kept.push([name, String(value)])
  }
  return kept
}

function what({ event, spec, time, outcome, data }: EventFacts): Members {
  const isSpan = event.type === 'ledger.failures_coalesced'
  return [
    ['rt', time],
    ['externalId', event.id],
    ['cat', spec.ecs.category.join(',')],
    ['outcome', outcome],
    ['reason', textOf(event.reason)],
    ['start', isSpan ? numberOf(data['from']) : undefined],
    ['end', isSpan ? numberOf(data['to']) : undefined],
    ['cnt', isSpan ? numberOf(data['count']) : undefined],
  ]
}

function who({ actor, subject, revealed }: EventFacts): Members {
  return [
    ['suid', actor],
    ['suser', namesOf(revealed)[0]?.[1]],
    ['duid', subject],
  ]
}

function where({ net, device, request, target, writer, revealed }: EventFacts): Members {
  const { ip } = revealed
  const isOld = ip !== undefined && isIPv4(ip)
  return [
    ['src', isOld ? ip : undefined],
    ...labelled('c6a2', 'Source IPv6 Address', isOld ? undefined : ip),
    ['sallyportNetwork', net.network],
    ['sallyportSourceId', net.id],
    ['sallyportCountry', net.country],
    ['sallyportAsn', net.asn],
    ['sallyportHops', net.hops],
    ['sallyportDevice', device.id],
    ['sallyportDeviceKnown', device.known === undefined ? undefined : String(device.known)],
    ['sallyportBrowser', device.browser],
    ['sallyportOs', device.os],
    ['sallyportDeviceType', device.type],
    ['requestClientApplication', revealed.userAgent],
    ['request', target.route],
    ['requestMethod', target.method],
    ['sourceServiceName', target.app],
    ['sallyportResource', target.resource],
    ['sallyportRequestId', request.id],
    ['sallyportTrace', request.trace],
    ['sallyportSpan', request.span],
    ['deviceExternalId', writer.id],
  ]
}

function custom(facts: EventFacts, origin: string | undefined): Members {
  const { event, spec, authn, factor, data, revealed, writer, leaf } = facts
  return [
    ...labelled('cs1', 'factor', factor),
    ...labelled('cs2', 'challenge', textOf(event.challenge)),
    ...labelled('cs3', 'session lineage', textOf(event.lineage)),
    ...labelled('cs4', 'acr', authn.acr),
    ...labelled('cs5', 'tenant', textOf(event.tenant)),
    ...labelled('cs6', 'ledger index and leaf hash', leaf === undefined ? `${event.index}` : `${event.index} ${leaf}`),
    ...labelled('flexString1', 'OWASP event', spec.owasp),
    ...labelled('flexString2', 'flow', textOf(event.flow)),
    ['sallyportOrigin', origin],
    ['sallyportStepUp', textOf(event.stepUp)],
    ['sallyportAuthenticator', authn.authenticator],
    ['sallyportStrength', authn.strength?.join(',')],
    ['sallyportAmr', authn.amr?.join(',')],
    ['sallyportProtocol', authn.protocol],
    ['sallyportBoot', writer.boot],
    ['sallyportSeq', writer.seq],
    ['sallyportData', Object.keys(data).length > 0 ? JSON.stringify(data) : undefined],
    ['sallyportRevealed', othersOf(revealed)],
  ]
}

/** What is known of the person's name, the best for `suser` first. */
function namesOf({ email, userName, name }: RevealedFacts): readonly (readonly [string, string])[] {
  const names = [
    ['identity.email', email],
    ['identity.preferred_username', userName],
    ['identity.name', name],
  ] as const
  return names.flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const]))
}

// `suser` takes one name; the person's other names and the region have no place in CEF.
function othersOf(revealed: RevealedFacts): string | undefined {
  const { region, others } = revealed
  const [, ...names] = namesOf(revealed)
  const unplaced = { ...Object.fromEntries(names), ...(region === undefined ? {} : { region }), ...others }
  return Object.keys(unplaced).length > 0 ? JSON.stringify(unplaced) : undefined
}

function labelled(name: string, label: string, value: string | undefined): Members {
  if (value === undefined) return []
  return [
    [name, value],
    [`${name}Label`, label],
  ]
}
