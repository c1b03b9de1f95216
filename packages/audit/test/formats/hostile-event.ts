import { record, dictionary, constant, constantFrom, oneof, integer, array, type Arbitrary } from 'fast-check'
import { EVENT_TYPES } from '../../src/lib/events/registry.ts'
import type { LedgerEvent } from '../../src/lib/events/types.ts'
import { fullEvent } from './event.ts'
import { hostileText } from './hostile-texts.ts'

const value = oneof(
  hostileText,
  array(hostileText, { maxLength: 2 }),
  integer(),
  constantFrom(true, null, 1.5, { a: '\u2028' }),
)
const names = ['ip', 'userAgent', 'hints', 'region', 'identity.name', 'identity.email', 'detail.label', '__proto__']

/** Events of every type of which each text is hostile, as whoever can write to the database might put them there. */
export const hostileEvent: Arbitrary<LedgerEvent> = record({
  type: constantFrom(...EVENT_TYPES),
  texts: array(oneof(hostileText, constant('')), { minLength: 12, maxLength: 12 }),
  values: array(value, { minLength: 20, maxLength: 20 }),
  data: dictionary(oneof(hostileText, constantFrom('factor', 'setting', 'issuer', 'sink', 'code')), value, {
    maxKeys: 4,
  }),
  revealed: dictionary(oneof(hostileText, constantFrom(...names)), hostileText, { maxKeys: 5 }),
}).map(({ type, texts, values, data, revealed }) => {
  const [actor, subject, address, device, request, outcome, reason, lineage, flow, stepUp, challenge, tenant] = texts
  const [app, route, method, resource, factor, authenticator, acr, amr, strength, protocol, ...rest] = values
  const [ip, hops, country, asn, browser, os, kind, known, trace, boot] = rest
  // Of an entry no more is known than what `parseEntry` looks at: the types are what the code must not rely on.
  const hostile: unknown = {
    ...fullEvent(type),
    actor: { id: actor },
    subject: { id: subject },
    target: { app, route, method, resource },
    authn: { factor, authenticator, acr, amr, strength, protocol },
    net: { ip, ipId: address, hops, country, asn },
    device: { id: device, browser, os, type: kind, known },
    request: { id: request, trace, span: trace },
    writer: { boot, id: app, seq: hops },
    at: outcome,
    outcome,
    reason,
    lineage,
    flow,
    stepUp,
    challenge,
    tenant,
    data,
    revealed,
  }
  return hostile as LedgerEvent
})
