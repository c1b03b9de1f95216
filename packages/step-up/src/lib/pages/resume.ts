import type { Page } from '../page-models.ts'
import type { DocumentParts } from './document.ts'
import { html, safeUrl } from './html.ts'
import type { Messages } from './messages-en.ts'
import { drawAccount, drawAction, drawButton, drawForm } from './parts.ts'

/**
 * Draws the page that sends what the person had typed, by their own press of a button.
 *
 * The first form goes to the application's own address and carries exactly the fields of the page: one more, such as
 * the token of step-up, would change the body that was approved.
 */
export function drawResume(messages: Messages, page: Extract<Page, { page: 'resume' }>): DocumentParts {
  const fields = page.fields.map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}" /> `)
  const content = html`${drawAccount(messages, page.account)} ${drawAction(messages, page.action)}
    <p>${messages.resume_text}</p>
    <form method="${page.method}" action="${safeUrl(page.url)}">
      ${fields}${drawButton(messages.resume_continue, 'main big')}
    </form>
    ${drawForm(page.discardUrl, page.csrf, drawButton(messages.resume_discard, 'plain-button'))}`
  return { icon: 'send', heading: messages.resume_title, content }
}
