import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseBoolean, parseBrands, parseString } from './structured-field.ts'

describe('parseBrands', () => {
  test('reads the list that a browser sends', () => {
    expect(parseBrands('"Google Chrome";v="131", "Chromium";v="131", "Not_A Brand";v="24"')).toEqual([
      { name: 'Google Chrome', version: '131' },
      { name: 'Chromium', version: '131' },
      { name: 'Not_A Brand', version: '24' },
    ])
  })

  test.each([
    ['no parameter', '"a"', [{ name: 'a', version: undefined }]],
    ['other parameters', '"a";x="1";flag;v="2"', [{ name: 'a', version: '2' }]],
    ['escaped characters', String.raw`"(Not\"A:\\Brand";v="8"`, [{ name: '(Not"A:\\Brand', version: '8' }]],
    [
      'a comma and a semicolon in a name',
      '"a, b;v=c" , "d"',
      [
        { name: 'a, b;v=c', version: undefined },
        { name: 'd', version: undefined },
      ],
    ],
  ])('reads a list with %s', (_what, field, brands) => {
    expect(parseBrands(field)).toEqual(brands)
  })

  test.each([
    ['nothing', ''],
    ['a token', 'Chrome'],
    ['an open string', '"Chrome'],
    ['a comma at the end', '"a",'],
    ['two commas', '"a",,"b"'],
    ['no comma', '"a" "b"'],
    ['a number as version', '"a";v=131'],
    ['an unknown escape', String.raw`"a\n"`],
    ['a letter beyond ASCII', '"Zürich"'],
    ['a line end', '"a\n"'],
    ['a space in front', ' "a"'],
    ['too many members', Array.from({ length: 17 }, () => '"a"').join(',')],
    ['too many characters', `"${'a'.repeat(511)}"`],
  ])('v5.0.0-2.2.1 reads nothing out of %s', (_what, field) => {
    expect(parseBrands(field)).toBeUndefined()
  })

  test('reads back every list of strings (property)', () => {
    const text = fc.string({
      unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCodePoint(code)),
      maxLength: 12,
    })
    const quoted = (value: string): string => `"${value.replace(/["\\]/g, String.raw`\$&`)}"`
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 16 }), (names) => {
        expect(parseBrands(names.map(quoted).join(', '))?.map(({ name }) => name)).toEqual(names)
      }),
    )
  })
})

describe('parseString', () => {
  test('reads a bare string', () => {
    expect(parseString('"Chrome OS"')).toBe('Chrome OS')
  })

  test.each(['', 'Windows', '"a"b', '"a";v="1"', '"a", "b"'])('reads nothing out of %j', (field) => {
    expect(parseString(field)).toBeUndefined()
  })
})

describe('parseBoolean', () => {
  test('reads true, false and nothing else', () => {
    expect(['?1', '?0', '1', 'true', '?2', '?1;a'].map(parseBoolean)).toEqual([
      true,
      false,
      undefined,
      undefined,
      undefined,
      undefined,
    ])
  })
})
