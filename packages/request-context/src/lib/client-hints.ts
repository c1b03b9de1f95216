import type { IncomingHttpHeaders } from 'node:http'
import { plainText } from './plain-text.ts'
import { parseBoolean, parseBrands, parseString } from './structured-field.ts'

/** The client hints of a request: what every Chromium sends beside a user agent that it keeps frozen. */
export interface ClientHints {
  /** As sent, one after the other with their names; at most 512 characters, without control characters. */
  readonly text: string
  /** The name and major version of the browser, of a closed list. */
  readonly browser: string | undefined
  /** The system's name of a closed list. */
  readonly os: string | undefined
  /** The system's version as people know it, where the browser was asked for it. */
  readonly osVersion: string | undefined
  readonly mobile: boolean | undefined
}

/** The headers that are read, in the order in which they are kept. */
const HEADERS = [
  ['sec-ch-ua', 'Sec-CH-UA'],
  ['sec-ch-ua-mobile', 'Sec-CH-UA-Mobile'],
  ['sec-ch-ua-platform', 'Sec-CH-UA-Platform'],
  ['sec-ch-ua-platform-version', 'Sec-CH-UA-Platform-Version'],
] as const

/** What a server says to be told more: the one hint that shows the system's true version. */
export const ACCEPTED_HINTS = 'Sec-CH-UA-Platform-Version'

// From the name of a brand to the name that the same browser has when it is known by its user agent. `Chromium`, which all
// of them add, comes last; invented brands are in no list.
const BRANDS: readonly (readonly [string, string])[] = [
  ['Microsoft Edge', 'Microsoft Edge'],
  ['Opera', 'Opera'],
  ['Opera GX', 'Opera'],
  ['Brave', 'Brave'],
  ['Vivaldi', 'Vivaldi'],
  ['YaBrowser', 'Yandex Browser'],
  ['Yandex', 'Yandex Browser'],
  ['Samsung Internet', 'Samsung Internet for Android'],
  ['DuckDuckGo', 'DuckDuckGo'],
  ['Whale', 'NAVER Whale Browser'],
  ['Google Chrome', 'Chrome'],
  ['Chromium', 'Chromium'],
]

const PLATFORMS: ReadonlyMap<string, string> = new Map([
  ['Android', 'Android'],
  ['Chrome OS', 'Chrome OS'],
  ['Chromium OS', 'Chrome OS'],
  ['Linux', 'Linux'],
  ['Windows', 'Windows'],
  ['iOS', 'iOS'],
  ['macOS', 'macOS'],
])

/**
 * Gives the text of a request's client hints, which is all that is needed to know whether they were read before.
 *
 * @param headers The request's headers, controlled by the client.
 * @returns The hints as sent, or an empty text when there are none.
 */
export function hintsText(headers: IncomingHttpHeaders): string {
  // Nearly every other request has none.
  if (headers['sec-ch-ua'] === undefined && headers['sec-ch-ua-platform'] === undefined) return ''
  const sent = HEADERS.flatMap(([name, shown]) => {
    const value = headers[name]
    return typeof value === 'string' && value !== '' ? [`${shown}: ${value}`] : []
  })
  return plainText(sent.join('; '))
}

/**
 * Reads the client hints of a request, each strictly or not at all.
 *
 * @param headers The request's headers, controlled by the client.
 * @returns What they claim; a name that is in no closed list is left out.
 * @see User-Agent Client Hints §3; RFC 9651
 */
export function readClientHints(headers: IncomingHttpHeaders): ClientHints {
  const field = (name: (typeof HEADERS)[number][0]): string => textOf(headers[name])
  const os = PLATFORMS.get(parseString(field('sec-ch-ua-platform')) ?? '')
  return {
    text: hintsText(headers),
    browser: browserOf(field('sec-ch-ua')),
    os,
    osVersion: versionOf(os, parseString(field('sec-ch-ua-platform-version'))),
    mobile: parseBoolean(field('sec-ch-ua-mobile')),
  }
}

function textOf(value: string | readonly string[] | undefined): string {
  return typeof value === 'string' ? value : ''
}

function browserOf(field: string): string | undefined {
  const brands = parseBrands(field) ?? []
  for (const [brand, name] of BRANDS) {
    const found = brands.find((one) => one.name === brand)
    if (found !== undefined) return withMajor(name, found.version)
  }
  return undefined
}

// Windows numbers its releases otherwise there: 13 and above is what people call Windows 11.
function versionOf(os: string | undefined, version: string | undefined): string | undefined {
  const major = majorOf(version)
  if (os !== 'Windows') return major === '0' ? undefined : major
  if (major === undefined || major === '0') return undefined
  return Number(major) >= 13 ? '11' : '10'
}

/**
 * Puts the major version behind a name: enough to recognise a device, and it changes seldom enough to compare.
 *
 * @param name The name, of a closed list.
 * @param version Controlled by the client.
 * @returns The name alone when the version begins with no number.
 */
export function withMajor(name: string, version: string | undefined): string {
  const major = majorOf(version)
  return major === undefined ? name : `${name} ${major}`
}

function majorOf(version: string | undefined): string | undefined {
  return /^([0-9]{1,4})(?![0-9])/.exec(version ?? '')?.[1]
}
