import type { Page } from '../page-models.ts'
import { drawBlocks } from './blocks.ts'
import type { DocumentParts } from './document.ts'
import { html } from './html.ts'
import type { Messages } from './messages-en.ts'
import { drawAccount, drawAction, drawButton, drawForm, drawLinkButton, drawProblem, factorName } from './parts.ts'
import { fill } from './speech.ts'

/** Draws the page for a person who has nothing yet that would satisfy the route. */
export function drawEnrolFirst(messages: Messages, page: Extract<Page, { page: 'enrol_first' }>): DocumentParts {
  const content = html`${drawAccount(messages, page.account)}
    <p>${messages.enrol_first_text}</p>
    ${drawAction(messages, page.action)} ${drawLinkButton(messages.enrol_first_continue, page.authenticatorsUrl)}
    ${drawForm(page.cancelUrl, page.csrf, drawButton(messages.cancel, 'plain-button'))}`
  return { heading: messages.enrol_first_title, content }
}

/** Draws the page that shows a new authenticator's secret once and asks for the proof that it arrived. */
export function drawEnrolment(messages: Messages, page: Extract<Page, { page: 'enrolment' }>): DocumentParts {
  const heading = fill(messages.enrolment_title, { factor: factorName(messages, page.factor) })
  const title = page.problem === undefined ? heading : fill(messages.problem_title, { title: heading })
  const content = html`${drawAccount(messages, page.account)} ${drawProblem(messages, page.problem)}
    <p>${messages[`enrolment_${page.factor}`]}</p>
    ${drawForm(
      page.finishUrl,
      page.csrf,
      html`${drawBlocks(messages, page.view, page.problem)}${drawButton(messages.enrolment_finish, 'main')}`,
    )}
    <div class="aside">${drawForm(page.cancelUrl, page.csrf, drawButton(messages.cancel, 'plain-button'))}</div>`
  return { heading, title, content }
}
