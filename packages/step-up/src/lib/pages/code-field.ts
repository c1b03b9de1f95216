import type { PageProblem } from '../page-models.ts'
import type { ViewBlock } from '../types.ts'
import { html, trustedMarkup } from './html.ts'
import type { Markup } from './html.ts'
import type { Messages } from './messages-en.ts'
import { say } from './speech.ts'

/**
 * Draws the field for a code: one, of type text and without a maximum length, because a pasted or autofilled "123 456"
 * must arrive whole.
 *
 * @param messages all sentences of the page's language.
 * @param block how many digits or letters.
 * @param problem what was wrong with the last answer; if it was the code, the field says so to assistive technology.
 */
export function drawCodeField(
  messages: Messages,
  block: Extract<ViewBlock, { kind: 'code' }>,
  problem: PageProblem | undefined,
): Markup {
  const letters = block.letters === true
  const hint = letters ? messages.code_hint_letters : messages.code_hint
  return html`<label for="code">${messages.code_label}</label>
    <input
      type="text"
      class="${letters ? 'code letters' : 'code'}"
      id="code"
      name="code"
      ${letters ? FOR_LETTERS : FOR_DIGITS}
      spellcheck="false"
      required
      ${problem !== undefined && ABOUT_THE_CODE.includes(problem) ? WRONG : CLEAN}
    />
    <p class="quiet small" id="code-hint">${say(hint, { digits: block.digits })}</p> `
}

const ABOUT_THE_CODE: readonly PageProblem[] = ['wrong_code', 'code_reused', 'invalid_input']

const FOR_DIGITS = trustedMarkup('inputmode="numeric" autocomplete="one-time-code" autocapitalize="off"')
// A code from a printed list never comes by message: autofill would offer the wrong one.
const FOR_LETTERS = trustedMarkup('inputmode="text" autocomplete="off" autocapitalize="characters"')

const CLEAN = trustedMarkup('aria-describedby="code-hint"')
const WRONG = trustedMarkup('aria-invalid="true" aria-describedby="problem code-hint" autofocus')
