import { languageFor } from '../page-language.ts'
import { escapeHtml, sendPage } from '../page.ts'
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
interface LinksPage {
  readonly links: readonly LinkedIdentity[]
  readonly offers: readonly LinkOffer[]
  /** Where the session began; `undefined` when no provider began it. */
  readonly signedInAt: string | undefined
  readonly linksPath: string
  /** The way on: a checked path of this application. */
  readonly back: string
}

const EN = {
  title: 'Linked sign-ins',
  by: 'You signed in at',
  what: 'With each of these you can sign in here too, as the same person.',
  none: 'None is linked yet.',
  since: 'linked on',
  unlink: 'Unlink',
  another: 'Link another',
  other: 'Another account at',
  how: 'You will be asked to prove that it is you, and then to sign in there.',
  back: 'Back',
} as const
type Words = Readonly<Record<keyof typeof EN, string>>
const WORDS: Readonly<Record<'de' | 'en', Words>> = {
  en: EN,
  de: {
    title: 'Verknüpfte Anmeldungen',
    by: 'Angemeldet haben Sie sich bei',
    what: 'Mit jeder davon können Sie sich hier ebenfalls anmelden, als dieselbe Person.',
    none: 'Noch ist keine verknüpft.',
    since: 'verknüpft am',
    unlink: 'Trennen',
    another: 'Eine weitere verknüpfen',
    other: 'Ein anderes Konto bei',
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
  const { signedInAt } = page
  const by = signedInAt === undefined ? '' : `<p>${words.by} <strong>${nameOf(page, signedInAt)}</strong>.</p>\n`
  const body = `${by}<p>${words.what}</p>
${list}
<h2>${words.another}</h2>
<p class="quiet">${words.how}</p>
${page.offers.map((offer) => drawOffer(offer, offer.issuer === signedInAt ? `${words.other} ` : '')).join('\n')}
<p class="on"><a href="${escapeHtml(page.back)}">${words.back}</a></p>`
  sendPage(res, 200, { title: words.title, lang, body, forms: true })
}

/** How a provider is called, which may be one that is offered no more. */
function nameOf({ offers }: LinksPage, issuer: string): string {
  return escapeHtml(offers.find((offer) => offer.issuer === issuer)?.label ?? issuer)
}

function drawLink(page: LinksPage, link: LinkedIdentity, words: Words): string {
  const { identity, issuer, account, linkedAt } = link
  const { linksPath } = page
  const name = nameOf(page, issuer)
  const day = new Date(linkedAt).toISOString().slice(0, 10)
  const action = escapeHtml(`${linksPath}/${identity}/unlink`)
  const whose = account === undefined ? [] : [escapeHtml(account)]
  const since = `${words.since} <time datetime="${day}">${day}</time>`
  return `<li class="row"><div><p><strong>${name}</strong></p>
<p class="quiet">${[...whose, since].join(' · ')}</p></div>
<form method="post" action="${action}"><button aria-label="${words.unlink}: ${[name, ...whose].join(', ')}">${words.unlink}</button></form></li>`
}

function drawOffer({ label, action }: LinkOffer, before: string): string {
  return `<form method="post" action="${escapeHtml(action)}"><p><button class="wide">${before}${escapeHtml(label)}</button></p></form>`
}
