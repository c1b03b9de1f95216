// The protocol alone at a real provider: no Express, no Passport, no store.
import { createBrowser } from '@sallyport/testing'
import { createProtocol } from '../src/lib/protocol/protocol.ts'
import type { FakeProvider } from '@sallyport/testing'
import type { Completed, Protocol, Secrets } from '../src/lib/protocol/protocol.ts'
import type { ProviderSettings } from '../src/lib/protocol/provider-settings.ts'

export const CALLBACK = 'http://127.0.0.1:9/callback'

/** The verifier is the one of RFC 7636 appendix B. */
export const SECRETS: Secrets = {
  state: 'the-state',
  nonce: 'the-nonce',
  verifier: 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk',
}

/** How the provider's first client speaks to it, by its secret. */
export function settingsFor(
  provider: FakeProvider,
  changes: Partial<ProviderSettings> = {},
): ProviderSettings & { readonly callbackUrl: string } {
  return {
    issuer: provider.issuer,
    clientId: provider.client.clientId,
    proof: { by: 'secret', secret: provider.client.clientSecret },
    pushedRequests: 'when_offered',
    dpop: false,
    levelClaim: 'acr',
    callbackUrl: CALLBACK,
    algorithms: ['ES256'],
    timeoutMs: 2_000,
    insecure: true,
    clock: { now: () => Date.now() },
    onAnswer: () => undefined,
    onDiscovered: async () => undefined,
    onKeysRotated: async () => undefined,
    ...changes,
  }
}

export function openProtocol(provider: FakeProvider, changes: Partial<ProviderSettings> = {}): Protocol {
  return createProtocol(settingsFor(provider, changes))
}

/** Goes through the provider's pages and answers with the callback's address. */
export async function visit(provider: FakeProvider, address: string): Promise<URL> {
  const isCallback = (location: string): boolean => location.startsWith(CALLBACK)
  const browser = createBrowser(provider.issuer, { ca: provider.ca })
  const page = await browser.follow(await browser.get(address), isCallback)
  if (page.location !== undefined) return new URL(page.location)
  const sent = await browser.submit(page.form('/interaction/'), { username: 'ada', password: 'correct horse' })
  return new URL((await browser.follow(sent, isCallback)).location ?? '')
}

/** A whole sign-in, UserInfo included. */
export async function signInBy(protocol: Protocol, provider: FakeProvider): Promise<Completed> {
  const { url } = await protocol.authorizationUrl(SECRETS, {}, { scope: ['email'] })
  const callback = await visit(provider, url)
  const steps = { beforeCode: async () => undefined, userinfo: async () => true }
  return protocol.complete({ ...SECRETS, startedAt: Date.now() }, callback.searchParams, steps)
}
