export { openPlaces } from './lib/open-places.ts'
export type { Places, PlacesOptions } from './lib/open-places.ts'
