import { languageFor } from '../page-language.ts'
import { escapeHtml, sendPage } from '../page.ts'
import type { Request, Response } from 'express'

/** A provider to choose. */
interface Choice {
  readonly label: string
  /** The path of its login route. */
  readonly loginPath: string
}

const WORDS = {
  en: { title: 'Sign in', how: 'Choose where you have your account.' },
  de: { title: 'Anmelden', how: 'Wählen Sie, wo Sie Ihr Konto haben.' },
} as const

/**
 * Answers with the page on which people choose where to sign in, in English or German.
 *
 * @param exchange Of the request, nothing but its language is in the page.
 * @param choices In the order of the configuration.
 * @param returnTo A checked path of this application.
 */
export function sendChooserPage(
  { req, res }: { readonly req: Request; readonly res: Response },
  choices: readonly Choice[],
  returnTo: string | undefined,
): void {
  const lang = languageFor(req, res)
  const { title, how } = WORDS[lang]
  const query = returnTo === undefined ? '' : `?return_to=${encodeURIComponent(returnTo)}`
  const list = choices.map(
    ({ label, loginPath }) =>
      `<li><a class="button wide" href="${escapeHtml(loginPath + query)}">${escapeHtml(label)}</a></li>`,
  )
  const body = `<p id="how">${how}</p>
<nav aria-describedby="how"><ul class="plain">${list.join('\n')}</ul></nav>`
  sendPage(res, 200, { title, lang, body })
}
