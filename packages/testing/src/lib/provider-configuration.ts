import { randomBytes } from 'node:crypto'
import { interactionPolicy } from 'oidc-provider'
import { toJwk } from './id-token.ts'
import { messagePage, signOutPage } from './provider-pages.ts'
import type { AdapterFactory, Configuration, KoaContextWithOIDC } from 'oidc-provider'
import type { SigningKey } from './id-token.ts'
import type { FakeAccount } from './provider-people.ts'

/** The levels that the fake provider can reach: a password alone, and a password with a second factor. */
export const ACR_VALUES = ['urn:example:acr:password', 'urn:example:acr:mfa'] as const

/** What the configuration is made from. `accounts` is asked each time, so that an account may change. */
export interface ProviderParts {
  readonly accounts: () => readonly FakeAccount[]
  readonly key: SigningKey
  readonly storage: AdapterFactory
  /** Seconds since the epoch. */
  readonly now: () => number
}

/** The settings of node-oidc-provider: authorization code with PKCE only, every claim in the open, consent given. */
export function providerConfiguration(parts: ProviderParts): Configuration {
  return {
    acrValues: [...ACR_VALUES],
    adapter: parts.storage,
    claims: { openid: ['sub', 'acr', 'amr', 'auth_time'], profile: ['name', 'preferred_username'], email: ['email'] },
    cookies: { keys: [randomBytes(32).toString('hex')] },
    enabledJWA: { idTokenSigningAlgValues: ['ES256'] },
    features: { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: true, ...signOutPages() } },
    findAccount: (_, sub) => {
      const account = parts.accounts().find((one) => one.sub === sub)
      if (!account) return undefined
      const { name, email } = account
      return { accountId: sub, claims: () => ({ sub, name, email, preferred_username: sub }) }
    },
    interactions: { policy: signInPolicy(parts.now), url: (_, interaction) => `/interaction/${interaction.uid}` },
    jwks: { keys: [toJwk(parts.key)] },
    loadExistingGrant: consent,
    pkce: { required: () => true },
    renderError: (ctx, out) => {
      ctx.type = 'html'
      ctx.body = messagePage('That did not work', out.error)
    },
    responseTypes: ['code'],
    scopes: ['openid', 'profile', 'email'],
    ttl: { AccessToken: 600, AuthorizationCode: 60, IdToken: 600, Interaction: 3_600, Session: 86_400, Grant: 86_400 },
  }
}

/** The client is a first party: whoever signs in has agreed. */
async function consent(ctx: KoaContextWithOIDC): Promise<InstanceType<typeof ctx.oidc.provider.Grant> | undefined> {
  const { client, provider, session } = ctx.oidc
  const accountId = session?.accountId
  if (!client || !session || accountId === undefined) return undefined
  // The same grant as before: another one would end the codes of the person's other tabs.
  const before = session.grantIdFor(client.clientId)
  const known = before === undefined ? undefined : await provider.Grant.find(before)
  if (known) return known
  const grant = new provider.Grant({ accountId, clientId: client.clientId })
  grant.addOIDCScope('openid profile email')
  await grant.save()
  return grant
}

/** The usual policy, but by our clock, and asking again when a level is wanted that the session has not reached. */
function signInPolicy(now: () => number): interactionPolicy.DefaultPolicy {
  const { Check, base } = interactionPolicy
  const policy = base()
  const { checks } = policy.get('login') ?? {}
  checks?.remove('max_age')
  const again = (reason: string, wanted: (ctx: KoaContextWithOIDC) => boolean): void =>
    checks?.add(new Check(reason, 'End-User authentication is required', (ctx) => !signedInJustNow(ctx) && wanted(ctx)))
  again('max_age', (ctx) => {
    const maxAge = Number(ctx.oidc.params?.['max_age'] ?? Number.NaN)
    return maxAge === 0 || now() - (ctx.oidc.session?.authTime() ?? 0) > maxAge
  })
  again('acr_values', (ctx) => {
    const wanted = ctx.oidc.params?.['acr_values']
    return typeof wanted === 'string' && !wanted.split(' ').includes(ctx.oidc.session?.acr ?? '')
  })
  return policy
}

function signedInJustNow(ctx: KoaContextWithOIDC): boolean {
  return ctx.oidc.result?.login !== undefined
}

function signOutPages(): {
  logoutSource(ctx: KoaContextWithOIDC, form: string): void
  postLogoutSuccessSource(ctx: KoaContextWithOIDC): void
} {
  return {
    logoutSource(ctx, form) {
      ctx.type = 'html'
      ctx.body = signOutPage(form)
    },
    postLogoutSuccessSource(ctx) {
      ctx.type = 'html'
      ctx.body = messagePage('Signed out', 'You are signed out.')
    },
  }
}
