import { describe, expect, test } from 'vitest'
import { findTestNames, readIds } from './find-tests.ts'

const source = (...lines: readonly string[]): string => lines.join('\n')

describe('findTestNames', () => {
  test('finds groups and tests by all their names, in order', () => {
    const text = source(
      `describe('one', () => {`,
      `  test("two", async () => {})`,
      `  it(\`three \${1}\`, () => {})`,
      `  test.runIf(isRoot)('four', () => {})`,
      `describe.skipIf(!present)('five (not run)', () => {`,
    )

    expect(findTestNames(text)).toEqual(['one', 'two', 'three ${1}', 'four', 'five (not run)'])
  })

  test('finds a name on the next line', () => {
    expect(findTestNames(source(`  test(`, `    'one',`, `    async () => {`))).toEqual(['one'])
  })

  test('finds the name behind the values of each, whatever brackets stand in them', () => {
    const text = source(
      `test.each([`,
      `  ['a)', "(", \`[\`, /[)]\\)/, { b: [1] }], // )`,
      `  [\`\${'('}\`], /* ( */`,
      `])('one %s', () => {})`,
      `test.each<readonly [string, Record<string, unknown>]>([['a', {}]])('two', () => {})`,
      `test.each([1, 2])(`,
      `  'three',`,
    )

    expect(findTestNames(text)).toEqual(['one %s', 'two', 'three'])
  })

  test('takes no value of each for a name', () => {
    expect(findTestNames(`test.each(['F-01 is a value'])(name, () => {})`)).toEqual([])
  })

  test('gives a name as it is read, not as it is written', () => {
    expect(findTestNames(String.raw`test('it\'s one', () => {})`)).toEqual([`it's one`])
  })

  test('leaves out what is skipped or still to be written: it proves nothing', () => {
    const text = source(`test.skip('one', () => {})`, `test.todo('two')`, `describe.skip('three', () => {})`)

    expect(findTestNames(text)).toEqual([])
  })

  test('leaves out comments, other calls and other words', () => {
    const text = source(`// test('one')`, ` * test('two')`, `tester('three')`, `  expect(test('four'))`, `test(name)`)

    expect(findTestNames(text)).toEqual([])
  })

  test('ends on a file that ends in the middle', () => {
    expect(findTestNames(source(`test('one', () => {})`, `test.each([['two'`))).toEqual(['one'])
  })
})

describe('readIds', () => {
  test('reads every kind of id', () => {
    const ids = ['F-08', 'v5.0.0-6.5.1', 'v5.0.0-10.4.16', 'NB-01', 'OIDC-IDT-05', 'WA-AUTH-10', 'A11Y-03', 'C-03']

    expect(ids.map((id) => readIds(`${id} refuses`))).toEqual(ids.map((id) => [id]))
  })

  test('reads several, divided by blanks or commas', () => {
    expect(readIds('F-08 v5.0.0-6.5.1, TOTP-06 refuses F-01')).toEqual(['F-08', 'v5.0.0-6.5.1', 'TOTP-06'])
  })

  test('reads a section without its version as an id that is none, so that it is noticed', () => {
    expect(readIds('v5.0.0-7.1.1, 7.1.2 are documented')).toEqual(['v5.0.0-7.1.1', '7.1.2'])
  })

  test('reads nothing that does not begin the name, is longer, or is of another form', () => {
    const names = ['refuses F-08', 'F-080 x', 'F-8 x', 'f-08 x', 'v5.0.0-6.5 x', '6.5.1 x', 'SHA-256 x', 'F-08x', '']

    expect(names.flatMap((name) => readIds(name))).toEqual([])
  })
})
