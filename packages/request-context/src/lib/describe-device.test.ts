import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createDeviceReader } from './describe-device.ts'

const CHROME = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36'
const FIREFOX = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0'
const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.1 Mobile/15E148 Safari/604.1'
const FROZEN_WINDOWS =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36'
const FROZEN_ANDROID =
  'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36'
const BRAVE = '"Brave";v="131", "Chromium";v="131", "Not_A Brand";v="24"'

describe('createDeviceReader', () => {
  test.each([
    [CHROME, { browser: 'Chrome 131', os: 'Linux', type: 'desktop', userAgent: CHROME }],
    [FIREFOX, { browser: 'Firefox 132', os: 'Windows 10', type: 'desktop', userAgent: FIREFOX }],
    [IPHONE, { browser: 'Safari 17', os: 'iOS 17', type: 'mobile', userAgent: IPHONE }],
  ])('names browser, system and type of %s', (userAgent, described) => {
    expect(createDeviceReader()({ 'user-agent': userAgent })).toEqual(described)
  })

  test.each([undefined, '', '   '])('says nothing of %j', (userAgent) => {
    expect(createDeviceReader()({ 'user-agent': userAgent })).toEqual({})
  })

  test('gives no name that the client made up', () => {
    const headers = {
      'user-agent': 'ada@example.com/1.0 (secret)',
      'sec-ch-ua': '"ada@example.com";v="1"',
      'sec-ch-ua-platform': '"AdaOS"',
    }

    expect(createDeviceReader()(headers)).toEqual({
      userAgent: 'ada@example.com/1.0 (secret)',
      hints: 'Sec-CH-UA: "ada@example.com";v="1"; Sec-CH-UA-Platform: "AdaOS"',
    })
  })

  test('v5.0.0-16.4.1 leaves no control or direction character in user agent and hints', () => {
    const described = createDeviceReader()({ 'user-agent': 'a\r\nb\u001b[31m\u202ec', 'sec-ch-ua': '"a\r\n\u202eb"' })

    expect(described).toEqual({ userAgent: 'a b [31m c', hints: 'Sec-CH-UA: "a b"' })
  })

  test('cuts each to 512 characters', () => {
    const described = createDeviceReader()({ 'user-agent': 'x'.repeat(10_000), 'sec-ch-ua': 'y'.repeat(10_000) })

    expect([described.userAgent?.length, described.hints?.length]).toEqual([512, 512])
  })

  test('answers the same for the same header, however many others came between', () => {
    const read = createDeviceReader()
    const first = read({ 'user-agent': CHROME })

    for (let other = 0; other < 1200; other++) read({ 'user-agent': `${FIREFOX} ${other}` })

    expect(read({ 'user-agent': CHROME })).toEqual(first)
  })

  test('never throws and gives only short words (property)', () => {
    const read = createDeviceReader()
    const header = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string().map((tail) => `${CHROME} ${tail}`),
      fc.string().map((name) => `"${name}";v="${name}"`),
    )
    fc.assert(
      fc.property(header, header, (agent, hint) => {
        const headers = { 'user-agent': agent, 'sec-ch-ua': hint, 'sec-ch-ua-platform': hint, 'sec-ch-ua-mobile': hint }
        const { browser = '', os = '', type = '' } = read(headers)

        expect(`${browser}${os}${type}`).toMatch(/^[\w .:-]{0,80}$/)
      }),
    )
  })
})

describe('createDeviceReader with client hints', () => {
  test('names the browser that hides behind a frozen user agent, and no version of a system that is frozen', () => {
    const headers = {
      'user-agent': FROZEN_WINDOWS,
      'sec-ch-ua': BRAVE,
      'sec-ch-ua-mobile': '?0',
      'sec-ch-ua-platform': '"Windows"',
    }

    expect(createDeviceReader()(headers)).toEqual({
      browser: 'Brave 131',
      os: 'Windows',
      type: 'desktop',
      userAgent: FROZEN_WINDOWS,
      hints: `Sec-CH-UA: ${BRAVE}; Sec-CH-UA-Mobile: ?0; Sec-CH-UA-Platform: "Windows"`,
    })
  })

  test.each([
    ['"15.0.0"', 'Windows 11'],
    ['"10.0.0"', 'Windows 10'],
    ['"0.3.0"', 'Windows'],
    ['"x"', 'Windows'],
    ['15', 'Windows'],
  ])('takes the platform version %s, where it was asked for, for %s', (version, os) => {
    const headers = { 'sec-ch-ua-platform': '"Windows"', 'sec-ch-ua-platform-version': version }

    expect(createDeviceReader()({ 'user-agent': FROZEN_WINDOWS, ...headers }).os).toBe(os)
  })

  test('lets the hints win where they contradict the user agent', () => {
    const headers = {
      'user-agent': IPHONE,
      'sec-ch-ua': '"Microsoft Edge";v="130"',
      'sec-ch-ua-mobile': '?0',
      'sec-ch-ua-platform': '"macOS"',
    }

    expect(createDeviceReader()(headers)).toMatchObject({ browser: 'Microsoft Edge 130', os: 'macOS', type: 'desktop' })
  })

  test('keeps what the user agent says where a hint is malformed or unknown', () => {
    const headers = {
      'user-agent': FIREFOX,
      'sec-ch-ua': '"Chromium";v="131",',
      'sec-ch-ua-mobile': '1',
      'sec-ch-ua-platform': 'Linux',
    }

    expect(createDeviceReader()(headers)).toMatchObject({ browser: 'Firefox 132', os: 'Windows 10', type: 'desktop' })
  })

  test.each([
    ['a phone', '?1', 'mobile'],
    ['a tablet, which is no mobile', '?0', 'tablet'],
  ])('tells %s', (_what, mobile, type) => {
    const headers = {
      'user-agent': FROZEN_ANDROID,
      'sec-ch-ua': BRAVE,
      'sec-ch-ua-mobile': mobile,
      'sec-ch-ua-platform': '"Android"',
    }

    expect(createDeviceReader()(headers).type).toBe(type)
  })

  test('does not take a crawler for the browser that it drives', () => {
    const bot = `${CHROME.slice(0, -13)} (compatible; Googlebot/2.1; +http://www.google.com/bot.html)`
    const headers = { 'user-agent': bot, 'sec-ch-ua': '"Chromium";v="131"', 'sec-ch-ua-mobile': '?0' }

    expect(createDeviceReader()(headers).type).toBe('bot')
  })
})
