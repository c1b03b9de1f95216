import { compact, type JsonObject } from './compact.ts'
import { textOf, type EventFacts } from './event-facts.ts'
import { OCSF_CLASSES } from './ocsf-classes.ts'
import { ocsfMethodOf } from './ocsf-members.ts'

const AUTHENTICATION = 3002
const API_ACTIVITY = 6003

/** What OCSF, or the event's class, has no attribute for. */
export function unmappedOf(classUid: number, facts: EventFacts): JsonObject {
  const { event, spec, authn, net, device, request, target, writer, data, revealed } = facts
  const isApi = classUid === API_ACTIVITY
  return compact({
    owasp: spec.owasp,
    lineage: textOf(event.lineage),
    step_up: textOf(event.stepUp),
    challenge: textOf(event.challenge),
    subject: facts.subject,
    factor: facts.factor,
    authenticator: authn.authenticator,
    strength: authn.strength,
    acr: authn.acr,
    amr: authn.amr,
    protocol: authn.protocol,
    network: net.network,
    hops: net.hops,
    device_known: device.known,
    browser: device.browser,
    app: isApi || classUid === AUTHENTICATION ? undefined : target.app,
    method: ocsfMethodOf(facts) === undefined ? target.method : undefined,
    resource: isApi ? undefined : target.resource,
    trace: isApi ? undefined : request.trace,
    span: request.span,
    ...(OCSF_CLASSES[classUid]?.hasRequest === true ? {} : requestOf(facts)),
    writer: compact({ id: writer.id, boot: writer.boot, seq: writer.seq }),
    data: Object.keys(data).length > 0 ? data : undefined,
    revealed: revealed.others,
  })
}

/** What classes without a request have no place for. */
function requestOf({ net, request, target, revealed }: EventFacts): JsonObject {
  return {
    address_id: net.id,
    address: revealed.ip,
    country: net.country,
    asn: net.asn,
    region: revealed.region,
    user_agent: revealed.userAgent,
    request: request.id,
    method: target.method,
    route: target.route,
  }
}
