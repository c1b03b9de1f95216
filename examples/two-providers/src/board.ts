import { html, sendPage, storyOf, type Html } from '@sallyport-examples/shared'
import type { Audit } from '@sallyport/audit'
import type { StepUp } from '@sallyport/step-up'
import express, { Router, type Request, type RequestHandler, type Response } from 'express'

/** The board's name, on its pages and in authenticator apps. */
export const BRAND = 'Sallyport Board'

/** What the board's pages need of the two doors. */
export interface Doors {
  readonly audit: Audit
  readonly requireStepUp: StepUp['requireStepUp']
  readonly requireLogin: () => RequestHandler
  /** Where a sign-out goes on to. */
  readonly issuers: readonly string[]
}

interface Person {
  readonly id: string
  readonly name: string
  /** By which provider they came. */
  readonly provider: string
}

// The board itself is not the point of the example: its notices live in memory.
const notices: { readonly text: string; readonly by: string; readonly at: Date }[] = []
const MAX_NOTICE = 280

/** The application itself: what you would have already. */
export function createBoard({ audit, requireStepUp, requireLogin, issuers }: Doors): Router {
  const board = Router()
  board.use(express.urlencoded({ extended: false, limit: '16kb' }))
  const send = (res: Response, title: string, content: Html): void =>
    sendPage(res, { title, brand: BRAND, content, formsLeadTo: issuers })

  board.get('/', async (req, res) => {
    const person = personOf(req)
    if (person === undefined) return send(res, 'Welcome', WELCOME)
    const { events } = await audit.query({ user: person.id }, { limit: 12 })
    send(res, 'Home', home(person, events))
  })
  board.get('/board', requireLogin(), (_req, res) => send(res, 'Board', notesAndForm('')))
  board.post('/board', checkNotice, requireStepUp({ name: 'pin' }), (req, res) => {
    const person = personOf(req)
    const text = readNotice(req.body)
    if (person === undefined || text === undefined) throw new Error('POST /board: came past its gate')
    notices.unshift({ text, by: person.name, at: new Date() })
    send(
      res,
      'Pinned',
      html`<h1>Pinned</h1>
        <p class="done">${text}</p>
        <p><a href="/board">Board</a></p>`,
    )
  })
  return board

  /** What cannot be pinned is turned away before anybody is asked who they are. */
  function checkNotice(req: Request, res: Response, next: () => void): void {
    if (readNotice(req.body) !== undefined) next()
    else send(res.status(400), 'Board', notesAndForm(`A notice has 1 to ${MAX_NOTICE} letters.`))
  }
}

function readNotice(body: unknown): string | undefined {
  const text: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, 'notice') : undefined
  return typeof text === 'string' && text.trim() !== '' && text.length <= MAX_NOTICE ? text.trim() : undefined
}

/** The user that the first door left, as Passport keeps it. */
function personOf({ user }: Request): Person | undefined {
  if (user === undefined || !('id' in user) || !('name' in user) || !('provider' in user)) return undefined
  return { id: String(user.id), name: String(user.name), provider: String(user.provider) }
}

const WELCOME: Html = html`<h1>A board with two ways in</h1>
  <p>Sign in with the account of your work or of your home. To pin something on the board is behind a second door.</p>
  <p><a class="button" href="/auth/login">Sign in</a></p>`

type Events = Awaited<ReturnType<Audit['query']>>['events']

function home({ name, provider }: Person, events: Events): Html {
  return html`<h1>Good day, ${name}</h1>
    <p class="quiet">You came in by ${provider}.</p>
    <nav aria-label="Main">
      <ul>
        <li><a href="/board">Board</a></li>
        <li><a href="/auth/links?return_to=%2F">Linked sign-ins</a></li>
        <li><a href="/step-up/authenticators?return_to=%2F">Authenticators</a></li>
      </ul>
    </nav>
    <form method="post" action="/auth/logout"><button>Sign out</button></form>
    ${storyOf(events)}`
}

function notesAndForm(problem: string): Html {
  const pinned = notices.map(
    ({ text, by, at }) =>
      html`<tr>
        <td class="time">${at.toISOString().slice(0, 16).replace('T', ' ')}</td>
        <td>${text}<br /><span class="quiet">${by}</span></td>
      </tr>`,
  )
  const list = html`<table>
    <tr>
      <th>When (UTC)</th>
      <th>Notice</th>
    </tr>
    ${pinned}
  </table>`
  return html`<h1>The board</h1>
    ${problem === '' ? '' : html`<p class="problem" role="alert">${problem}</p>`}
    <form method="post" action="/board">
      <label for="notice">Notice</label>
      <input id="notice" name="notice" autocomplete="off" maxlength="${MAX_NOTICE}" required />
      <button>Pin it</button>
    </form>
    ${pinned.length === 0 ? html`<p class="quiet">Nothing is pinned yet.</p>` : list}
    <p><a href="/">Home</a></p>`
}
