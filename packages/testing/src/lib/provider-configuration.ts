import { createMtls } from './provider-mutual-tls.ts'
import { acrsOf, ACR_VALUES } from './provider-levels.ts'
import { toPrivateJwk } from './provider-keys.ts'
import { messagePage, signOutPage } from './provider-pages.ts'
import { LOCALES } from './provider-texts.ts'
import { signInPolicy } from './sign-in-policy.ts'
import type { AdapterFactory, ClientAuthMethod, Configuration, FindAccount, KoaContextWithOIDC } from 'oidc-provider'
import type { ProviderKey } from './provider-keys.ts'
import type { ProviderSettings } from './provider-options.ts'
import type { FakeAccount } from './provider-people.ts'

/** What the configuration is made from. All but the keys stays the same when keys are rotated. */
export interface ProviderParts {
  readonly settings: ProviderSettings
  /** Asked each time, so that an account may change. */
  readonly accounts: () => readonly FakeAccount[]
  readonly storage: AdapterFactory
  readonly secrets: { readonly cookies: string; readonly nonces: Buffer }
  /** Tells its cookies from those of others on the same host: browsers do not look at ports. */
  readonly cookieSuffix: string
  /** Seconds since the epoch. */
  readonly now: () => number
}

const CLAIMS = ['name', 'preferred_username', 'email', 'acrs']
const ASYMMETRIC = ['ES256', 'PS256', 'RS256', 'EdDSA', 'Ed25519'] as const
const METHODS: ClientAuthMethod[] = [
  'client_secret_basic',
  'client_secret_jwt',
  'client_secret_post',
  'private_key_jwt',
  'none',
]
const TLS_METHODS: ClientAuthMethod[] = ['tls_client_auth', 'self_signed_tls_client_auth']

/**
 * The settings of node-oidc-provider: authorization code with PKCE only, every claim in the open, consent given.
 *
 * @param parts What stays the same.
 * @param keys The published keys; the first one signs.
 */
export function providerConfiguration(parts: ProviderParts, keys: readonly ProviderKey[]): Configuration {
  const { settings, cookieSuffix } = parts
  const algorithms = [...new Set(keys.map((key) => key.algorithm))]
  return {
    acrValues: [...ACR_VALUES],
    adapter: parts.storage,
    claims: {
      openid: ['sub', 'acr', 'amr', 'auth_time'],
      profile: ['name', 'preferred_username'],
      email: ['email'],
      acrs: null,
    },
    clientAuthMethods: settings.https ? [...METHODS, ...TLS_METHODS] : METHODS,
    cookies: {
      keys: [parts.secrets.cookies],
      names: {
        session: `_session_${cookieSuffix}`,
        interaction: `_interaction_${cookieSuffix}`,
        resume: `_interaction_resume_${cookieSuffix}`,
      },
    },
    discovery: { ui_locales_supported: [...LOCALES] },
    enabledJWA: {
      idTokenSigningAlgValues: algorithms,
      userinfoSigningAlgValues: algorithms,
      requestObjectSigningAlgValues: [...ASYMMETRIC],
    },
    features: features(parts),
    findAccount: findAccount(parts),
    interactions: { policy: signInPolicy(parts), url: (_, interaction) => `/interaction/${interaction.uid}` },
    jwks: { keys: keys.map(toPrivateJwk) },
    loadExistingGrant: consent,
    pkce: { required: () => true },
    renderError: (ctx, out) => {
      ctx.type = 'html'
      ctx.body = messagePage(settings.title, { heading: 'That did not work', sentence: out.error })
    },
    responseTypes: ['code'],
    scopes: ['openid', 'profile', 'email'],
    ttl: { AccessToken: 600, AuthorizationCode: 60, IdToken: 600, Interaction: 3_600, Session: 86_400, Grant: 86_400 },
  }
}

function features({ settings, secrets }: ProviderParts): Configuration['features'] {
  const { pushedRequests, signedRequests } = settings
  return {
    devInteractions: { enabled: false },
    claimsParameter: { enabled: true },
    rpInitiatedLogout: { enabled: true, ...signOutPages(settings.title) },
    pushedAuthorizationRequests: {
      enabled: pushedRequests !== 'off',
      requirePushedAuthorizationRequests: pushedRequests === 'required',
    },
    requestObjects: {
      enabled: signedRequests !== 'off',
      requireSignedRequestObject: signedRequests === 'required',
    },
    ...(settings.dpop
      ? { dPoP: { enabled: true, nonceSecret: secrets.nonces, requireNonce: () => true } }
      : { dPoP: { enabled: true } }),
    jwtUserinfo: { enabled: settings.signedUserInfo },
    ...(settings.https ? { mTLS: createMtls() } : {}),
  }
}

function findAccount({ settings, accounts }: ProviderParts): FindAccount {
  return (_, sub, token) => {
    const account = accounts().find((one) => one.sub === sub)
    if (!account) return undefined
    const { name, email } = account
    // Only a code and a session know how the person signed in.
    const acr = token !== undefined && 'acr' in token && typeof token.acr === 'string' ? token.acr : undefined
    return {
      accountId: sub,
      claims: (use, _scope, claims) => {
        const wanted =
          use === 'id_token' && settings.levels === 'honoured' ? acrsOf(acr, claims['acrs'], settings.acrs) : undefined
        return { sub, name, email, preferred_username: sub, ...(wanted === undefined ? {} : { acrs: wanted }) }
      },
    }
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
  grant.addOIDCClaims([...CLAIMS])
  await grant.save()
  return grant
}

function signOutPages(title: string): {
  logoutSource(ctx: KoaContextWithOIDC, form: string): void
  postLogoutSuccessSource(ctx: KoaContextWithOIDC): void
} {
  return {
    logoutSource(ctx, form) {
      ctx.type = 'html'
      ctx.body = signOutPage(title, form)
    },
    postLogoutSuccessSource(ctx) {
      ctx.type = 'html'
      ctx.body = messagePage(title, { heading: 'Signed out', sentence: 'You are signed out.' })
    },
  }
}
