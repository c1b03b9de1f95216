import express, { type Express, type Request, type Response } from 'express'
import type { InteractionResults } from 'oidc-provider'
import { Provider } from 'oidc-provider/lib/provider.js'

import { configureProvider, type IdentityProviderOptions } from './identity-provider-configuration.ts'
import { html, type Html } from './html.ts'
import { sendPage } from './pages.ts'

export type { Client, IdentityProviderOptions, SecondFactor } from './identity-provider-configuration.ts'

type Details = Awaited<ReturnType<InstanceType<typeof Provider>['interactionDetails']>>

interface Form {
  readonly problem: string
  readonly username: string
  /** Whether the code of a second factor is asked for, beside the password. */
  readonly withCode: boolean
}

/**
 * An example's own identity provider, on node-oidc-provider: a stand-in for the one you have. It keeps nothing, so a
 * restart signs everybody out here.
 */
export function createIdentityProvider(options: IdentityProviderOptions): Express {
  const provider = new Provider(options.issuer, configureProvider(options))
  const app = express()
  app.disable('x-powered-by')
  app.get('/interaction/:uid', async (req, res) => {
    const details = await underWay(provider, req, res)
    if (details === undefined) return ended(options, res)
    send(options, res, { problem: '', username: details.session?.accountId ?? '', withCode: wants(options, details) })
  })
  app.post('/interaction/:uid', express.urlencoded({ extended: false }), async (req, res) => {
    const details = await underWay(provider, req, res)
    if (details === undefined) return ended(options, res)
    const withCode = wants(options, details)
    const result = judge(options, req.body, withCode)
    if (result !== undefined) return await provider.interactionFinished(req, res, result)
    const { username = '' }: Readonly<Record<string, string>> = { ...req.body }
    send(options, res.status(401), { problem: 'That does not belong together.', username, withCode })
  })
  app.use(provider.callback())
  return app
}

/** The sign-in that this browser has begun; `undefined` for one that is over, or another browser's. */
async function underWay(
  provider: InstanceType<typeof Provider>,
  req: Request,
  res: Response,
): Promise<Details | undefined> {
  return await provider.interactionDetails(req, res).catch(() => undefined)
}

function wants({ secondFactor }: IdentityProviderOptions, { params }: Details): boolean {
  const levels = params['acr_values']
  return secondFactor !== undefined && typeof levels === 'string' && levels.split(' ').includes(secondFactor.acr)
}

/** What the form says; `undefined` when its parts do not belong together. */
function judge(options: IdentityProviderOptions, body: unknown, withCode: boolean): InteractionResults | undefined {
  const { accounts, password, secondFactor } = options
  const form: Readonly<Record<string, unknown>> = typeof body === 'object' && body !== null ? { ...body } : {}
  if (form['cancel'] !== undefined) return { error: 'access_denied', error_description: 'The person cancelled' }

  const { username: accountId } = form
  const known = typeof accountId === 'string' && Object.hasOwn(accounts, accountId) && form['password'] === password
  if (!known || (withCode && form['code'] !== secondFactor?.code)) return undefined

  const login = { accountId, amr: ['pwd'], ts: Math.floor(Date.now() / 1_000) }
  if (!withCode || secondFactor === undefined) return { login }
  return { login: { ...login, amr: ['pwd', 'otp', 'mfa'], acr: secondFactor.acr } }
}

function ended({ brand }: IdentityProviderOptions, res: Response): void {
  const content = html`<h1>This page has ended</h1>
    <p>Go back to where you came from and start again.</p>`
  sendPage(res.status(400), { title: 'Sign in', brand, content })
}

function send(
  { accounts, brand, client, password, secondFactor }: IdentityProviderOptions,
  res: Response,
  form: Form,
): void {
  const code = form.withCode && secondFactor !== undefined ? secondFactor.code : ''
  const content = html`<h1>Sign in</h1>
    ${form.problem === '' ? '' : html`<p class="problem" role="alert">${form.problem}</p>`}
    <form method="post">
      <label for="username">User name</label>
      <input
        id="username"
        name="username"
        value="${form.username}"
        autocomplete="username"
        autocapitalize="none"
        required
      />
      <label for="password">Password</label>
      <input id="password" name="password" type="password" autocomplete="current-password" required />
      ${code === '' ? '' : CODE_FIELD}
      <button>Sign in</button>
      <button class="plain" name="cancel" value="yes" formnovalidate>Cancel</button>
    </form>
    <p class="quiet">
      Accounts of this example: ${Object.keys(accounts).join(' and ')}, password
      ${password}${code === '' ? '' : `, code ${code}`}.
    </p>`
  sendPage(res, { title: 'Sign in', brand, content, formsLeadTo: [client.origin] })
}

const CODE_FIELD: Html = html`<label for="code">Code from your phone</label>
  <input id="code" name="code" inputmode="numeric" autocomplete="one-time-code" required />`
