import type { Page } from '../page-models.ts'
import type { PasskeySignal, ViewBlock } from '../types.ts'
import { html } from './html.ts'
import type { Markup } from './html.ts'
import type { Messages } from './messages-en.ts'

type PasskeyBlock = Extract<ViewBlock, { kind: 'passkey' }>

/**
 * Tells whether a page comes with the script of the passkeys. All others carry none, and their policy allows none.
 *
 * @param page any page.
 */
export function needsScript(page: Page): boolean {
  return 'view' in page && page.view.some(({ kind }) => kind === 'passkey' || kind === 'passkey_signal')
}

/** Tells whether a page's form is sent by the passkey's own button. */
export function asksForPasskey(view: readonly ViewBlock[]): boolean {
  return view.some(({ kind }) => kind === 'passkey')
}

/**
 * Draws a ceremony: the button that begins it, shown by the script in place of the sentence that stands there without it;
 * the field that carries the answer; and the two regions in which the script says how it goes.
 *
 * @param messages all sentences of the page's language.
 * @param block the ceremony and its options.
 * @param autofill whether passkeys are offered in a field's autofill too: only where nobody is signed in yet.
 */
export function drawPasskey(messages: Messages, block: PasskeyBlock, autofill: boolean): Markup {
  const words = block.ceremony === 'create' ? messages.passkey_create : messages.passkey_confirm
  return html`<div
    data-passkey="${block.ceremony}"
    data-options="${JSON.stringify(block.options)}"
    data-words="${JSON.stringify(scriptWords(messages))}"
  >
    <input type="hidden" name="credential" value="" autocomplete="off" data-part="answer" />
    <p class="problem" data-part="without">${messages.passkey_needs_script}</p>
    ${autofill ? drawAutofill(messages) : undefined}
    <button type="button" class="main" data-part="button" hidden>${words}</button>
    <div role="status" data-part="status" data-look="quiet"></div>
    <div role="alert" data-part="problem" data-look="problem"></div>
  </div> `
}

/** Draws what the script tells the browser's passkey manager; nobody sees it. */
export function drawSignal({ signal, value }: Extract<ViewBlock, { kind: 'passkey_signal' }>): Markup {
  return html`<div hidden data-signal="${METHODS[signal]}" data-value="${JSON.stringify(value)}"></div> `
}

const METHODS: Readonly<Record<PasskeySignal, string>> = {
  unknownCredential: 'signalUnknownCredential',
  allAcceptedCredentials: 'signalAllAcceptedCredentials',
  currentUserDetails: 'signalCurrentUserDetails',
}

/** It has no name: what a person types there is not sent. The script shows it where the browser has such an autofill. */
function drawAutofill(messages: Messages): Markup {
  return html`<div data-part="autofill" hidden>
    <label for="account">${messages.sign_in_account}</label>
    <input
      type="text"
      id="account"
      autocomplete="username webauthn"
      autocapitalize="off"
      spellcheck="false"
      aria-describedby="account-hint"
    />
    <p class="quiet small" id="account-hint">${messages.sign_in_hint}</p>
  </div>`
}

function scriptWords(messages: Messages): Readonly<Record<string, string>> {
  return {
    waiting: messages.passkey_waiting,
    unsupported: messages.passkey_unsupported,
    cancelled: messages.passkey_cancelled,
    already: messages.passkey_already,
    insecure: messages.passkey_insecure,
    unfit: messages.passkey_unfit,
    error: messages.passkey_error,
  }
}
