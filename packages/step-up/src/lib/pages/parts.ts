import type { FactorName } from '@sallyport/audit'
import type { OtherWay, PageProblem, ShownAction } from '../page-models.ts'
import { html, safeUrl, shown } from './html.ts'
import type { Markup } from './html.ts'
import type { Messages } from './messages-en.ts'
import { fill, say } from './speech.ts'

/** Draws the line that says whose account this is. */
export function drawAccount(messages: Messages, account: string): Markup {
  return html`<p class="quiet">${say(messages.signed_in_as, { account: html`<b>${shown(account)}</b>` })}</p>`
}

/** Draws what is being approved, large: the person decides by this box and by nothing else. */
export function drawAction(messages: Messages, action: ShownAction | undefined): Markup | undefined {
  if (action === undefined) return undefined
  const rows = action.show.map(
    ([label, value]) =>
      html`<div>
        <dt>${shown(label)}</dt>
        <dd>${shown(value)}</dd>
      </div>`,
  )
  const list = rows.length === 0 ? undefined : html`<dl>${rows}</dl>`
  return html`<section class="approve" aria-labelledby="approving">
    <h2 id="approving">${messages.approving}</h2>
    <p class="name">${shown(action.name)}</p>
    ${list}
  </section>`
}

/** Draws what was wrong with the last answer; the field of the form refers to it. */
export function drawProblem(messages: Messages, problem: PageProblem | undefined): Markup | undefined {
  if (problem === undefined) return undefined
  return html`<p class="problem" id="problem" role="alert">${messages[`problem_${problem}`]}</p>`
}

/** Gives the title of a page: a problem comes first in it, because that is what a screen reader says first. */
export function titleOf(messages: Messages, heading: string, problem: PageProblem | undefined): string {
  return problem === undefined ? heading : fill(messages.problem_title, { title: heading })
}

/** Draws a form that is sent to step-up itself, with its token. */
export function drawForm(url: string, csrf: string, content: Markup): Markup {
  return html`<form method="post" action="${safeUrl(url)}">
    <input type="hidden" name="_csrf" value="${csrf}" />
    ${content}
  </form>`
}

/** Draws a button that sends its form; `look` is a class of the stylesheet. */
export function drawButton(words: string | Markup, look: 'main' | 'main big' | 'plain-button' | 'danger'): Markup {
  return html`<button type="submit" class="${look}">${words}</button>`
}

/** Draws a link that looks like a button. */
export function drawLinkButton(words: string | Markup, url: string): Markup {
  return html`<p class="go"><a class="button main" href="${safeUrl(url)}">${words}</a></p>`
}

/** Gives the name of a factor in people's words. */
export function factorName(messages: Messages, factor: FactorName): string {
  return messages[`factor_${factor}`]
}

/** Draws the list of further ways to confirm, if there are any. */
export function drawOthers(messages: Messages, others: readonly OtherWay[]): Markup | undefined {
  if (others.length === 0) return undefined
  const links = others.map(
    ({ factor, url }) => html`<li><a href="${safeUrl(url)}">${factorName(messages, factor)}</a></li>`,
  )
  return html`<nav aria-labelledby="others">
    <h2 id="others">${messages.challenge_others}</h2>
    <ul class="plain ways">
      ${links}
    </ul>
  </nav>`
}
