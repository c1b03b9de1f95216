import type { Place } from '@sallyport/audit/context'

const MAX_ASN = 4_294_967_295

/** What a database or a function says of a place, before anybody has looked at it. */
export interface ClaimedPlace {
  readonly country?: unknown
  readonly region?: unknown
  readonly asn?: unknown
}

/**
 * Takes of a claimed place what has the right form; the country and the network stand in clear in the ledger.
 *
 * @param claimed From a database of networks or from the application's own function.
 * @returns The place, or `undefined` when nothing of it is left.
 */
export function placeFrom({ country, region, asn }: ClaimedPlace): Place | undefined {
  const place: Place = {
    ...(isCountry(country) ? { country } : {}),
    ...(isRegion(region) ? { region } : {}),
    ...(isAsn(asn) ? { asn } : {}),
  }
  return Object.keys(place).length === 0 ? undefined : place
}

// ZZ and XX are what some databases write for "unknown".
function isCountry(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Z]{2}$/.test(value) && value !== 'ZZ' && value !== 'XX'
}

function isRegion(value: unknown): value is string {
  return typeof value === 'string' && value.length >= 1 && value.length <= 64 && !/[\p{Cc}\p{Cf}\p{Cs}]/u.test(value)
}

function isAsn(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= MAX_ASN
}
