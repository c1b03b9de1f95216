import { generateKeyPairSync, randomBytes } from 'node:crypto'

import type { Configuration, interactionPolicy, KoaContextWithOIDC } from 'oidc-provider'
import { base, Check } from 'oidc-provider/lib/helpers/interaction_policy/index.js'
import type { Provider } from 'oidc-provider/lib/provider.js'

import { Html, html } from './html.ts'
import { createMemory } from './identity-provider-memory.ts'
import { renderPage } from './pages.ts'

/** An application as its identity provider knows it. */
export interface Client {
  readonly id: string
  readonly secret: string
  readonly origin: string
  /** The path of its callback. */
  readonly callback: string
}

/** A second factor that an application can ask for by `acr_values`. */
export interface SecondFactor {
  readonly acr: string
  /** What stands for the code of an authenticator app: it is the same each time. */
  readonly code: string
}

/** An identity provider: who it is, who can sign in there, and what for. */
export interface IdentityProviderOptions {
  readonly issuer: string
  /** As its pages call it. */
  readonly brand: string
  /** Tells its cookies from those of others on this machine: browsers do not look at ports. */
  readonly name: string
  readonly client: Client
  /** Names by account. */
  readonly accounts: Readonly<Record<string, string>>
  /** That of all accounts. */
  readonly password: string
  /** Without one it takes no notice of `acr_values`, as many providers do. */
  readonly secondFactor?: SecondFactor | undefined
}

/** The settings of node-oidc-provider: authorization code with PKCE only, and whoever signs in has agreed. */
export function configureProvider(options: IdentityProviderOptions): Configuration {
  const { accounts, client, name, secondFactor } = options
  const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' })
  const openid = ['sub', 'auth_time', 'amr', ...(secondFactor === undefined ? [] : ['acr'])]
  return {
    acrValues: secondFactor === undefined ? [] : [secondFactor.acr],
    adapter: createMemory(),
    claims: { openid, profile: ['name'] },
    clients: [
      {
        client_id: client.id,
        client_secret: client.secret,
        redirect_uris: [`${client.origin}${client.callback}`],
        post_logout_redirect_uris: [`${client.origin}/`],
        id_token_signed_response_alg: 'ES256',
        require_auth_time: true,
      },
    ],
    cookies: {
      keys: [randomBytes(32).toString('hex')],
      names: { session: `${name}_session`, interaction: `${name}_interaction`, resume: `${name}_resume` },
    },
    enabledJWA: { idTokenSigningAlgValues: ['ES256'] },
    features: { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: true, ...signOutPages(options) } },
    findAccount: (_context, sub) => ({ accountId: sub, claims: () => ({ sub, name: accounts[sub] }) }),
    interactions: { policy: policyFor(secondFactor), url: (_context, { uid }) => `/interaction/${uid}` },
    jwks: { keys: [{ ...key, alg: 'ES256', use: 'sig', kid: name }] },
    loadExistingGrant: consent,
    pkce: { required: () => true },
    renderError: (context) => show(context, options, ENDED),
    responseTypes: ['code'],
    scopes: ['openid', 'profile'],
    ttl: { AccessToken: 600, AuthorizationCode: 60, IdToken: 600, Interaction: 3_600, Session: 43_200, Grant: 43_200 },
  }
}

/** The usual policy; and who is signed in without the second factor is asked again when it is wanted. */
function policyFor(secondFactor: SecondFactor | undefined): interactionPolicy.DefaultPolicy {
  const policy = base()
  const isWanted = ({ oidc }: KoaContextWithOIDC): boolean => {
    const wanted = oidc.params?.['acr_values']
    const levels = typeof wanted === 'string' ? wanted.split(' ') : []
    return secondFactor !== undefined && levels.includes(secondFactor.acr) && oidc.session?.acr !== secondFactor.acr
  }
  policy.get('login')?.checks.add(new Check('level', 'A second factor is asked for', isWanted))
  return policy
}

/** The application is this provider's own: whoever signs in has agreed. */
async function consent(context: KoaContextWithOIDC): Promise<InstanceType<Provider['Grant']> | undefined> {
  const { client, provider, session } = context.oidc
  if (client === undefined || session?.accountId === undefined) return undefined

  const known = session.grantIdFor(client.clientId)
  const existing = known === undefined ? undefined : await provider.Grant.find(known)
  if (existing !== undefined) return existing

  const grant = new provider.Grant({ accountId: session.accountId, clientId: client.clientId })
  grant.addOIDCScope('openid profile')
  await grant.save()
  return grant
}

const ENDED = html`<h1>This page has ended</h1>
  <p>Go back to where you came from and start again.</p>`

const SIGNED_OUT = html`<h1>You are signed out</h1>`

function signOutPages(options: IdentityProviderOptions): {
  logoutSource(context: KoaContextWithOIDC, form: string): void
  postLogoutSuccessSource(context: KoaContextWithOIDC): void
} {
  return {
    logoutSource(context, form) {
      // The form comes from node-oidc-provider and carries nothing that a person typed.
      const content = html`<h1>Sign out here, too?</h1>
        ${new Html(form)}
        <p><button type="submit" form="op.logoutForm" name="logout" value="yes">Sign out</button></p>`
      show(context, options, content)
    },
    postLogoutSuccessSource: (context) => show(context, options, SIGNED_OUT),
  }
}

function show(context: KoaContextWithOIDC, { brand, client }: IdentityProviderOptions, content: Html): void {
  const { document, headers } = renderPage({ title: 'Sign in', brand, content, formsLeadTo: [client.origin] })
  context.set(headers)
  context.type = 'html'
  context.body = document
}
