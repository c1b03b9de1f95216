import { eventTime } from '../events/event-id.ts'
import type { EventSpec } from '../events/event-spec.ts'
import { EVENTS } from '../events/registry.ts'
import type { LedgerEvent } from '../events/types.ts'
import type { JsonObject } from './compact.ts'
import { leafHexOf } from './leaf-hex.ts'
import { revealedFacts, type RevealedFacts } from './revealed-facts.ts'
import { severityOf, type Severity } from './severity.ts'

/**
 * An event as the formats need it: every member of the type it should be, or absent. The entry may be anybody's who could
 * write to the database, so nothing of it is believed but what `parseEntry` has checked.
 */
export interface EventFacts {
  readonly event: LedgerEvent
  readonly spec: EventSpec
  /** Milliseconds since the epoch. */
  readonly time: number
  readonly severity: Severity
  readonly leaf: string | undefined
  readonly outcome: string | undefined
  readonly actor: string | undefined
  readonly subject: string | undefined
  /** Where the application acted by itself: nobody asked, and no request came in. */
  readonly isOwn: boolean
  readonly factor: string | undefined
  readonly authn: AuthnFacts
  readonly net: NetFacts
  readonly device: DeviceFacts
  readonly request: RequestFacts
  readonly target: TargetFacts
  readonly writer: WriterFacts
  readonly data: JsonObject
  readonly revealed: RevealedFacts
}

interface AuthnFacts {
  readonly authenticator: string | undefined
  readonly strength: readonly string[] | undefined
  readonly acr: string | undefined
  readonly amr: readonly string[] | undefined
  readonly protocol: string | undefined
}

interface NetFacts {
  readonly network: string | undefined
  readonly id: string | undefined
  readonly hops: number | undefined
  readonly country: string | undefined
  readonly asn: number | undefined
}

interface DeviceFacts {
  readonly id: string | undefined
  readonly known: boolean | undefined
  readonly browser: string | undefined
  readonly os: string | undefined
  readonly type: string | undefined
}

interface RequestFacts {
  readonly id: string | undefined
  readonly trace: string | undefined
  readonly span: string | undefined
}

interface TargetFacts {
  readonly app: string | undefined
  readonly route: string | undefined
  readonly method: string | undefined
  readonly resource: string | undefined
}

interface WriterFacts {
  readonly boot: string | undefined
  readonly id: string | undefined
  readonly seq: number | undefined
}

/** Reads an event member by member; never throws. */
export function factsOf(event: LedgerEvent): EventFacts {
  const { actor, subject, authn, device, net, request, target, data } = event
  return {
    event,
    spec: EVENTS[event.type],
    time: timeOf(event),
    severity: severityOf(event),
    leaf: leafHexOf(event),
    outcome: textOf(event.outcome),
    actor: textOf(actor?.id),
    subject: textOf(subject?.id),
    isOwn: actor === undefined && subject === undefined && net === undefined && request === undefined,
    factor: textOf(authn?.factor) ?? textOf(data['factor']),
    authn: {
      authenticator: textOf(authn?.authenticator),
      strength: textsOf(authn?.strength),
      acr: textOf(authn?.acr),
      amr: textsOf(authn?.amr),
      protocol: textOf(authn?.protocol),
    },
    net: netFacts(net),
    device: {
      id: textOf(device?.id),
      known: typeof device?.known === 'boolean' ? device.known : undefined,
      browser: textOf(device?.browser),
      os: textOf(device?.os),
      type: textOf(device?.type),
    },
    request: { id: textOf(request?.id), trace: textOf(request?.trace), span: textOf(request?.span) },
    target: {
      app: textOf(target?.app),
      route: textOf(target?.route),
      method: textOf(target?.method),
      resource: textOf(target?.resource),
    },
    writer: writerFacts(event),
    data,
    revealed: revealedFacts(event.revealed),
  }
}

function netFacts(net: LedgerEvent['net']): NetFacts {
  return {
    network: textOf(net?.ip),
    id: textOf(net?.ipId),
    hops: numberOf(net?.hops),
    country: textOf(net?.country),
    asn: numberOf(net?.asn),
  }
}

function writerFacts({ writer }: LedgerEvent): WriterFacts {
  return { boot: textOf(writer.boot), id: textOf(writer.id), seq: numberOf(writer.seq) }
}

/** The text, if it is one that says something. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** The whole number, if it is one that every reader takes. */
export function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined
}

/** The texts of a list, if it has any. */
export function textsOf(value: unknown): readonly string[] | undefined {
  const texts: readonly string[] = Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
  return texts.length > 0 ? texts : undefined
}

function timeOf({ at, id }: LedgerEvent): number {
  const time = Date.parse(at)
  return Number.isNaN(time) ? (eventTime(id) ?? 0) : time
}
