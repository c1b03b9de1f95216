import { html, sendPage, storyOf, type Html } from '@sallyport-examples/shared'
import type { Audit } from '@sallyport/audit'
import type { StepUp } from '@sallyport/step-up'
import { Router, type RequestHandler, type Response } from 'express'

/** The vault's name, on its pages and in authenticator apps. */
export const BRAND = 'Sallyport Vault'

/** What the vault's pages need. */
export interface Doors {
  readonly audit: Audit
  readonly stepUp: StepUp
}

/** The application itself: what you would have already. */
export function createVault({ audit, stepUp }: Doors): Router {
  const { requireStepUp, sessions } = stepUp
  const vault = Router()
  vault.get('/', async (req, res) => {
    const current = sessions.current(req)
    if (current.state !== 'live') return res.redirect(303, '/login')
    const { events } = await audit.query({ user: current.user }, { limit: 15 })
    send(res, 'Vault', home(current.account, events))
  })
  vault.get('/login', (_req, res) => send(res, 'Sign in', loginForm('')))
  vault.post('/logout', async (req, res) => {
    await sessions.end(req, 'logout', [])
    res.redirect(303, '/login')
  })
  vault.get('/treasure', requireStepUp({ name: 'treasure' }), (_req, res) => {
    send(
      res,
      'Treasure',
      html`<h1>The treasure</h1>
        <p class="done">Three rubies and a letter from Grandma.</p>
        <p><a href="/">Vault</a></p>`,
    )
  })
  return vault
}

/** Answers a sign-in that did not hold: the same for a wrong password and for a name that nobody has. */
export function refuseSignIn(problem: string): RequestHandler {
  return (_req, res) => {
    if (problem === 'too_many')
      return send(res.status(429), 'Sign in', loginForm('Too many tries. Please wait a quarter of an hour.'))
    send(res.status(401), 'Sign in', loginForm('That was not right. Please try again.'))
  }
}

function loginForm(problem: string): Html {
  return html`<h1>Sign in</h1>
    ${problem === '' ? '' : html`<p class="problem" role="alert">${problem}</p>`}
    <form method="post" action="/login">
      <label for="username">User name</label>
      <input id="username" name="username" autocomplete="username" required />
      <label for="password">Password</label>
      <input id="password" name="password" type="password" autocomplete="current-password" required />
      <button>Sign in</button>
    </form>`
}

function home(account: string, events: Awaited<ReturnType<Audit['query']>>['events']): Html {
  return html`<h1>Good day, ${account}</h1>
    <p><a class="button" href="/treasure">Open the vault</a></p>
    <p><a href="/step-up/authenticators?return_to=%2F">Authenticator app and recovery codes</a></p>
    ${storyOf(events)}
    <form method="post" action="/logout"><button>Sign out</button></form>`
}

function send(res: Response, title: string, content: Html): void {
  sendPage(res, { title, brand: BRAND, content })
}
