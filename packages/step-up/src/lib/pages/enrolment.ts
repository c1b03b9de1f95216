import type { Page } from '../page-models.ts'
import { drawBlocks, givesCodes } from './blocks.ts'
import type { DocumentParts } from './document.ts'
import { html } from './html.ts'
import type { Markup } from './html.ts'
import type { Messages } from './messages-en.ts'
import { drawAccount, drawButton, drawForm, drawProblem, factorName, titleOf } from './parts.ts'
import { asksForPasskey } from './passkey.ts'
import { fill } from './speech.ts'

type EnrolmentPage = Extract<Page, { page: 'enrolment' }>

/** Draws the page that shows a new authenticator's secret once and asks for the proof that it arrived. */
export function drawEnrolment(messages: Messages, page: EnrolmentPage): DocumentParts {
  const heading = fill(messages.enrolment_title, { factor: factorName(messages, page.factor) })
  const answer = html`${drawBlocks(messages, page.view, page)}${drawKept(messages, page)}${drawFinish(messages, page)}`
  const content = html`${drawAccount(messages, page.account)} ${drawProblem(messages, page.problem)}
    <p>${messages[`enrolment_${page.factor}`]}</p>
    ${drawForm(page.finishUrl, page.csrf, answer)}
    <div class="aside">${drawForm(page.cancelUrl, page.csrf, drawButton(messages.cancel, 'plain-button'))}</div>`
  return { icon: 'key', heading, title: titleOf(messages, heading, page.problem), content }
}

/** Codes are shown only now: whoever goes on says that they have kept them, by the field `kept`. */
function drawKept(messages: Messages, { view }: EnrolmentPage): Markup | undefined {
  if (!givesCodes(view)) return undefined
  return html`<div class="check">
    <input type="checkbox" id="kept" name="kept" value="yes" required />
    <label for="kept">${messages.codes_kept}</label>
  </div>`
}

function drawFinish(messages: Messages, { view }: EnrolmentPage): Markup | undefined {
  return asksForPasskey(view) ? undefined : drawButton(messages.enrolment_finish, 'main')
}
