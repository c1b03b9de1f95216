import { escapeHtml, sendPage } from '../page.ts'
import type { Response } from 'express'

/** A provider to choose. */
export interface Choice {
  readonly label: string
  /** The path of its login route. */
  readonly loginPath: string
}

/**
 * Answers with the page on which people choose where to sign in.
 *
 * @param choices In the order of the configuration.
 * @param returnTo A checked path of this application; nothing else of the request is in the page.
 */
export function sendChooserPage(res: Response, choices: readonly Choice[], returnTo: string | undefined): void {
  const query = returnTo === undefined ? '' : `?return_to=${encodeURIComponent(returnTo)}`
  const list = choices.map(
    ({ label, loginPath }) =>
      `<li><a class="button wide" href="${escapeHtml(loginPath + query)}">${escapeHtml(label)}</a></li>`,
  )
  const body = `<p id="how">Choose where you have your account.</p>
<nav aria-describedby="how"><ul class="plain">${list.join('\n')}</ul></nav>`
  sendPage(res, 200, { title: 'Sign in', body })
}
