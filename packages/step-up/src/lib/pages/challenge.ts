import type { Page } from '../page-models.ts'
import { asksForCode, drawBlocks, leadsAway } from './blocks.ts'
import { drawDenial } from './denial.ts'
import type { DocumentParts } from './document.ts'
import { html } from './html.ts'
import type { Markup } from './html.ts'
import type { Messages } from './messages-en.ts'
import { drawAccount, drawAction, drawButton, drawForm, drawOthers, drawProblem, titleOf } from './parts.ts'
import { asksForPasskey } from './passkey.ts'
import { say } from './speech.ts'

type ChallengePage = Extract<Page, { page: 'challenge' }>

/** Draws the page that asks for one factor's proof, with what is being approved above it and every way out below. */
export function drawChallenge(messages: Messages, page: ChallengePage): DocumentParts {
  const heading = messages.challenge_title
  const blocks = drawBlocks(messages, page.view, page)
  const proof = isElsewhere(page)
    ? blocks
    : drawForm(page.verifyUrl, page.csrf, html`${blocks}${drawSend(messages, page)}`)
  const content = html`${drawAccount(messages, page.account)} ${drawAction(messages, page.action)}
    ${drawProblem(messages, page.problem)}
    <p>${messages[`challenge_${page.factor}`]}</p>
    ${proof}
    <p class="quiet small">${drawTimeLeft(messages, page.secondsLeft)}</p>
    ${drawOthers(messages, page.others)}
    <div class="aside">
      ${drawForm(page.cancelUrl, page.csrf, drawButton(messages.cancel, 'plain-button'))} ${drawDenial(messages, page)}
    </div>`
  return { icon: 'shield', heading, title: titleOf(messages, heading, page.problem), content }
}

/** The proof is given where a link leads to: there is nothing to send from here. */
function isElsewhere({ view }: ChallengePage): boolean {
  return leadsAway(view) && !asksForCode(view) && !asksForPasskey(view)
}

function drawSend(messages: Messages, { view }: ChallengePage): Markup | undefined {
  if (asksForPasskey(view)) return undefined
  return drawButton(asksForCode(view) ? messages.challenge_confirm : messages.challenge_continue, 'main')
}

function drawTimeLeft(messages: Messages, secondsLeft: number): Markup {
  const whole = Math.max(0, Math.floor(secondsLeft))
  return say(messages.time_left, { minutes: Math.floor(whole / 60), seconds: whole % 60 })
}
