import type { Page } from '../page-models.ts'
import { asksForCode, drawBlocks } from './blocks.ts'
import type { DocumentParts } from './document.ts'
import { html, safeUrl } from './html.ts'
import type { Messages } from './messages-en.ts'
import { drawButton, drawForm, drawProblem, titleOf } from './parts.ts'

/** Draws the page on which a person signs in with a passkey, without saying who they are. */
export function drawSignIn(messages: Messages, page: Extract<Page, { page: 'sign_in' }>): DocumentParts {
  const heading = messages.sign_in_title
  const blocks = drawBlocks(messages, page.view, { ...page, signIn: true })
  const send = asksForCode(page.view) ? drawButton(messages.challenge_confirm, 'main') : undefined
  const content = html`<p>${messages.sign_in_text}</p>
    ${drawProblem(messages, page.problem)} ${drawForm(page.verifyUrl, page.csrf, html`${blocks}${send}`)}
    ${page.otherUrl === undefined ? undefined : html`<p><a href="${safeUrl(page.otherUrl)}">${messages.sign_in_other}</a></p>`}`
  return { icon: 'key', heading, title: titleOf(messages, heading, page.problem), content }
}
