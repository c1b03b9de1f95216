import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { formatMmdb } from '../../test/format-mmdb.ts'
import type { MmdbNetwork } from '../../test/format-mmdb.ts'
import { openPlaces } from './open-places.ts'
import type { Places } from './open-places.ts'

const COUNTRIES = fileURLToPath(
  import.meta.resolve('@ip-location-db/geo-whois-asn-country-mmdb/geo-whois-asn-country.mmdb'),
)
const UNREADABLE: unknown = expect.objectContaining({ code: 'ERR_REQUEST_CONTEXT_DATABASE' })

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'places-'))
  onTestFinished(() => rm(path, { recursive: true }))
  return path
}

/** Opens databases that hold these networks, the first one asked first. */
async function open(...databases: readonly (readonly MmdbNetwork[])[]): Promise<Places> {
  const path = await folder()
  const paths = databases.map((_, number) => join(path, `${number}.mmdb`))
  for (const [number, networks] of databases.entries()) await writeFile(paths[number] ?? '', formatMmdb(networks))
  return await openPlaces({ databases: paths })
}

describe('openPlaces', () => {
  test('finds countries in the free database from npm, for both kinds of addresses', async () => {
    const { placeOf } = await openPlaces({ databases: [COUNTRIES] })

    expect([placeOf('8.8.8.8'), placeOf('193.99.144.80'), placeOf('2001:4860:4860::8888')]).toEqual([
      { country: 'US' },
      { country: 'DE' },
      { country: 'US' },
    ])
  })

  test.each(['127.0.0.1', '10.0.0.1', '203.0.113.9', '::1', 'fe80::1', 'unknown', '', '8.8.8.8:53'])(
    'finds %j nowhere',
    async (ip) => {
      const { placeOf } = await openPlaces({ databases: [COUNTRIES] })

      expect(placeOf(ip)).toBeUndefined()
    },
  )

  test('finds IPv6 addresses nowhere in a database of IPv4 networks, and goes on to the next', async () => {
    const path = await folder()
    await writeFile(join(path, '4.mmdb'), formatMmdb([['42.0.0.0/8', { country_code: 'CN' }]]))
    const only = await openPlaces({ databases: [join(path, '4.mmdb')] })
    const both = await openPlaces({ databases: [join(path, '4.mmdb'), COUNTRIES] })

    // 2a00 are the same first bits as 42.0.
    const google = '2a00:1450:4001:80b::200e'
    expect([only.placeOf(google), only.placeOf('42.1.1.1'), both.placeOf(google)]).toEqual([
      undefined,
      { country: 'CN' },
      { country: 'IE' },
    ])
  })

  test('reads country, region and network of the layouts that are in use', async () => {
    const { placeOf } = await open([
      [
        '8.0.0.0/8',
        {
          country: { iso_code: 'DE' },
          subdivisions: [{ iso_code: 'BE' }],
          traits: { autonomous_system_number: 64_496 },
        },
      ],
      ['9.0.0.0/8', { country_code: 'FR', state1: 'Bretagne' }],
      ['11.0.0.0/8', { autonomous_system_number: 64_497, autonomous_system_organization: 'Example' }],
      ['12.0.0.0/8', { country: { iso_code: 'AT' }, subdivisions: [{ names: { en: 'Tyrol' } }] }],
    ])

    expect(['8.1.1.1', '9.1.1.1', '11.1.1.1', '12.1.1.1', '13.1.1.1'].map(placeOf)).toEqual([
      { country: 'DE', region: 'DE-BE', asn: 64_496 },
      { country: 'FR', region: 'Bretagne' },
      { asn: 64_497 },
      { country: 'AT', region: 'Tyrol' },
      undefined,
    ])
  })

  test('asks the next database for what one does not know, and takes country and region of the same one', async () => {
    const { placeOf } = await open(
      [['8.0.0.0/8', { country_code: 'DE' }]],
      [['8.0.0.0/8', { country_code: 'FR', state1: 'Bretagne', autonomous_system_number: 64_496 }]],
    )

    expect(placeOf('8.1.1.1')).toEqual({ country: 'DE', asn: 64_496 })
  })

  test('leaves out what has no right form', async () => {
    const { placeOf } = await open([
      ['8.0.0.0/8', { country_code: 'Germany', autonomous_system_number: 64_496 }],
      ['9.0.0.0/8', { country: 'FR', subdivisions: 'Bretagne' }],
    ])

    expect([placeOf('8.1.1.1'), placeOf('9.1.1.1')]).toEqual([{ asn: 64_496 }, undefined])
  })

  test('finds no place in a damaged part of a file, and does not throw', async () => {
    const path = join(await folder(), 'damaged.mmdb')
    await writeFile(path, formatMmdb([['8.0.0.0/8', { country_code: 'DE' }]], { dataOffset: 5_000 }))
    const { placeOf } = await openPlaces({ databases: [path] })

    expect(placeOf('8.1.1.1')).toBeUndefined()
  })

  test('reads a newer file in place of the old one when it is told to', async () => {
    const path = join(await folder(), 'a.mmdb')
    await writeFile(path, formatMmdb([['8.0.0.0/8', { country_code: 'DE' }]]))
    const places = await openPlaces({ databases: [path] })

    await writeFile(path, formatMmdb([['8.0.0.0/8', { country_code: 'FR' }]]))
    const before = places.placeOf('8.1.1.1')
    await places.reload()

    expect([before, places.placeOf('8.1.1.1')]).toEqual([{ country: 'DE' }, { country: 'FR' }])
  })

  test('goes on with what it has when the newer file cannot be read', async () => {
    const path = join(await folder(), 'a.mmdb')
    await copyFile(COUNTRIES, path)
    const places = await openPlaces({ databases: [path] })
    await writeFile(path, 'half of it')

    await expect(places.reload()).rejects.toThrow(UNREADABLE)

    expect(places.placeOf('8.8.8.8')).toEqual({ country: 'US' })
  })

  test('finds nothing once it is closed, also when it was reading anew', async () => {
    const places = await openPlaces({ databases: [COUNTRIES] })
    const reading = places.reload()
    places.close()
    await reading

    expect(places.placeOf('8.8.8.8')).toBeUndefined()
  })
})

