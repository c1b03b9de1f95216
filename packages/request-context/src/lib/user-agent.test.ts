import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createUserAgentReader } from './user-agent.ts'

const CHROME = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36'
const FIREFOX = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0'
const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.1 Mobile/15E148 Safari/604.1'

describe('createUserAgentReader', () => {
  test.each([
    [CHROME, { browser: 'Chrome 131', os: 'Linux', type: 'desktop', userAgent: CHROME }],
    [FIREFOX, { browser: 'Firefox 132', os: 'Windows 10', type: 'desktop', userAgent: FIREFOX }],
    [IPHONE, { browser: 'Safari 17', os: 'iOS 17', type: 'mobile', userAgent: IPHONE }],
  ])('names browser, system and type of %s', (userAgent, described) => {
    expect(createUserAgentReader()(userAgent)).toEqual(described)
  })

  test.each([undefined, '', '   '])('says nothing of %j', (userAgent) => {
    expect(createUserAgentReader()(userAgent)).toEqual({})
  })

  test('gives no name that the client made up', () => {
    expect(createUserAgentReader()('ada@example.com/1.0 (secret)')).toEqual({
      userAgent: 'ada@example.com/1.0 (secret)',
    })
  })

  test('v5.0.0-16.4.1 leaves no control or direction character in it', () => {
    expect(createUserAgentReader()('a\r\nb\u001b[31m\u202ec').userAgent).toBe('a b [31m c')
  })

  test('cuts it to 512 characters', () => {
    expect(createUserAgentReader()('x'.repeat(10_000)).userAgent).toHaveLength(512)
  })

  test('answers the same for the same header, however many others came between', () => {
    const read = createUserAgentReader()
    const first = read(CHROME)

    for (let other = 0; other < 1200; other++) read(`${FIREFOX} ${other}`)

    expect(read(CHROME)).toEqual(first)
  })

  test('never throws and gives only short words (property)', () => {
    const read = createUserAgentReader()
    const header = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string().map((tail) => `${CHROME} ${tail}`),
    )
    fc.assert(
      fc.property(header, (text) => {
        const { browser = '', os = '', type = '' } = read(text)

        expect(`${browser}${os}${type}`).toMatch(/^[\w .:-]{0,80}$/)
      }),
    )
  })
})
