import type { Audit } from '@sallyport/audit'
import type { LedgerEvent } from '@sallyport/audit/ledger'
import { recordAccess } from '@sallyport/request-context'
import type { StepUp } from '@sallyport/step-up'
import express, { Router, type Request, type RequestHandler, type Response } from 'express'

import { html, type Html } from '@sallyport-examples/shared'
import { page, STYLESHEET } from './pages.ts'
import { makeTransfer, readOrder, transfersOf } from './transfers.ts'

/** What the bank's pages need of Sallyport. */
export interface Doors {
  readonly audit: Audit
  readonly requireStepUp: StepUp['requireStepUp']
  readonly requireLogin: () => RequestHandler
}

/** The application itself: what you would have already. The two doors stand in front of the routes that need them. */
export function createBank({ audit, requireStepUp, requireLogin }: Doors): Router {
  const bank = Router()
  bank.use(express.urlencoded({ extended: false, limit: '16kb' }), express.json({ limit: '16kb' }))

  // The approval is for exactly this recipient and amount; it is shown to the person, and good for one transfer.
  const approved = requireStepUp({
    name: 'transfer',
    action: (req) => ({ name: 'transfer', show: { Recipient: req.body.to, Amount: req.body.amount } }),
  })

  bank.get('/bank.css', (_req, res) => void res.type('css').send(STYLESHEET))
  bank.get('/', (req, res) => send(res, 'Welcome', home(user(req))))
  // Who looked at an account is on record, and who tried to.
  bank.get('/account', recordAccess({ audit, name: 'account' }), requireLogin(), async (req, res) => {
    const { id } = signedIn(req)
    const { events } = await audit.query({ user: id }, { limit: 25 })
    send(res, 'Account', account(transfersOf(id), events))
  })
  bank.get('/transfer', requireLogin(), (_req, res) => send(res, 'Transfer', transferForm('')))
  bank.post('/transfer', checkOrder, approved, (req, res) => {
    const { to, amount } = makeTransfer(signedIn(req).id, orderOf(req))
    send(
      res,
      'Transfer made',
      html`<h1>Transfer made</h1>
        <p class="done">${amount} went to ${to}.</p>
        <p><a href="/account">Account</a></p>`,
    )
  })
  bank.post('/api/transfer', checkOrder, approved, (req, res) => {
    res.status(201).json({ transfer: makeTransfer(signedIn(req).id, orderOf(req)) })
  })
  return bank
}

/** A malformed order is turned away before anybody is asked to approve it. */
const checkOrder: RequestHandler = (req, res, next) => {
  const order = readOrder(req.body)
  if (typeof order !== 'string') return next()
  if (typeof req.is('json') === 'string' || req.accepts(['html', 'json']) === 'json')
    return void res
      .status(400)
      .type('application/problem+json')
      .send(JSON.stringify({ status: 400, code: 'ERR_BANK_ORDER', title: order }))
  send(res.status(400), 'Transfer', transferForm(order))
}

function orderOf(req: Request): Exclude<ReturnType<typeof readOrder>, string> {
  const order = readOrder(req.body)
  if (typeof order === 'string') throw new Error('orderOf: called before checkOrder')
  return order
}

interface BankUser {
  readonly id: string
  readonly name: string
}

/** The user that the first door left, as Passport keeps it. */
function user(req: Request): BankUser | undefined {
  const found: unknown = req.user
  if (typeof found !== 'object' || found === null || !('id' in found) || !('name' in found)) return undefined
  return { id: String(found.id), name: String(found.name) }
}

function signedIn(req: Request): BankUser {
  const found = user(req)
  if (found === undefined) throw new Error('signedIn: called on a route without a door')
  return found
}

function home(found: BankUser | undefined): Html {
  if (found === undefined) {
    return html`<h1>A bank with two doors</h1>
      <p>
        Signing in is the first door. Sending money is behind the second: it asks once more who you are, for this one
        transfer.
      </p>
      <p><a class="button" href="/auth/login">Sign in</a></p>`
  }
  return html`<h1>Good day, ${found.name}</h1>
    <nav aria-label="Main">
      <ul>
        <li><a href="/transfer">Send money</a></li>
        <li><a href="/account">Account</a></li>
        <li><a href="/step-up/authenticators">Authenticators</a></li>
      </ul>
    </nav>
    <form method="post" action="/auth/logout"><button>Sign out</button></form>`
}

function transferForm(problem: string): Html {
  return html`<h1>Send money</h1>
    ${problem === '' ? '' : html`<p class="problem" role="alert">${problem}</p>`}
    <form method="post" action="/transfer">
      <label for="to">To</label>
      <input id="to" name="to" autocomplete="off" maxlength="64" required />
      <label for="amount">Amount</label>
      <input id="amount" name="amount" inputmode="decimal" autocomplete="off" required />
      <button>Send</button>
    </form>`
}

function account(made: ReturnType<typeof transfersOf>, events: readonly LedgerEvent[]): Html {
  const transfers = made.map(
    ({ to, amount, at }) =>
      html`<tr>
        <td class="time">${at.toISOString().slice(0, 16).replace('T', ' ')}</td>
        <td>${to}</td>
        <td>${amount}</td>
      </tr>`,
  )
  const none = html`<p class="quiet">None yet.</p>`
  return html`<h1>Account</h1>
    <h2>Transfers</h2>
    ${
      transfers.length === 0
        ? none
        : html`<table>
            <tr>
              <th>When (UTC)</th>
              <th>To</th>
              <th>Amount</th>
            </tr>
            ${transfers}
          </table>`
    }
    <h2>What the guard wrote down about you</h2>
    <table>
      <tr>
        <th>When (UTC)</th>
        <th>What</th>
      </tr>
      ${events.map(storyLine)}
    </table>`
}

function storyLine({ at, type, outcome, reason, authn, device, net }: LedgerEvent): Html {
  const more = [outcome, reason, authn?.factor, device?.browser, net?.country].filter((word) => word !== undefined)
  return html`<tr>
    <td class="time">${at.slice(5, 19).replace('T', ' ')}</td>
    <td>${type}<br /><span class="quiet">${more.join(' · ')}</span></td>
  </tr>`
}

function send(res: Response, title: string, content: Html): void {
  res.set({ 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff', 'Referrer-Policy': 'same-origin' })
  res.set(
    'Content-Security-Policy',
    "default-src 'none'; style-src 'self'; form-action 'self' http://localhost:*; base-uri 'none'; frame-ancestors 'none'",
  )
  res.send(page({ title, brand: 'Sallyport Bank', content }))
}
