import { isPermitted } from './permitted.ts'
import { createSearch, type Hit } from './search.ts'
import type { World } from './world.ts'

/** A secret that stands somewhere. */
export interface Found extends Hit {
  readonly kind: string
  readonly place: string
}

/** Searches every byte that was taken down, and gives each kind of secret once for each place. */
export function findAll({ places, canaries }: Pick<World, 'places' | 'canaries'>): readonly Found[] {
  const search = createSearch(canaries.all)
  const found = new Map<string, Found>()
  for (const { name: place, bytes } of places.all) {
    for (const hit of search(bytes)) found.set(`${hit.canary.kind} ${place}`, { ...hit, kind: hit.canary.kind, place })
  }
  return [...found.values()]
}

/** What is not where it may be, as lines that a person can go after. */
export function leaksOf(found: readonly Found[], isHere: (place: string) => boolean = isSearched): readonly string[] {
  return found
    .filter(({ kind, place }) => isSearched(place) && isHere(place) && !isPermitted(kind, place))
    .map(({ kind, place, form, around }) => `${kind} in ${place}, ${form}: ${around}`)
}

/** What is put in, and what leaks on purpose, is no finding. */
function isSearched(place: string): boolean {
  return !place.startsWith('input') && !place.includes('leaky')
}
