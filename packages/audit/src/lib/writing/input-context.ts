import type { DeviceContext, EventContext, Place, Target } from '../events/types.ts'
import { flag, joiningId, membersOf, optional, personal, text, whole } from './input-values.ts'

/** A part of what is said of an event, where what is not said stands as `undefined`. */
export type Said<T> = { readonly [K in keyof Required<T>]: T[K] }

/** What an event takes of a request. */
export interface SaidContext extends Pick<EventContext, 'requestId'> {
  readonly trace: EventContext['trace'] | undefined
  readonly net: EventContext['net'] | undefined
  readonly device: Said<DeviceContext> | undefined
  readonly place: Said<Place> | undefined
  readonly target: Said<Target> | undefined
}

/** Reads what was found out about a request; see `readInput`. */
export function readContext(value: unknown, name: string): SaidContext {
  const said = membersOf(value, name)
  return {
    requestId: text(said['requestId'], 'requestId'),
    trace: optional(readTrace, said['trace'], 'trace'),
    net: optional(readNet, said['net'], 'net'),
    device: optional(readDevice, said['device'], 'device'),
    place: optional(readPlace, said['place'], 'place'),
    target: optional(readTarget, said['target'], 'target'),
  }
}

/** Reads what was acted upon; see `readInput`. */
export function readTarget(value: unknown, name: string): Said<Target> {
  const said = membersOf(value, name)
  return {
    app: optional(text, said['app'], 'app'),
    method: optional(text, said['method'], 'method'),
    resource: optional(text, said['resource'], 'resource'),
    route: optional(text, said['route'], 'route'),
  }
}

function readTrace(value: unknown, name: string): NonNullable<EventContext['trace']> {
  const said = membersOf(value, name)
  return { id: text(said['id'], 'trace'), span: text(said['span'], 'span') }
}

function readNet(value: unknown, name: string): NonNullable<EventContext['net']> {
  const said = membersOf(value, name)
  return { ip: personal(said['ip'], 'ip'), hops: whole(said['hops'], 'hops') }
}

function readDevice(value: unknown, name: string): Said<DeviceContext> {
  const said = membersOf(value, name)
  return {
    id: joiningId(said['id'], 'id of the device'),
    known: flag(said['known'], 'known'),
    browser: optional(text, said['browser'], 'browser'),
    os: optional(text, said['os'], 'os'),
    type: optional(text, said['type'], 'type of the device'),
    userAgent: optional(personal, said['userAgent'], 'userAgent'),
    hints: optional(personal, said['hints'], 'hints'),
  }
}

function readPlace(value: unknown, name: string): Said<Place> {
  const said = membersOf(value, name)
  return {
    country: optional(text, said['country'], 'country'),
    region: optional(personal, said['region'], 'region'),
    asn: optional(whole, said['asn'], 'asn'),
  }
}
