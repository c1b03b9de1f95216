import type { PageProblem } from '../page-models.ts'
import type { ViewBlock } from '../types.ts'
import { html, trustedMarkup } from './html.ts'
import type { Markup } from './html.ts'
import type { Messages } from './messages-en.ts'
import { say, sayBlock } from './speech.ts'

/**
 * Draws what a factor wants to show, in its order.
 *
 * @param messages all sentences of the page's language.
 * @param view the blocks of the factor.
 * @param problem what was wrong with the last answer: the code's field then says so to assistive technology.
 */
export function drawBlocks(messages: Messages, view: readonly ViewBlock[], problem: PageProblem | undefined): Markup {
  return html`${view.map((block) => drawBlock(messages, block, problem))}`
}

/** Tells whether a person has something to type: a page without it only needs a button. */
export function asksForCode(view: readonly ViewBlock[]): boolean {
  return view.some((block) => block.kind === 'code')
}

function drawBlock(messages: Messages, block: ViewBlock, problem: PageProblem | undefined): Markup {
  switch (block.kind) {
    case 'text':
      return html`<p>${sayBlock(messages, block.message)}</p> `
    case 'qr':
      return drawPicture(messages, block)
    case 'secret':
      return drawSecret(messages, block)
    case 'code':
      return drawCodeField(messages, block.digits, problem)
  }
}

function drawPicture(messages: Messages, block: Extract<ViewBlock, { kind: 'qr' }>): Markup {
  const label = sayBlock(messages, block.label)
  return html`<figure class="qr" role="img" aria-labelledby="picture">${trustedMarkup(block.svg)}</figure>
    <p class="quiet small" id="picture">${label}</p> `
}

function drawSecret(messages: Messages, block: Extract<ViewBlock, { kind: 'secret' }>): Markup {
  const label = sayBlock(messages, block.label)
  return html`<p>${label}</p>
    <code class="secret" id="${block.id}" translate="no">${block.text}</code> `
}

/** One field, of type text and without a maximum length: a pasted or autofilled "123 456" must arrive whole. */
function drawCodeField(messages: Messages, digits: number, problem: PageProblem | undefined): Markup {
  const state = problem === undefined ? CLEAN : WRONG
  return html`<label for="code">${messages.code_label}</label>
    <input
      type="text"
      class="code"
      id="code"
      name="code"
      inputmode="numeric"
      autocomplete="one-time-code"
      autocapitalize="off"
      spellcheck="false"
      required
      ${state}
    />
    <p class="quiet small" id="code-hint">${say(messages.code_hint, { digits })}</p> `
}

const CLEAN = trustedMarkup('aria-describedby="code-hint"')
const WRONG = trustedMarkup('aria-invalid="true" aria-describedby="problem code-hint" autofocus')
