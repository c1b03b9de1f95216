import type { PageProblem } from '../page-models.ts'
import type { ViewBlock } from '../types.ts'
import { drawCodeField } from './code-field.ts'
import { html, trustedMarkup } from './html.ts'
import type { Markup } from './html.ts'
import type { Messages } from './messages-en.ts'
import { drawLinkButton } from './parts.ts'
import { drawPasskey, drawSignal } from './passkey.ts'
import { sayBlock } from './speech.ts'

/** Where blocks stand, as far as their drawing depends on it. */
export interface BlockPlace {
  /** What was wrong with the last answer. */
  readonly problem?: PageProblem | undefined
  /** Nobody is signed in yet: passkeys may be offered in a field's autofill. */
  readonly signIn?: boolean
}

/**
 * Draws what a factor wants to show, in its order.
 *
 * @param messages all sentences of the page's language.
 * @param view the blocks of the factor.
 * @param place the page around them.
 */
export function drawBlocks(messages: Messages, view: readonly ViewBlock[], place: BlockPlace = {}): Markup {
  return html`${view.map((block, index) => drawBlock(messages, block, { ...place, index }))}`
}

/** Tells whether a person has something to type: a page without it only needs a button. */
export function asksForCode(view: readonly ViewBlock[]): boolean {
  return view.some(({ kind }) => kind === 'code')
}

/** Tells whether there is a way out to another page, where the proof is given. */
export function leadsAway(view: readonly ViewBlock[]): boolean {
  return view.some(({ kind }) => kind === 'leave')
}

/** Tells whether there is something to keep, which a person has to say they did. */
export function givesCodes(view: readonly ViewBlock[]): boolean {
  return view.some(({ kind }) => kind === 'codes')
}

function drawBlock(messages: Messages, block: ViewBlock, place: BlockPlace & { readonly index: number }): Markup {
  switch (block.kind) {
    case 'text':
      return html`<p>${sayBlock(messages, block.message)}</p> `
    case 'qr':
      return drawPicture(messages, block, `picture-${place.index}`)
    case 'secret':
      return drawSecret(messages, block)
    case 'codes':
      return drawCodes(messages, block, `codes-${place.index}`)
    case 'code':
      return drawCodeField(messages, block, place.problem)
    case 'passkey':
      return drawPasskey(messages, block, place.signIn === true && block.autofill === true)
    case 'leave':
      return drawLinkButton(sayBlock(messages, block.message), block.url)
    case 'passkey_signal':
      return drawSignal(block)
  }
}

function drawPicture(messages: Messages, block: Extract<ViewBlock, { kind: 'qr' }>, id: string): Markup {
  const label = sayBlock(messages, block.label)
  return html`<figure class="qr" role="img" aria-labelledby="${id}">${trustedMarkup(block.svg)}</figure>
    <p class="quiet small" id="${id}">${label}</p> `
}

function drawSecret(messages: Messages, block: Extract<ViewBlock, { kind: 'secret' }>): Markup {
  const label = sayBlock(messages, block.label)
  return html`<p><b>${label}</b></p>
    <code class="secret" id="${block.id}" translate="no">${block.text}</code> `
}

function drawCodes(messages: Messages, block: Extract<ViewBlock, { kind: 'codes' }>, id: string): Markup {
  const items = block.codes.map((code) => html`<li><code>${code}</code></li>`)
  return html`<h2 id="${id}">${sayBlock(messages, block.label)}</h2>
    <ol class="codes" aria-labelledby="${id}" translate="no">
      ${items}
    </ol>
    <p class="quiet small hint">${messages.codes_keep}</p> `
}
