import { totp } from '@sallyport/totp'

import { resolveOptions, type Core, type CreateStepUpOptions } from '../src/lib/options.ts'
import { keyFactor } from './key-factor.ts'
import type { World } from './world.ts'

/** The inner parts of a world's second door, for what has no route. */
export function coreOf(
  { store, audit, keyring, url }: Pick<World, 'store' | 'audit' | 'keyring' | 'url'>,
  options: Partial<CreateStepUpOptions> = {},
): Core {
  return resolveOptions({
    store,
    audit,
    keyring,
    factors: [totp(), keyFactor()],
    origin: url,
    appName: 'Bank',
    ...options,
  })
}
