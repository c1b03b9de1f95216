import { fileURLToPath } from 'node:url'

import { openPlaces, type Places } from '@sallyport/request-context/place'

/** Opens a free database of countries that comes with the example. Its makers ask for a word: the data is from nro.net. */
export async function openCountries(): Promise<Places> {
  const countries = import.meta.resolve('@ip-location-db/geo-whois-asn-country-mmdb/geo-whois-asn-country.mmdb')
  return await openPlaces({ databases: [fileURLToPath(countries)] })
}
