export { normalizeAddress } from './lib/events/address.ts'
export { contextOf, currentContext, runInContext, setContext } from './lib/events/event-context.ts'
export type { DeviceContext, EventContext, Place, Who } from './lib/events/types.ts'
