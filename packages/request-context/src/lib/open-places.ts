// Everything that maxmind does for us; no other file knows it.

import { isIP, isIPv6 } from 'node:net'
import type { Place } from '@sallyport/audit/context'
import { RequestContextError } from './errors.ts'
import { demand, refuseUnknown } from './judge-options.ts'
import { placeFrom } from './place-value.ts'
import { isPublicAddress } from './public-address.ts'

/** What `openPlaces` needs. */
export interface PlacesOptions {
  /**
   * Paths of 1 to 8 MMDB files; required. What one does not know of an address, the next is asked: a file of countries
   * and one of networks make a whole.
   */
  readonly databases: readonly string[]
}

/** Databases of networks, read into memory. */
export interface Places {
  /**
   * Looks up where an address is; the option `place` of `requestContext` takes it as it is. Never throws.
   *
   * @param ip An address; private, reserved and malformed ones are nowhere.
   * @returns What is known of it, or `undefined`.
   */
  readonly placeOf: (ip: string) => Place | undefined
  /**
   * Reads the files again, for whoever has put newer ones in their place. Until all are read, and when one cannot be,
   * the old ones go on; then it rejects with `ERR_REQUEST_CONTEXT_DATABASE`.
   */
  readonly reload: () => Promise<void>
  /** Lets go of the memory; from then on every address is nowhere. */
  readonly close: () => void
}

interface Database {
  readonly metadata: { readonly ipVersion: number }
  get(ip: string): unknown
}

/**
 * Opens databases of networks in the MMDB format, so that the ledger says from which country, region and network a request
 * came. Layouts of MaxMind (GeoLite2, GeoIP2) and flat ones (`country_code`) are understood.
 *
 * A place is a hint: databases err, and whoever wants to be elsewhere uses a VPN. Nothing in this product grants anything for it.
 *
 * @param options See `PlacesOptions`.
 * @returns The open databases. They take as much memory as the files are long.
 * @throws RequestContextError `ERR_REQUEST_CONTEXT_OPTIONS`; `ERR_REQUEST_CONTEXT_DATABASE` for a file that cannot be read, or
 * when the package `maxmind` is not installed.
 * @see MaxMind DB File Format Specification 2.0
 * @example
 * const places = await openPlaces({ databases: ['/var/lib/geo/country.mmdb', '/var/lib/geo/asn.mmdb'] })
 * app.use(requestContext({ keyring, place: places.placeOf }))
 */
export async function openPlaces(options: PlacesOptions): Promise<Places> {
  const paths = judgePaths(options)
  let databases = await openAll(paths)
  let isOpen = true
  return {
    placeOf: (ip) => (isIP(ip) !== 0 && isPublicAddress(ip) ? lookUp(databases, ip) : undefined),
    reload: async () => {
      const read = await openAll(paths)
      if (isOpen) databases = read
    },
    close: () => {
      isOpen = false
      databases = []
    },
  }
}

function judgePaths(options: PlacesOptions): readonly string[] {
  refuseUnknown('openPlaces', options, ['databases'])
  const { databases } = options
  demand(
    Array.isArray(databases) && databases.length >= 1 && databases.length <= 8,
    'The option databases of openPlaces is a list of 1 to 8 paths of MMDB files.',
  )
  for (const path of databases)
    demand(typeof path === 'string' && path !== '', 'Each of the databases of openPlaces is the path of an MMDB file.')
  return [...databases]
}

async function openAll(paths: readonly string[]): Promise<readonly Database[]> {
  const { open } = await loadMaxmind()
  return await Promise.all(
    paths.map(async (path) => await open(path).catch((cause: unknown) => unreadable(path, cause))),
  )
}

// Loaded on demand: whoever looks up no places need not install it.
async function loadMaxmind(): Promise<{ readonly open: (path: string) => Promise<Database> }> {
  try {
    return await import('maxmind')
  } catch (cause) {
    const message = 'openPlaces needs the package maxmind beside @sallyport/request-context: pnpm add maxmind.'
    throw new RequestContextError('ERR_REQUEST_CONTEXT_DATABASE', message, { cause })
  }
}

function unreadable(path: string, cause: unknown): never {
  throw new RequestContextError(
    'ERR_REQUEST_CONTEXT_DATABASE',
    `The database ${path} cannot be read: databases of openPlaces are unpacked files in the MMDB format. ` +
      'Check that the file is there, may be read, and ends in .mmdb, not in .tar.gz or .csv.',
    { cause },
  )
}

function lookUp(databases: readonly Database[], ip: string): Place | undefined {
  const found = databases.map((database) => readOne(database, ip))
  // Country and region of one and the same file: two of them may disagree.
  const located = found.find((place) => place?.country !== undefined)
  const asn = found.find((place) => place?.asn !== undefined)?.asn
  return placeFrom({ country: located?.country, region: located?.region, asn })
}

function readOne(database: Database, ip: string): Place | undefined {
  // A tree of IPv4 networks would be walked by the first bits of the longer address, to some other network.
  if (database.metadata.ipVersion === 4 && isIPv6(ip)) return undefined
  try {
    const record: unknown = database.get(ip)
    const country = member(member(record, 'country'), 'iso_code') ?? member(record, 'country_code')
    return placeFrom({ country, region: regionOf(record, country), asn: asnOf(record) })
  } catch {
    // A damaged file must not keep anybody out.
    return undefined
  }
}

function regionOf(record: unknown, country: unknown): unknown {
  const [subdivision]: readonly unknown[] = list(member(record, 'subdivisions'))
  const code = member(subdivision, 'iso_code')
  if (typeof country === 'string' && typeof code === 'string' && /^[A-Z0-9]{1,3}$/.test(code))
    return `${country}-${code}`
  return member(member(subdivision, 'names'), 'en') ?? member(record, 'state1')
}

function asnOf(record: unknown): unknown {
  return member(record, 'autonomous_system_number') ?? member(member(record, 'traits'), 'autonomous_system_number')
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}
