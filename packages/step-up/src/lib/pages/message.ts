import type { MessageName, Page } from '../page-models.ts'
import type { DocumentParts } from './document.ts'
import { html } from './html.ts'
import type { Messages } from './messages-en.ts'
import { drawLinkButton } from './parts.ts'
import { say } from './speech.ts'

const AS_WANTED: readonly MessageName[] = ['cancelled', 'denied', 'discarded']
/** From these the way leads to the sign-in. */
const TO_SIGN_IN: readonly MessageName[] = ['login_required', 'sign_in_again']

/** Draws a page that only says something: that it is over, that it failed, or what to do instead. */
export function drawMessage(messages: Messages, page: Extract<Page, { page: 'message' }>): DocumentParts {
  const way = TO_SIGN_IN.includes(page.message) ? messages.to_sign_in : messages.back
  const content = html`<p>${messages[`message_${page.message}_text`]}</p>
    ${page.backUrl === undefined ? undefined : drawLinkButton(way, page.backUrl)}
    <p class="quiet small">${say(messages.reference, { code: page.code })}</p>`
  return {
    icon: AS_WANTED.includes(page.message) ? 'done' : 'alert',
    heading: messages[`message_${page.message}`],
    content,
  }
}
