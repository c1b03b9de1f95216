import { describe, expect, test } from 'vitest'
import { placeFrom } from './place-value.ts'

describe('placeFrom', () => {
  test('takes country, region and network in their right form', () => {
    const place = { country: 'DE', region: 'DE-BE', asn: 64_496 }

    expect(placeFrom(place)).toEqual(place)
  })

  test.each([
    ['a country in small letters', { country: 'de' }],
    ['a country of three letters', { country: 'DEU' }],
    ['the unknown country', { country: 'ZZ' }],
    ['a country that is no text', { country: 49 }],
    ['an empty region', { region: '' }],
    ['an endless region', { region: 'x'.repeat(65) }],
    ['a region of several lines', { region: 'a\r\nb' }],
    ['a region that changes direction', { region: 'a\u202eb' }],
    ['network 0', { asn: 0 }],
    ['a network beyond 32 bits', { asn: 4_294_967_296 }],
    ['half a network', { asn: 1.5 }],
    ['a network as text', { asn: '64496' }],
  ])('leaves out %s', (_what, claimed) => {
    expect(placeFrom(claimed)).toBeUndefined()
  })

  test('keeps the rest of a place of which a part is left out', () => {
    expect(placeFrom({ country: 'DE', asn: -1 })).toEqual({ country: 'DE' })
  })
})
