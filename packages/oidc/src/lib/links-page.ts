import { escapeHtml, sendPage } from './page.ts'
import type { Response } from 'express'
import type { LinkedIdentity } from './linked-identities.ts'

/** A provider whose identities can be linked. */
export interface LinkOffer {
  readonly issuer: string
  /** How the page calls it. */
  readonly label: string
  /** The path of its `POST /link`. */
  readonly action: string
}

/** What the page of a user's links shows. */
export interface LinksPage {
  readonly links: readonly LinkedIdentity[]
  readonly offers: readonly LinkOffer[]
  readonly linksPath: string
}

/** Answers with the page that lists a user's linked identities, with a form to take each off and one to add another. */
export function sendLinksPage(res: Response, page: LinksPage): void {
  const list =
    page.links.length === 0
      ? '<p>None is linked yet.</p>'
      : `<ul class="plain">${page.links.map((link) => drawLink(page, link)).join('')}</ul>`
  const body = `<p>With each of these you can sign in here too, as the same person.</p>
${list}
<h2>Link another</h2>
<p class="quiet">You will be asked to prove that it is you, and then to sign in there.</p>
${page.offers.map(drawOffer).join('\n')}`
  sendPage(res, 200, { title: 'Linked sign-ins', body, forms: true })
}

function drawLink({ offers, linksPath }: LinksPage, { identity, issuer, account, linkedAt }: LinkedIdentity): string {
  const name = escapeHtml(offers.find((offer) => offer.issuer === issuer)?.label ?? issuer)
  const day = new Date(linkedAt).toISOString().slice(0, 10)
  const action = escapeHtml(`${linksPath}/${identity}/unlink`)
  const whose = escapeHtml(account)
  return `<li class="row"><div><p><strong>${name}</strong></p>
<p class="quiet">${whose} · linked on <time datetime="${day}">${day}</time></p></div>
<form method="post" action="${action}"><button aria-label="Unlink ${name}, ${whose}">Unlink</button></form></li>`
}

function drawOffer({ label, action }: LinkOffer): string {
  return `<form method="post" action="${escapeHtml(action)}"><p><button class="wide">${escapeHtml(label)}</button></p></form>`
}
