// Everything that bowser does for us; no other file knows it.

import type { DeviceContext } from '@sallyport/audit/context'
import Bowser from 'bowser'
import type { Parser } from 'bowser'

/** What a user agent says of itself. */
export type Described = Pick<DeviceContext, 'browser' | 'os' | 'type' | 'userAgent'>

const MAX_USER_AGENT = 512
const MAX_CACHED = 500

// Names stand in clear in the ledger, so only names of these closed lists pass: the rest is the client's own text.
const BROWSERS = new Set<unknown>(Object.values(Bowser.BROWSER_MAP))
const SYSTEMS = new Set<unknown>(Object.values(Bowser.OS_MAP))
const TYPES = new Set<unknown>(Object.values(Bowser.PLATFORMS_MAP))

/**
 * Makes a reader of `User-Agent` headers that remembers the last few hundred.
 *
 * @returns A function from the header, which the client controls, to what it claims. The text is cut to 512
 * characters and stripped of control characters before anything reads it.
 */
export function createUserAgentReader(): (header: string | undefined) => Described {
  const cache = new Map<string, Described>()
  return function readUserAgent(header) {
    const userAgent = plainText(header ?? '')
    if (userAgent === '') return {}
    const known = cache.get(userAgent)
    if (known !== undefined) return known
    const described = { ...describe(userAgent), userAgent }
    const oldest = cache.keys().next()
    if (cache.size >= MAX_CACHED && oldest.done !== true) cache.delete(oldest.value)
    cache.set(userAgent, described)
    return described
  }
}

function plainText(header: string): string {
  return header
    .slice(0, MAX_USER_AGENT)
    .replace(/[\p{Cc}\p{Cf}]+/gu, ' ')
    .trim()
}

function describe(userAgent: string): Described {
  const { browser, os, platform } = Bowser.parse(userAgent)
  return {
    ...(BROWSERS.has(browser.name) ? { browser: named(browser.name, browser.version) } : {}),
    ...(SYSTEMS.has(os.name) ? { os: named(os.name, systemVersion(os)) } : {}),
    ...(TYPES.has(platform.type) && platform.type !== undefined ? { type: platform.type } : {}),
  }
}

// Windows 10 calls itself NT 10.0, and Windows 7 NT 6.1: there the name is the number that people know.
function systemVersion(os: Parser.OSDetails): string | undefined {
  return os.name === 'Windows' ? os.versionName : os.version
}

// The major version is enough to recognise a device, and changes seldom enough to compare.
function named(name: string | undefined, version: string | undefined): string {
  const major = /^([0-9]{1,4})(?![0-9])/.exec(version ?? '')?.[1]
  return major === undefined ? `${name}` : `${name} ${major}`
}
