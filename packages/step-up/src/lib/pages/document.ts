import { html, render, trustedMarkup } from './html.ts'
import type { Markup } from './html.ts'
import type { Messages } from './messages-en.ts'
import { STYLE } from './style.ts'

/** The parts of a page that differ. */
export interface DocumentParts {
  /** The heading, and the title of the document unless that says more. */
  readonly heading: string
  readonly title?: string
  readonly content: Markup
}

const DOCTYPE = trustedMarkup('<!doctype html>')
const STYLES = trustedMarkup(STYLE)

/**
 * Puts the parts of a page into a complete HTML document, without scripts and with one style element.
 *
 * @param messages the language of the document.
 * @param nonce the nonce that the response's Content-Security-Policy allows for styles.
 * @param parts what the page says.
 */
export function renderDocument(messages: Messages, nonce: string, parts: DocumentParts): string {
  return render(
    html`${DOCTYPE}
      <html lang="${messages.language}" dir="${messages.direction}">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="robots" content="noindex" />
          <meta name="color-scheme" content="light dark" />
          <title>${parts.title ?? parts.heading}</title>
          <style nonce="${nonce}">
            ${STYLES}
          </style>
        </head>
        <body>
          <main>
            <h1>${parts.heading}</h1>
            ${parts.content}
          </main>
        </body>
      </html> `,
  )
}
