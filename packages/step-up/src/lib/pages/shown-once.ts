import type { Page } from '../page-models.ts'
import { drawBlocks } from './blocks.ts'
import type { DocumentParts } from './document.ts'
import { html } from './html.ts'
import type { Messages } from './messages-en.ts'
import { drawAccount, drawLinkButton } from './parts.ts'

/** Draws what a person has to keep before they go on, such as the recovery code in place of the used one. */
export function drawShownOnce(messages: Messages, page: Extract<Page, { page: 'shown_once' }>): DocumentParts {
  const content = html`${drawAccount(messages, page.account)} ${drawBlocks(messages, page.view)}
    <p>${messages.shown_once_text}</p>
    ${drawLinkButton(messages.shown_once_continue, page.continueUrl)}`
  return { icon: 'paper', heading: messages.shown_once_title, content }
}
