import { isIP } from 'node:net'

/** What a reveal policy opened, by where formats have a place for it. */
export interface RevealedFacts {
  readonly ip: string | undefined
  readonly userAgent: string | undefined
  readonly region: string | undefined
  readonly name: string | undefined
  readonly userName: string | undefined
  readonly email: string | undefined
  /** All other names, such as `hints`, `identity.subject` and `detail.label`. */
  readonly others: Readonly<Record<string, string>> | undefined
}

type Place = Exclude<keyof RevealedFacts, 'others'>

const PLACES: ReadonlyMap<string, Place> = new Map([
  ['ip', 'ip'],
  ['userAgent', 'userAgent'],
  ['region', 'region'],
  ['identity.name', 'name'],
  ['identity.preferred_username', 'userName'],
  ['identity.email', 'email'],
])
const NOTHING: RevealedFacts = {
  ip: undefined,
  userAgent: undefined,
  region: undefined,
  name: undefined,
  userName: undefined,
  email: undefined,
  others: undefined,
}

/** Sorts what was opened; an address that is none is kept among the others. */
export function revealedFacts(revealed: Readonly<Record<string, string>> | undefined): RevealedFacts {
  if (revealed === undefined) return NOTHING
  const placed: Partial<Record<Place, string>> = {}
  const others: (readonly [string, string])[] = []
  for (const [name, value] of Object.entries(revealed)) {
    const place = PLACES.get(name)
    if (place === undefined || (place === 'ip' && !isAddress(value))) others.push([name, value])
    else placed[place] = value
  }
  return { ...NOTHING, ...placed, others: others.length > 0 ? Object.fromEntries(others) : undefined }
}

// Fields for addresses know no zones, such as `%eth0`; one such value makes Elasticsearch refuse the whole event.
function isAddress(value: string): boolean {
  return isIP(value) !== 0 && !value.includes('%')
}
