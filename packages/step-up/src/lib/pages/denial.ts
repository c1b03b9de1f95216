import { html } from './html.ts'
import type { Markup } from './html.ts'
import type { Messages } from './messages-en.ts'
import { drawButton, drawForm } from './parts.ts'

/**
 * Draws "this was not me". It takes two presses: opening its part of the page, which says what will happen, and the
 * button in there, because it signs the person out everywhere.
 */
export function drawDenial(messages: Messages, page: { readonly denyUrl: string; readonly csrf: string }): Markup {
  return html`<details>
    <summary>${messages.deny_summary}</summary>
    <p>${messages.deny_text}</p>
    ${drawForm(page.denyUrl, page.csrf, drawButton(messages.deny_confirm, 'danger'))}
  </details>`
}
