import type { Page } from '../page-models.ts'
import type { DocumentParts } from './document.ts'
import { html } from './html.ts'
import type { Messages } from './messages-en.ts'
import { drawAccount, drawAction, drawButton, drawForm, drawLinkButton, drawOthers } from './parts.ts'

/** Draws the page for a person who has nothing yet that would satisfy the route, or whose proof was not enough for it. */
export function drawEnrolFirst(messages: Messages, page: Extract<Page, { page: 'enrol_first' }>): DocumentParts {
  const content = html`${drawAccount(messages, page.account)}
    <p>${page.others.length === 0 ? messages.enrol_first_text : messages.enrol_first_failed}</p>
    ${drawAction(messages, page.action)} ${drawLinkButton(messages.enrol_first_continue, page.authenticatorsUrl)}
    ${drawOthers(messages, page.others)}
    ${drawForm(page.cancelUrl, page.csrf, drawButton(messages.cancel, 'plain-button'))}`
  return { icon: 'key', heading: messages.enrol_first_title, content }
}
