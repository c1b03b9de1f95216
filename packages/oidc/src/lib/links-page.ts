import { languageFor } from './page-language.ts'
import { escapeHtml, sendPage } from './page.ts'
import type { Request, Response } from 'express'
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
  /** The way on: a checked path of this application. */
  readonly back: string
}

const EN = {
  title: 'Linked sign-ins',
  what: 'With each of these you can sign in here too, as the same person.',
  none: 'None is linked yet.',
  since: 'linked on',
  unlink: 'Unlink',
  another: 'Link another',
  how: 'You will be asked to prove that it is you, and then to sign in there.',
  back: 'Back',
} as const
type Words = Readonly<Record<keyof typeof EN, string>>
const WORDS: Readonly<Record<'de' | 'en', Words>> = {
  en: EN,
  de: {
    title: 'Verknüpfte Anmeldungen',
    what: 'Mit jeder davon können Sie sich hier ebenfalls anmelden, als dieselbe Person.',
    none: 'Noch ist keine verknüpft.',
    since: 'verknüpft am',
    unlink: 'Trennen',
    another: 'Eine weitere verknüpfen',
    how: 'Sie werden gebeten zu bestätigen, dass Sie es sind, und sich dann dort anzumelden.',
    back: 'Zurück',
  },
}

/**
 * Answers with the page that lists a user's linked identities, with a form to take each off and one to add another, in
 * English or German.
 */
export function sendLinksPage(req: Request, res: Response, page: LinksPage): void {
  const lang = languageFor(req, res)
  const words = WORDS[lang]
  const list =
    page.links.length === 0
      ? `<p>${words.none}</p>`
      : `<ul class="plain">${page.links.map((link) => drawLink(page, link, words)).join('')}</ul>`
  const body = `<p>${words.what}</p>
${list}
<h2>${words.another}</h2>
<p class="quiet">${words.how}</p>
${page.offers.map(drawOffer).join('\n')}
<p class="on"><a href="${escapeHtml(page.back)}">${words.back}</a></p>`
  sendPage(res, 200, { title: words.title, lang, body, forms: true })
}

function drawLink({ offers, linksPath }: LinksPage, link: LinkedIdentity, words: Words): string {
  const { identity, issuer, account, linkedAt } = link
  const name = escapeHtml(offers.find((offer) => offer.issuer === issuer)?.label ?? issuer)
  const day = new Date(linkedAt).toISOString().slice(0, 10)
  const action = escapeHtml(`${linksPath}/${identity}/unlink`)
  const whose = escapeHtml(account)
  return `<li class="row"><div><p><strong>${name}</strong></p>
<p class="quiet">${whose} · ${words.since} <time datetime="${day}">${day}</time></p></div>
<form method="post" action="${action}"><button aria-label="${words.unlink}: ${name}, ${whose}">${words.unlink}</button></form></li>`
}

function drawOffer({ label, action }: LinkOffer): string {
  return `<form method="post" action="${escapeHtml(action)}"><p><button class="wide">${escapeHtml(label)}</button></p></form>`
}
