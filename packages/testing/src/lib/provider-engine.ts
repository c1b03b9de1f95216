import { randomBytes } from 'node:crypto'
import Provider from 'oidc-provider'
import { machineNow } from './machine-clock.ts'
import { adjustAnswer } from './provider-answers.ts'
import { providerConfiguration } from './provider-configuration.ts'
import { createProviderKey } from './provider-keys.ts'
import { note } from './provider-record.ts'
import { createStorage } from './provider-storage.ts'
import { serveSignIn } from './sign-in.ts'
import { spoilAnswer } from './spoil-answers.ts'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ProviderParts } from './provider-configuration.ts'
import type { ProviderKey, SigningAlgorithm } from './provider-keys.ts'
import type { ProviderSettings } from './provider-options.ts'
import type { FakeAccount, FakeClient } from './provider-people.ts'
import type { ProviderRecord } from './provider-record.ts'
import type { SpoilParts } from './spoil-answers.ts'

/** What the provider is made of: settings, people, the record, the faults that are on. */
export interface ProviderWorld {
  readonly settings: ProviderSettings
  readonly issuer: string
  readonly port: number
  readonly accounts: ReadonlyMap<string, FakeAccount>
  readonly clients: () => readonly FakeClient[]
  readonly active: SpoilParts['active']
  readonly record: ProviderRecord
}

/** How to change keys. */
export interface Rotation {
  /** Whether the keys before it are published no longer; by default they are. */
  readonly dropOld?: boolean | undefined
  /** What the new key is for; by default what the one before it was for. */
  readonly algorithm?: SigningAlgorithm | undefined
}

/** The provider behind its server. */
export interface ProviderEngine {
  answer(request: IncomingMessage, response: ServerResponse): void
  /** Signs with a new key from now on; its id. */
  rotate(rotation: Rotation): string
}

interface Instance {
  readonly provider: Provider
  readonly handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>
  readonly keys: readonly [ProviderKey, ...ProviderKey[]]
}

/**
 * Puts node-oidc-provider together.
 *
 * The library reads its keys once. So a rotation starts another instance on the same storage, secrets and address:
 * what comes from then on goes to it, sign-ins that are under way included, and what is being answered is answered by
 * the one before.
 */
export function createEngine(world: ProviderWorld): ProviderEngine {
  const now = (): number => Math.floor(world.settings.clock.now() / 1000)
  const parts: ProviderParts = {
    settings: world.settings,
    accounts: () => [...world.accounts.values()],
    storage: createStorage({ ...world, algorithm: () => current.keys[0].algorithm }),
    secrets: { cookies: randomBytes(32).toString('hex'), nonces: randomBytes(32) },
    cookieSuffix: String(world.port),
    now,
  }
  let made = 1
  let current = createInstance(world, parts, [createProviderKey('provider-1', world.settings.signingAlgorithm)])
  return {
    answer(request, response) {
      const { pathname } = new URL(request.url ?? '/', world.issuer)
      if (pathname.startsWith('/interaction/')) void serveSignIn(current.provider, parts, { request, response })
      else void current.handle(request, response)
    },
    rotate({ dropOld = false, algorithm = current.keys[0].algorithm }) {
      made += 1
      const key = createProviderKey(`provider-${made}`, algorithm)
      current = createInstance(world, parts, [key, ...(dropOld ? [] : current.keys)])
      return key.kid
    },
  }
}

function createInstance(world: ProviderWorld, parts: ProviderParts, keys: Instance['keys']): Instance {
  const { settings, issuer } = world
  const [key] = keys
  const provider = new Provider(issuer, providerConfiguration(parts, keys))
  provider.use(async (ctx, next) => {
    await next()
    note(world.record, ctx)
    const skew = parts.now() - Math.floor(machineNow() / 1000)
    adjustAnswer(ctx, { issParameter: settings.issParameter, key, skew })
    const clientSecret = world.clients()[0]?.clientSecret ?? ''
    spoilAnswer(ctx, { active: world.active, tools: { issuer, key, clientSecret, now: parts.now() }, skew })
  })
  const report = provider.onerror.bind(provider)
  provider.onerror = (error) => {
    // Whoever leaves before the answer is whole, or is left by a fault, is no error of the provider.
    if (!('code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE')) report(error)
  }
  return { provider, handle: provider.callback(), keys }
}
