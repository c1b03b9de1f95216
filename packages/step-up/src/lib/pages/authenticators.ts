import type { ListedAuthenticator, Page } from '../page-models.ts'
import { drawBlocks } from './blocks.ts'
import type { DocumentParts } from './document.ts'
import { html, shown } from './html.ts'
import type { Markup } from './html.ts'
import type { Messages } from './messages-en.ts'
import { drawAccount, drawButton, drawForm, drawLinkButton, factorName } from './parts.ts'
import { drawDrop, drawSessions } from './sessions.ts'
import { fill, say, sayDay } from './speech.ts'

type AuthenticatorsPage = Extract<Page, { page: 'authenticators' }>

/** Draws the list of a person's authenticators, with renaming, removal and what can be added, and of their sessions. */
export function drawAuthenticators(messages: Messages, page: AuthenticatorsPage): DocumentParts {
  const items = page.authenticators.map((one, index) => drawListed(messages, one, { id: `name-${index}`, page }))
  const list =
    items.length === 0
      ? html`<p>${messages.authenticators_none}</p>`
      : html`<ul class="plain cards">
          ${items}
        </ul>`
  const content = html`${drawAccount(messages, page.account)} ${drawNotice(messages, page.notice)}
  ${drawContinue(messages, page)} ${list} ${drawAdditions(messages, page)} ${drawDrop(messages, page)}
  ${drawSessions(messages, page)} ${drawBlocks(messages, page.view)}`
  return { icon: 'key', heading: messages.authenticators_title, content }
}

/** Without any way to confirm, going on would only lead back here. */
function drawContinue(messages: Messages, page: AuthenticatorsPage): Markup | undefined {
  if (page.continueUrl === undefined || page.authenticators.length === 0) return undefined
  return drawLinkButton(messages.authenticators_continue, page.continueUrl)
}

function drawNotice(messages: Messages, notice: AuthenticatorsPage['notice']): Markup | undefined {
  if (notice === undefined) return undefined
  return html`<p class="notice" role="status">${messages[`notice_${notice}`]}</p>`
}

interface Place {
  /** The element id of this item's name field. */
  readonly id: string
  readonly page: AuthenticatorsPage
}

/** Removal takes two presses: opening its part of the page, which says what it means, and the button in there. */
function drawListed(messages: Messages, one: ListedAuthenticator, { id, page }: Place): Markup {
  const name = one.label === '' ? factorName(messages, one.factor) : one.label
  const rename = html`<label for="${id}">${messages.authenticators_new_name}</label>
    <input type="text" id="${id}" name="label" value="${one.label}" autocomplete="off" required />
    ${drawButton(messages.authenticators_rename_save, 'plain-button')}`
  const remove = html`<p>${messages.authenticators_remove_text}</p>
    ${drawButton(say(messages.authenticators_remove_confirm, { label: name }), 'danger')}`
  const unseen = html`<span class="unseen"> ${shown(name)}</span>`
  return html`<li>
    <h2>
      ${shown(name)}
      ${one.disabled ? html`<span class="badge alert">${messages.authenticators_disabled}</span>` : undefined}
    </h2>
    ${one.label === '' ? undefined : html`<p class="quiet">${factorName(messages, one.factor)}</p>`}
    <p class="quiet small">${drawDays(messages, one)}</p>
    ${one.disabled ? html`<p>${messages.authenticators_disabled_text}</p>` : undefined}
    <div class="acts">
      <details>
        <summary>${messages.authenticators_rename}${unseen}</summary>
        ${drawForm(one.renameUrl, page.csrf, rename)}
      </details>
      <details>
        <summary>${messages.authenticators_remove}${unseen}</summary>
        ${drawForm(one.removeUrl, page.csrf, remove)}
      </details>
    </div>
  </li>`
}

function drawDays(messages: Messages, one: ListedAuthenticator): Markup {
  const added = say(messages.authenticators_added, { date: sayDay(messages, one.enrolledAt) })
  if (one.lastUsedAt === undefined) return html`${added} · ${messages.authenticators_never_used}`
  return html`${added} · ${say(messages.authenticators_used, { date: sayDay(messages, one.lastUsedAt) })}`
}

function drawAdditions(messages: Messages, page: AuthenticatorsPage): Markup | undefined {
  if (page.factors.length === 0) return undefined
  const first = page.authenticators.length === 0
  const title = first ? messages.authenticators_add_first : messages.authenticators_add
  const forms = page.factors.map(({ factor, startUrl }) => {
    const words = fill(messages.authenticators_add_factor, { factor: factorName(messages, factor) })
    return drawForm(startUrl, page.csrf, drawButton(words, first ? 'main' : 'plain-button'))
  })
  return html`<h2>${title}</h2>
    <div class="additions">${forms}</div>`
}
