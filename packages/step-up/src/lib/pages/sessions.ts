import type { ListedSession, Page } from '../page-models.ts'
import { html, shown } from './html.ts'
import type { Markup } from './html.ts'
import type { Messages } from './messages-en.ts'
import { drawButton, drawForm } from './parts.ts'
import { say, sayMoment } from './speech.ts'

type SessionsOfPage = Pick<Extract<Page, { page: 'authenticators' }>, 'sessions' | 'endOthersUrl' | 'dropUrl' | 'csrf'>

/** Draws where a person is signed in, with a button to end each session but the one that looks. */
export function drawSessions(messages: Messages, page: SessionsOfPage): Markup | undefined {
  if (page.sessions.length === 0) return undefined
  const items = page.sessions.map((one) => drawSession(messages, one, page.csrf))
  const others = drawButton(messages.sessions_end_others, 'plain-button')
  return html`<section aria-labelledby="sessions">
    <h2 id="sessions">${messages.sessions_title}</h2>
    <ul class="plain cards">
      ${items}
    </ul>
    ${page.endOthersUrl === undefined ? undefined : drawForm(page.endOthersUrl, page.csrf, others)}
  </section>`
}

/** Draws the button that forgets what was proved since the login, where there is something to forget. */
export function drawDrop(messages: Messages, { dropUrl, csrf }: SessionsOfPage): Markup | undefined {
  if (dropUrl === undefined) return undefined
  return html`<section aria-labelledby="drop">
    <h2 id="drop">${messages.drop_title}</h2>
    <p>${messages.drop_text}</p>
    ${drawForm(dropUrl, csrf, drawButton(messages.drop_confirm, 'plain-button'))}
  </section>`
}

function drawSession(messages: Messages, one: ListedSession, csrf: string): Markup {
  const client = one.client === '' ? html`${messages.sessions_unknown}` : shown(one.client)
  const started = say(messages.sessions_started, { date: sayMoment(messages, one.startedAt) })
  const seen = say(messages.sessions_seen, { date: sayMoment(messages, one.seenAt) })
  const end = html`${messages.sessions_end}<span class="unseen"> ${client}</span>`
  return html`<li class="row">
    <div>
      <h3>
        ${client} ${one.endUrl === undefined ? html`<span class="badge">${messages.sessions_this}</span>` : undefined}
      </h3>
      <p class="quiet small">${started}</p>
      <p class="quiet small">${seen}</p>
    </div>
    ${one.endUrl === undefined ? undefined : drawForm(one.endUrl, csrf, drawButton(end, 'plain-button'))}
  </li>`
}
