import { html, sendPage, storyOf, type Html } from '@sallyport-examples/shared'
import type { Audit } from '@sallyport/audit'
import type { StepUp } from '@sallyport/step-up'
import express, { Router, type Request, type RequestHandler, type Response } from 'express'

import { readName } from './people.ts'

/** The garden's name, on its pages and in the passkeys that are made for it. */
export const BRAND = 'Sallyport Garden'

/** What the garden's pages need. */
export interface Doors {
  readonly audit: Audit
  readonly stepUp: StepUp
  /** Makes an account, and a session for it: the first passkey can be added to it now. */
  readonly signUp: (req: Request, name: string) => Promise<void>
}

// The garden itself is not the point of the example: who may come in lives in memory.
const guests = new Map<string, string[]>()

/** The application itself: what you would have already. */
export function createGarden({ audit, stepUp, signUp }: Doors): Router {
  const { requireStepUp, sessions } = stepUp
  const garden = Router()
  garden.use(express.urlencoded({ extended: false, limit: '16kb' }))
  garden.get('/', async (req, res) => {
    const current = sessions.current(req)
    if (current.state !== 'live') return send(res, 'Welcome', welcome(''))
    const { events } = await audit.query({ user: current.user }, { limit: 15 })
    send(res, 'Garden', home(current, events))
  })
  garden.post('/sign-up', async (req, res) => {
    const name = readName(req.body)
    if (name === undefined) return send(res.status(400), 'Welcome', welcome('A name of at most 40 letters, please.'))
    await signUp(req, name)
    res.redirect(303, '/step-up/authenticators?return_to=%2F')
  })
  garden.post('/sign-out', async (req, res) => {
    await sessions.end(req, 'logout', [])
    res.redirect(303, '/')
  })
  // The approval is for exactly this guest: shown to the person, signed by the passkey, and good for one request.
  const action = (req: Request): { name: string; show: { Guest: string } } => ({
    name: 'invite',
    show: { Guest: readName(req.body) ?? '' },
  })
  garden.post('/guests', checkGuest, requireStepUp({ name: 'invite', userVerified: true, action }), (req, res) => {
    const current = sessions.current(req)
    const name = readName(req.body)
    if (current.state !== 'live' || name === undefined) throw new Error('POST /guests: came past its gate')
    guests.set(current.user, [...(guests.get(current.user) ?? []), name])
    send(
      res,
      'Invited',
      html`<h1>Invited</h1>
        <p class="done">${name} may come into the garden.</p>
        <p><a href="/">Garden</a></p>`,
    )
  })
  return garden
}

/** A malformed request is turned away before anybody is asked to approve it. */
const checkGuest: RequestHandler = (req, res, next) => {
  if (readName(req.body) !== undefined) return next()
  send(
    res.status(400),
    'Invite',
    html`<h1>Whom?</h1>
      <p class="problem" role="alert">A name of at most 40 letters, please.</p>
      <p><a href="/">Garden</a></p>`,
  )
}

function welcome(problem: string): Html {
  return html`<h1>A garden without passwords</h1>
    <p><a class="button" href="/step-up/sign-in">Sign in with a passkey</a></p>
    <h2>New here?</h2>
    ${problem === '' ? '' : html`<p class="problem" role="alert">${problem}</p>`}
    <form method="post" action="/sign-up">
      <label for="name">What should we call you?</label>
      <input id="name" name="name" autocomplete="nickname" maxlength="40" required />
      <button>Sign up</button>
    </form>`
}

type Current = Extract<ReturnType<StepUp['sessions']['current']>, { state: 'live' }>
type Events = Awaited<ReturnType<Audit['query']>>['events']

function home({ user, account }: Current, events: Events): Html {
  const invited = (guests.get(user) ?? []).map((name) => html`<li>${name}</li>`)
  return html`<h1>Good day, ${account}</h1>
    <form method="post" action="/guests">
      <label for="name">Invite a guest</label>
      <input id="name" name="name" autocomplete="off" maxlength="40" required />
      <button>Invite</button>
    </form>
    <ul>
      ${invited}
    </ul>
    <p><a href="/step-up/authenticators?return_to=%2F">Passkeys and recovery codes</a></p>
    ${storyOf(events)}
    <form method="post" action="/sign-out"><button>Sign out</button></form>`
}

function send(res: Response, title: string, content: Html): void {
  sendPage(res, { title, brand: BRAND, content })
}
