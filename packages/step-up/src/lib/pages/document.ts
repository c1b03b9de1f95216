import { html, render, trustedMarkup } from './html.ts'
import type { Markup } from './html.ts'
import { drawIcon } from './icons.ts'
import type { Icon } from './icons.ts'
import type { Messages } from './messages-en.ts'
import { PASSKEY_SCRIPT } from './passkey-script.ts'
import { STYLE } from './style.ts'

/** The parts of a page that differ. */
export interface DocumentParts {
  readonly icon: Icon
  /** The heading, and the title of the document unless that says more. */
  readonly heading: string
  readonly title?: string
  readonly content: Markup
}

/** How a document is put together, beside its parts. */
export interface DocumentFrame {
  /** The language of the document. */
  readonly messages: Messages
  /** The nonce that the response's Content-Security-Policy allows for styles and scripts. */
  readonly nonce: string
  /** Whether the page's own script comes with it: see `needsScript`. */
  readonly script: boolean
}

const DOCTYPE = trustedMarkup('<!doctype html>')
const STYLES = trustedMarkup(STYLE)
const SCRIPT = trustedMarkup(PASSKEY_SCRIPT)

/** Puts the parts of a page into a complete HTML document, with one style element and at most one script. */
export function renderDocument({ messages, nonce, script }: DocumentFrame, parts: DocumentParts): string {
  return render(
    html`${DOCTYPE}
      <html lang="${messages.language}" dir="${messages.direction}">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="robots" content="noindex" />
          <meta name="color-scheme" content="light dark" />
          <title>${titleOf(messages, parts)}</title>
          <style nonce="${nonce}">
            ${STYLES}
          </style>
        </head>
        <body>
          ${messages.site === '' ? undefined : html`<header class="site">${messages.site}</header>`}
          <main>
            ${drawIcon(parts.icon)}
            <h1>${parts.heading}</h1>
            ${parts.content}
          </main>
          ${
            script
              ? html`<script nonce="${nonce}">
                  ${SCRIPT}
                </script>`
              : undefined
          }
        </body>
      </html> `,
  )
}

function titleOf(messages: Messages, { title, heading }: DocumentParts): string {
  const step = title ?? heading
  return messages.site === '' ? step : `${step} · ${messages.site}`
}
