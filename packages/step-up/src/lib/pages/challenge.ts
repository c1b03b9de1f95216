import type { Page } from '../page-models.ts'
import { asksForCode, drawBlocks } from './blocks.ts'
import type { DocumentParts } from './document.ts'
import { html, safeUrl } from './html.ts'
import type { Markup } from './html.ts'
import type { Messages } from './messages-en.ts'
import { drawAccount, drawAction, drawButton, drawForm, drawProblem, factorName } from './parts.ts'
import { fill, say } from './speech.ts'

type ChallengePage = Extract<Page, { page: 'challenge' }>

/** Draws the page that asks for one factor's proof, with what is being approved above it and every way out below. */
export function drawChallenge(messages: Messages, page: ChallengePage): DocumentParts {
  const heading = messages.challenge_title
  const title = page.problem === undefined ? heading : fill(messages.problem_title, { title: heading })
  const button = asksForCode(page.view) ? messages.challenge_confirm : messages.challenge_continue
  const content = html`${drawAccount(messages, page.account)} ${drawAction(messages, page.action)}
    ${drawProblem(messages, page.problem)}
    <p>${messages[`challenge_${page.factor}`]}</p>
    ${drawForm(
      page.verifyUrl,
      page.csrf,
      html`${drawBlocks(messages, page.view, page.problem)}${drawButton(button, 'main')}`,
    )}
    <p class="quiet small">${drawTimeLeft(messages, page.secondsLeft)}</p>
    ${drawOthers(messages, page.others)}
    <div class="aside">
      <p>${messages.challenge_not_me}</p>
      ${drawForm(page.cancelUrl, page.csrf, drawButton(messages.cancel, 'plain-button'))}
    </div>`
  return { heading, title, content }
}

function drawTimeLeft(messages: Messages, secondsLeft: number): Markup {
  const whole = Math.max(0, Math.floor(secondsLeft))
  return say(messages.time_left, { minutes: Math.floor(whole / 60), seconds: whole % 60 })
}

function drawOthers(messages: Messages, others: ChallengePage['others']): Markup | undefined {
  if (others.length === 0) return undefined
  const links = others.map(
    ({ factor, url }) => html`<li><a href="${safeUrl(url)}">${factorName(messages, factor)}</a></li>`,
  )
  return html`<nav aria-labelledby="others">
    <h2 id="others">${messages.challenge_others}</h2>
    <ul class="plain">
      ${links}
    </ul>
  </nav>`
}
