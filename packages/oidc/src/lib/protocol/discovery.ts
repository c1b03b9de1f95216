import { getDPoPHandle } from 'openid-client'
import { skewSeconds } from '../system.ts'
import { configure } from './configuration.ts'
import { createDpopKeys } from './dpop.ts'
import { fetchMetadata } from './metadata.ts'
import type { Configuration, DPoPOptions } from 'openid-client'
import type { Metadata } from './metadata.ts'
import type { ProviderSettings } from './provider-settings.ts'

/** A provider that can be talked to. */
interface Discovered {
  readonly configuration: Configuration
  /** Makes another one: the library keeps keys as long as their configuration, and a grant brings keys of its own. */
  readonly fresh: () => Configuration
  /** Names the configuration's endpoints and algorithms: SHA-256, base64url. */
  readonly digest: string
  /** Proves this process's key and keeps the provider's nonces; empty without the option `dpop`. */
  readonly binding: DPoPOptions
}

/** Gives the provider's configuration, fetched when first needed, kept for an hour and forgotten when it fails. */
export type Discover = () => Promise<Discovered>

const MAX_AGE_MS = 3_600_000

/** The library fixes the clock's skew when a configuration is made, so a moved clock needs another one. */
interface Made {
  readonly from: Metadata
  readonly skew: number
  readonly discovered: Discovered
}

/** Prepares discovery; nothing is fetched until the first call of the result. */
export function createDiscovery(settings: ProviderSettings): Discover {
  let known: Promise<Metadata> | undefined
  let last: Made | undefined
  const dpopKeys = createDpopKeys(settings.dpop)
  const discover = async (): Promise<Metadata> => {
    const mine = (known ??= fetchMetadata(settings))
    try {
      const found = await mine
      // Also where the clock was put back meanwhile.
      if (Math.abs(settings.clock.now() - found.at) < MAX_AGE_MS) return found
    } catch (error) {
      if (known === mine) known = undefined
      throw error
    }
    if (known === mine) known = undefined
    return discover()
  }
  return async () => {
    const from = await discover()
    const pair = await dpopKeys(from.metadata)
    // From here on nothing waits: of parallel calls, one makes what all of them get.
    const skew = skewSeconds(settings.clock)
    if (last?.from === from && last.skew === skew) return last.discovered
    const configuration = configure(settings, from, skew)
    const binding = pair === undefined ? {} : { DPoP: getDPoPHandle(configuration, pair) }
    const fresh = (): Configuration => configure(settings, from, skew)
    const discovered = { configuration, fresh, digest: from.digest, binding }
    last = { from, skew, discovered }
    return discovered
  }
}
