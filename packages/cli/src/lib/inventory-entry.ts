import { EVENTS, exampleCall, type EventSpec, type EventType } from '@sallyport/audit/vocabulary'

/** An event as `sallyport inventory --json` prints it. */
export interface InventoryEntry extends Omit<EventSpec, 'durability' | 'ocsf' | 'example'> {
  readonly type: EventType
  readonly class: EventSpec['durability']
  readonly ocsf: { readonly class_uid: number; readonly activity_id: number; readonly type_uid: number }
  /** A call that records it. */
  readonly example: string
}

/** Tells what the registry knows of an event, in the names of the formats where they have some. */
export function inventoryEntry(type: EventType): InventoryEntry {
  const { durability, description, retention, owasp, ocsf, ecs, caep, ...rest }: EventSpec = EVENTS[type]
  const { evidence, controls, fields, essential, waits } = rest
  return {
    type,
    class: durability,
    description,
    retention,
    owasp,
    ocsf: { class_uid: Math.floor(ocsf / 100), activity_id: ocsf % 100, type_uid: ocsf },
    ecs,
    ...(caep === undefined ? {} : { caep }),
    evidence,
    controls,
    fields,
    essential,
    ...(waits === undefined ? {} : { waits }),
    example: exampleCall(type),
  }
}
