import { generateKeyPairSync, randomBytes } from 'node:crypto'

import express, { type Express } from 'express'
import type { AdapterPayload, Configuration, KoaContextWithOIDC } from 'oidc-provider'
import { Provider } from 'oidc-provider/lib/provider.js'

import { html } from '@sallyport-examples/shared'
import { page, STYLESHEET } from './pages.ts'

/** Who can sign in at the example's identity provider. */
const ACCOUNTS: Readonly<Record<string, string>> = { customer: 'Carla Customer', teller: 'Tom Teller' }

const PASSWORD = 'open-sesame'

/** The bank as its identity provider knows it. */
export interface Client {
  readonly id: string
  readonly secret: string
  readonly origin: string
}

/**
 * The example's own identity provider, on node-oidc-provider: a stand-in for the one you have. It keeps nothing, so a
 * restart signs everybody out here.
 */
export function createIdentityProvider(issuer: string, client: Client): Express {
  const provider = new Provider(issuer, configuration(client))
  const app = express()
  app.disable('x-powered-by')
  app.get('/bank.css', (_req, res) => void res.type('css').send(STYLESHEET))
  app.get('/interaction/:uid', (_req, res) => void res.send(signInPage('')))
  app.post('/interaction/:uid', express.urlencoded({ extended: false }), async (req, res) => {
    const { username, password }: Readonly<Record<string, unknown>> = req.body ?? {}
    const known = typeof username === 'string' && Object.hasOwn(ACCOUNTS, username) && password === PASSWORD
    if (!known) return void res.status(401).send(signInPage('That name and password do not belong together.'))

    const login = { accountId: username, amr: ['pwd'], ts: Math.floor(Date.now() / 1_000) }
    await provider.interactionFinished(req, res, { login }, { mergeWithLastSubmission: false })
  })
  app.use(provider.callback())
  return app
}

function signInPage(problem: string): string {
  return page({
    title: 'Sign in',
    brand: 'Example identity provider',
    content: html`<h1>Sign in</h1>
      ${problem === '' ? '' : html`<p class="problem" role="alert">${problem}</p>`}
      <form method="post">
        <label for="username">User name</label>
        <input id="username" name="username" autocomplete="username" autocapitalize="none" required />
        <label for="password">Password</label>
        <input id="password" name="password" type="password" autocomplete="current-password" required />
        <button>Sign in</button>
      </form>
      <p class="quiet">Accounts of this example: customer and teller, password open-sesame.</p>`,
  })
}

function configuration(client: Client): Configuration {
  const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' })
  return {
    adapter: createMemory(),
    claims: { openid: ['sub', 'auth_time', 'amr'], profile: ['name'] },
    clients: [
      {
        client_id: client.id,
        client_secret: client.secret,
        redirect_uris: [`${client.origin}/auth/callback`],
        post_logout_redirect_uris: [`${client.origin}/`],
        id_token_signed_response_alg: 'ES256',
        require_auth_time: true,
      },
    ],
    cookies: { keys: [randomBytes(32).toString('hex')] },
    enabledJWA: { idTokenSigningAlgValues: ['ES256'] },
    features: {
      devInteractions: { enabled: false },
      rpInitiatedLogout: { enabled: true, logoutSource, postLogoutSuccessSource: message },
    },
    findAccount: (_context, sub) => ({ accountId: sub, claims: () => ({ sub, name: ACCOUNTS[sub] }) }),
    interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
    jwks: { keys: [{ ...key, alg: 'ES256', use: 'sig', kid: 'example' }] },
    loadExistingGrant: consent,
    pkce: { required: () => true },
    renderError: message,
    responseTypes: ['code'],
    scopes: ['openid', 'profile'],
    ttl: { AccessToken: 600, AuthorizationCode: 60, IdToken: 600, Interaction: 3_600, Session: 43_200, Grant: 43_200 },
  }
}

/** The bank is this provider's own: whoever signs in has agreed. */
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

function logoutSource(context: KoaContextWithOIDC, form: string): void {
  // The form comes from node-oidc-provider and carries nothing that a person typed.
  const button = '<button type="submit" form="op.logoutForm" name="logout" value="yes">Sign out</button>'
  const content = html`<h1>Sign out here, too?</h1>`
  context.type = 'html'
  context.body = page({ title: 'Sign out', brand: 'Example identity provider', content }).replace(
    '</main>',
    `${form}${button}</main>`,
  )
}

function message(context: KoaContextWithOIDC): void {
  context.type = 'html'
  context.body = page({
    title: 'Sign in',
    brand: 'Example identity provider',
    content: html`<h1>This page has ended</h1>
      <p>Go back to where you came from and start again.</p>`,
  })
}

/** What the provider stores, in memory. */
function createMemory(): NonNullable<Configuration['adapter']> {
  const records = new Map<string, AdapterPayload>()
  return (model: string) => {
    const name = (id: string): string => `${model} ${id}`
    const findBy = (test: (payload: AdapterPayload) => boolean): AdapterPayload | undefined =>
      [...records].find(([key, payload]) => key.startsWith(`${model} `) && test(payload))?.[1]
    return {
      upsert: async (id, payload) => void records.set(name(id), payload),
      find: async (id) => records.get(name(id)),
      findByUid: async (uid) => findBy((payload) => payload.uid === uid),
      findByUserCode: async (code) => findBy((payload) => payload.userCode === code),
      destroy: async (id) => void records.delete(name(id)),
      consume: async (id) =>
        void records.set(name(id), { ...records.get(name(id)), consumed: Math.floor(Date.now() / 1_000) }),
      revokeByGrantId: async (grantId) => {
        for (const [key, payload] of records) if (payload.grantId === grantId) records.delete(key)
      },
    }
  }
}