describe('openPlaces at start-up', () => {
  test('names the file that cannot be read and what to do', async () => {
    const path = join(await folder(), 'absent.mmdb')

    await expect(openPlaces({ databases: [path] })).rejects.toThrow(path)
    await expect(openPlaces({ databases: [path] })).rejects.toThrow(UNREADABLE)
  })

  test('says what to install when maxmind is not there', async () => {
    vi.doMock('maxmind', () => Promise.reject(new Error('not found')))
    onTestFinished(() => vi.doUnmock('maxmind'))

    await expect(openPlaces({ databases: ['a.mmdb'] })).rejects.toThrow('pnpm add maxmind')
  })

  test.each([
    ['text', 'country,DE\n'],
    ['nothing', ''],
    ['a packed file', Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0])],
  ])('refuses a file of %s', async (_what, bytes) => {
    const path = join(await folder(), 'wrong.mmdb')
    await writeFile(path, bytes)

    await expect(openPlaces({ databases: [path] })).rejects.toThrow(UNREADABLE)
  })

  test.each([
    ['no options', undefined],
    ['no databases', {}],
    ['an empty list', { databases: [] }],
    ['a path that is no list', { databases: 'a.mmdb' }],
    ['an empty path', { databases: [''] }],
    ['too many', { databases: Array.from({ length: 9 }, () => 'a.mmdb') }],
    ['an unknown option', { databases: ['a.mmdb'], watch: true }],
  ])('refuses %s', async (_what, options) => {
    await expect(Reflect.apply(openPlaces, undefined, [options])).rejects.toThrow(
      expect.objectContaining({ code: 'ERR_REQUEST_CONTEXT_OPTIONS' }),
    )
  })
})
