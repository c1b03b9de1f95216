import type { RetentionClass } from '../retention/retention-contract.ts'
import { controlsOf, type Evidence } from './controls.ts'
import type { EventPayloads, EventType } from './event-payloads.ts'

/** What recording an event may cost its cause: see `EventSpec.durability`. */
export type Durability = 'barrier' | 'durable' | 'counted'

/**
 * How a field stands in the entry. `clear`: as it is, and never personal by itself. `pseudonym`: a keyed name that finds
 * and joins, and says nobody. `digest`: a hash of something public or large. `sealed`: in the envelope under a person's key.
 * There is no class for what must never be recorded: it has no field.
 */
export type FieldPrivacy = 'clear' | 'pseudonym' | 'digest' | 'sealed'

/** What the registry knows of one event type. */
export interface EventSpec<T extends EventType = EventType> {
  /** One sentence for the person who reads the inventory. */
  readonly description: string
  /**
   * `barrier`: on disk together with the state change, or the action is refused. `durable`: awaited within a budget.
   * `counted`: never waited for; under pressure its number is recorded instead of its content.
   */
  readonly durability: Durability
  /** Levels cannot leave it out. */
  readonly essential: boolean
  /** What its personal data is kept for. */
  readonly retention: RetentionClass
  /** The OWASP Logging Vocabulary's name, or one of `OWN_NAMES` where it has none. */
  readonly owasp: string
  /** OCSF 1.8 `type_uid`: class × 100 + activity. */
  readonly ocsf: number
  /** ECS 9.4 `event.category` and `event.type`. */
  readonly ecs: EcsNames
  /**
   * The Shared Signals event (CAEP, or RISC where CAEP has none) that says the same to another service. Several events of
   * one flow may have the same one: a transmitter says it once a flow.
   */
  readonly caep?: string
  /** The families of events that auditors ask for. */
  readonly evidence: readonly Evidence[]
  /** The requirements that the event is evidence for; they follow from the families. */
  readonly controls: readonly string[]
  /** The privacy class of each field of the payload; what every event may have is in `COMMON_FIELDS`. */
  readonly fields: Readonly<Record<keyof EventPayloads[T], FieldPrivacy>>
  readonly example: EventPayloads[T]
  /** What records it, where no package of today does. */
  readonly waits?: string
}

/** ECS names; both are lists there. */
export interface EcsNames {
  readonly category: readonly string[]
  readonly type: readonly string[]
}

/** The events whose names begin with one of the areas. */
export type AreaEvents<Area extends string> = {
  readonly [T in Extract<EventType, `${Area}.${string}`>]: EventSpec<T>
}

/** What an area's file says of an event; the rest follows. */
type EventFacts<T extends EventType> = Omit<EventSpec<T>, 'durability' | 'essential' | 'controls'>

/** An event that accompanies a record write: in the same commit, or the action is refused. */
export function barrier<T extends EventType>(facts: EventFacts<T>): EventSpec<T> {
  return { ...facts, durability: 'barrier', essential: true, controls: controlsOf(facts.evidence) }
}

/** An event that is awaited within a budget, and that levels may leave out. */
export function durable<T extends EventType>(facts: EventFacts<T>): EventSpec<T> {
  return { ...facts, durability: 'durable', essential: false, controls: controlsOf(facts.evidence) }
}

/** An event that is awaited within a budget; what a ledger without it could not be trusted for. */
export function essential<T extends EventType>(facts: EventFacts<T>): EventSpec<T> {
  return { ...facts, durability: 'durable', essential: true, controls: controlsOf(facts.evidence) }
}

/** An event that is never waited for. */
export function counted<T extends EventType>(facts: EventFacts<T>): EventSpec<T> {
  return { ...facts, durability: 'counted', essential: false, controls: controlsOf(facts.evidence) }
}

/** Makes ECS names of one category. */
export function ecs(category: string, ...type: readonly string[]): EcsNames {
  return { category: [category], type }
}
