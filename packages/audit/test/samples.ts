import type { EventPayloads } from '../src/lib/events/event-payloads.ts'
import { EVENTS } from '../src/lib/events/registry.ts'

// The examples are typed one by one in the registry; making an object of them loses which belongs to which.
/** One payload of every event type: the registry's examples. */
export const SAMPLES: EventPayloads = Object.fromEntries(
  Object.entries(EVENTS).map(([type, { example }]) => [type, example]),
) as unknown as EventPayloads
