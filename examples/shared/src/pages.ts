import { createHash } from 'node:crypto'

import type { Response } from 'express'

import { Html, html } from './html.ts'

/** A page of an example. */
export interface PageParts {
  readonly title: string
  readonly brand: string
  readonly content: Html
  /** Origins that the answer to a form may lead to: browsers judge redirects by the page that the form stood on. */
  readonly formsLeadTo?: readonly string[] | undefined
}

/** A whole document, with the headers that belong to it. */
export interface RenderedPage {
  readonly document: string
  readonly headers: Readonly<Record<string, string>>
}

/** Makes a whole document, under a policy that allows its own style and forms to this application, and nothing else. */
export function renderPage({ title, brand, content, formsLeadTo = [] }: PageParts): RenderedPage {
  const document = html`<html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <title>${title} - ${brand}</title>
      ${STYLE}
    </head>
    <body>
      <header><a href="/">${brand}</a></header>
      <main>${content}</main>
    </body>
  </html>`
  const forms = ["'self'", ...formsLeadTo].join(' ')
  const headers = {
    'Cache-Control': 'no-store',
    'Content-Security-Policy': `default-src 'none'; style-src 'sha256-${STYLE_DIGEST}'; form-action ${forms}; base-uri 'none'; frame-ancestors 'none'`,
    'Referrer-Policy': 'same-origin',
    'X-Content-Type-Options': 'nosniff',
  }
  return { document: `<!doctype html>\n${document.text}\n`, headers }
}

/** Sends a page. */
export function sendPage(res: Response, parts: PageParts): void {
  const { document, headers } = renderPage(parts)
  res.set(headers).type('html').send(document)
}

// Calm, readable on a phone, light and dark.
const STYLESHEET = `
:root { color-scheme: light dark; --ink: #1c2430; --paper: #fbfaf7; --line: #d5d3cc; --accent: #1f5c4d; --on-accent: #fff; --warn: #9a2c1f }
@media (prefers-color-scheme: dark) { :root { --ink: #e9e7e1; --paper: #171a1f; --line: #3a3f48; --accent: #7fc9b3; --on-accent: #10201b; --warn: #ff9c8c } }
* { box-sizing: border-box }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1.0625rem/1.55 system-ui, sans-serif }
header { border-bottom: 1px solid var(--line); padding: 0.9rem 1.25rem }
header a { color: inherit; font-weight: 650; text-decoration: none; letter-spacing: 0.01em }
main { max-width: 38rem; margin: 0 auto; padding: 1.5rem 1.25rem 4rem }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0.5rem 0 1rem }
h2 { font-size: 1.15rem; margin: 2rem 0 0.5rem }
label { display: block; font-weight: 600; margin: 1rem 0 0.25rem }
input { width: 100%; padding: 0.65rem 0.75rem; font: inherit; color: inherit; background: transparent; border: 1px solid currentColor; border-radius: 0.4rem }
button, .button { display: inline-block; margin-top: 1.25rem; padding: 0.7rem 1.2rem; border: 0; border-radius: 0.4rem; background: var(--accent); color: var(--on-accent); font: inherit; font-weight: 650; text-decoration: none; cursor: pointer }
button.plain { background: none; color: var(--accent); padding: 0; margin: 0; text-decoration: underline; font-weight: 400 }
a { color: var(--accent) }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
.quiet { opacity: 0.75; font-size: 0.95rem }
.problem { border-left: 4px solid var(--warn); padding-left: 0.75rem; color: var(--warn) }
.done { border-left: 4px solid var(--accent); padding-left: 0.75rem }
nav ul { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: 0.4rem 1.25rem }
table { width: 100%; border-collapse: collapse; font-size: 0.95rem }
th, td { text-align: left; padding: 0.45rem 0.6rem 0.45rem 0; border-bottom: 1px solid var(--line); vertical-align: top }
td { overflow-wrap: anywhere }
td.time { white-space: nowrap; font-variant-numeric: tabular-nums }
`

const STYLE = new Html(`<style>${STYLESHEET}</style>`)
const STYLE_DIGEST = createHash('sha256').update(STYLESHEET).digest('base64')
