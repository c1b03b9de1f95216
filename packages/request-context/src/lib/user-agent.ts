// Everything that bowser does for us; no other file knows it.

import type { DeviceContext } from '@sallyport/audit/context'
import Bowser from 'bowser'
import type { Parser } from 'bowser'
import { withMajor } from './client-hints.ts'

/** What a user agent says of itself, in names of closed lists. */
export type Named = Pick<DeviceContext, 'browser' | 'os' | 'type'>

// Names stand in clear in the ledger, so only names of these closed lists pass: the rest is the client's own text.
const BROWSERS = new Set<unknown>(Object.values(Bowser.BROWSER_MAP))
const SYSTEMS = new Set<unknown>(Object.values(Bowser.OS_MAP))
const TYPES = new Set<unknown>(Object.values(Bowser.PLATFORMS_MAP))

/**
 * Reads what a user agent claims.
 *
 * @param userAgent At most 512 characters without control characters; controlled by the client.
 * @returns What it names of the closed lists.
 */
export function readUserAgent(userAgent: string): Named {
  if (userAgent === '') return {}
  const { browser, os, platform } = Bowser.parse(userAgent)
  return {
    ...(BROWSERS.has(browser.name) ? { browser: withMajor(`${browser.name}`, browser.version) } : {}),
    ...(SYSTEMS.has(os.name) ? { os: withMajor(`${os.name}`, systemVersion(os)) } : {}),
    ...(TYPES.has(platform.type) && platform.type !== undefined ? { type: platform.type } : {}),
  }
}

// Windows 10 calls itself NT 10.0, and Windows 7 NT 6.1: there the name is the number that people know.
function systemVersion(os: Parser.OSDetails): string | undefined {
  return os.name === 'Windows' ? os.versionName : os.version
}
