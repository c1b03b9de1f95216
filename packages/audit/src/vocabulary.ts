export { EVENTS } from './lib/events/registry.ts'
export type { EventPayloads, EventType } from './lib/events/event-payloads.ts'
export type { EventSpec } from './lib/events/registry.ts'
