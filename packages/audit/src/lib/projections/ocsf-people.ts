import { compact, compactOrNothing, type JsonObject } from './compact.ts'
import { textOf, type EventFacts } from './event-facts.ts'
import { VERSIONED } from './versioned.ts'

const UNKNOWN = { name: 'unknown', type: 'Unknown', type_id: 0 } as const
const OTHER = 99

const DEVICE_TYPES: ReadonlyMap<string, number> = new Map([
  ['desktop', 2],
  ['tablet', 4],
  ['mobile', 5],
])
const SYSTEM_TYPES: ReadonlyMap<string, number> = new Map([
  ['Windows', 100],
  ['Linux', 200],
  ['Android', 201],
  ['macOS', 300],
  ['iOS', 301],
])

/** The actor as a `user`; one that nobody knows yet is `unknown`. */
function actorUserOf({ actor, revealed }: EventFacts): JsonObject {
  const { userName, name, email } = revealed
  const known = actor !== undefined || userName !== undefined
  return compact({ ...(known ? { uid: actor, name: userName } : UNKNOWN), full_name: name, email_addr: email })
}

/** Whom the event is about as a `user`: the person that something was done to, else the actor. */
export function personOf(facts: EventFacts): JsonObject {
  return facts.subject === undefined ? actorUserOf(facts) : { uid: facts.subject }
}

/** Who acted; the application itself where nobody asked. */
export function actorOf(facts: EventFacts, app: string): JsonObject {
  if (facts.isOwn) return { app_name: app }
  return compact({ user: actorUserOf(facts), session: compactOrNothing({ uid: textOf(facts.event.lineage) }) })
}

/** Where a request came from; a shortened network is no address, and has its place in `device.subnet`. */
export function endpointOf({ net, revealed }: EventFacts): JsonObject | undefined {
  const { ip, region } = revealed
  const isNamed = net.id !== undefined || ip !== undefined
  const place = {
    location: compactOrNothing({ country: net.country, region }),
    autonomous_system: compactOrNothing({ number: net.asn }),
  }
  const endpoint = compactOrNothing({ uid: net.id, ip, ...place })
  return endpoint === undefined || isNamed ? endpoint : { name: UNKNOWN.name, ...endpoint }
}

/** Where it came from, for a class that has to have it. */
export function neededEndpointOf(facts: EventFacts, app: string): JsonObject {
  if (facts.isOwn) return compact({ svc_name: app, instance_uid: facts.writer.id })
  return endpointOf(facts) ?? { name: UNKNOWN.name }
}

/** The browser. */
export function deviceOf({ device, net }: EventFacts): JsonObject | undefined {
  if (device.id === undefined) return undefined
  return compact({
    uid: device.id,
    type: device.type ?? UNKNOWN.type,
    type_id: device.type === undefined ? UNKNOWN.type_id : (DEVICE_TYPES.get(device.type) ?? OTHER),
    os: systemOf(device.os),
    subnet: net.network,
  })
}

function systemOf(system: string | undefined): JsonObject | undefined {
  if (system === undefined) return undefined
  const [, name = system, version] = VERSIONED.exec(system) ?? []
  return compact({ name, version, type_id: SYSTEM_TYPES.get(name) ?? OTHER })
}
