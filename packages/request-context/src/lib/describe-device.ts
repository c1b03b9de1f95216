import type { IncomingHttpHeaders } from 'node:http'
import type { DeviceContext } from '@sallyport/audit/context'
import { hintsText, readClientHints } from './client-hints.ts'
import type { ClientHints } from './client-hints.ts'
import { plainText } from './plain-text.ts'
import { readUserAgent } from './user-agent.ts'
import type { Named } from './user-agent.ts'

/** What a browser says of itself. */
export type Described = Omit<DeviceContext, 'id' | 'known'>

const MAX_CACHED = 500

/**
 * Makes a reader of what browsers say of themselves, by user agent and client hints, that remembers the last few hundred.
 *
 * Where both speak, the hints win: a Chromium that sends them keeps its user agent frozen, with an old system and without
 * its own name. Where a hint is absent, malformed or names nothing of the closed lists, the user agent speaks.
 *
 * @returns A function from the headers, which the client controls, to what they claim.
 */
export function createDeviceReader(): (headers: IncomingHttpHeaders) => Described {
  const cache = new Map<string, Described>()
  return function describeDevice(headers) {
    const userAgent = plainText(headers['user-agent'] ?? '')
    const hints = hintsText(headers)
    // No line end is left in either.
    const name = `${userAgent}\n${hints}`
    const known = cache.get(name)
    if (known !== undefined) return known

    const described = describe(userAgent, hints === '' ? undefined : readClientHints(headers))
    const oldest = cache.keys().next()
    if (cache.size >= MAX_CACHED && oldest.done !== true) cache.delete(oldest.value)
    cache.set(name, described)
    return described
  }
}

function describe(userAgent: string, hints: ClientHints | undefined): Described {
  const claimed = readUserAgent(userAgent)
  return {
    ...(hints === undefined ? claimed : hinted(claimed, hints)),
    ...(userAgent === '' ? {} : { userAgent }),
    ...(hints === undefined || hints.text === '' ? {} : { hints: hints.text }),
  }
}

function hinted(claimed: Named, hints: ClientHints): Named {
  const browser = hints.browser ?? claimed.browser
  const os = systemOf(claimed, hints)
  const type = typeOf(claimed, hints)
  return {
    ...(browser === undefined ? {} : { browser }),
    ...(os === undefined ? {} : { os }),
    ...(type === undefined ? {} : { type }),
  }
}

// The version in the user agent of a browser that sends hints is always the same old one: no version is better.
function systemOf(claimed: Named, { os, osVersion }: ClientHints): string | undefined {
  if (os === undefined) return claimed.os
  return osVersion === undefined ? os : `${os} ${osVersion}`
}

// A crawler says so in its user agent, whatever the browser says that it drives. A tablet is no mobile to its hint.
function typeOf({ type }: Named, { mobile, os }: ClientHints): string | undefined {
  if (mobile === undefined || type === 'bot' || type === 'tv') return type
  if (mobile) return 'mobile'
  if (type === 'tablet') return type
  return os === 'Android' || os === 'iOS' ? 'tablet' : 'desktop'
}
