import { createHash } from 'node:crypto'
import type { Response } from 'express'

/** What differs from page to page. */
interface PageParts {
  /** The heading too. Words of ours: escaped here. */
  readonly title: string
  /** BCP 47; `en` if not given. */
  readonly lang?: string | undefined
  /** Markup below the heading, in which everything that is not ours went through `escapeHtml`. */
  readonly body: string
  /** Whether it has forms, whose answers may lead on to a provider; a page without has nothing to send. */
  readonly forms?: boolean | undefined
}

/** A document with the headers that belong to it. */
interface RenderedPage {
  readonly html: string
  readonly headers: Readonly<Record<string, string>>
}

const LIGHT =
  '--page:#f1f3f7;--card:#fff;--text:#181c22;--quiet:#4f5864;--edge:#76808c;--line:#dfe3ea;--accent:#1a4fc4;--on-accent:#fff'
const DARK =
  '--page:#0f1215;--card:#1a1e23;--text:#e9ebee;--quiet:#a8b1bc;--edge:#7d8895;--line:#323941;--accent:#8fb4ff;--on-accent:#0c1a36'

/** The one stylesheet: system fonts, nothing loaded, nothing that moves. */
const STYLE = `
:root{color-scheme:light dark;${LIGHT}}
@media (prefers-color-scheme:dark){:root{${DARK}}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--text);font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;overflow-wrap:anywhere}
main{max-width:34rem;min-height:100vh;margin:0 auto;padding:1.5rem 1.25rem 3rem;background:var(--card);border-top:.25rem solid var(--accent)}
@media (min-width:40rem){main{min-height:0;margin:3rem auto;padding:2.25rem 2.5rem;border:1px solid var(--line);border-top:.25rem solid var(--accent);border-radius:.75rem}}
h1{font-size:1.6rem;line-height:1.25;margin:0 0 .5rem}
h2{font-size:1.15rem;line-height:1.3;margin:2rem 0 .5rem}
p{margin:.5rem 0}
a{color:var(--accent)}
.quiet{color:var(--quiet);font-size:.9rem}
.plain{margin:1rem 0 0;padding:0;list-style:none}
.plain li{padding:.375rem 0}
.plain .row{padding:.75rem 0;border-top:1px solid var(--line)}
.row{display:flex;flex-wrap:wrap;gap:.25rem 1rem;align-items:center;justify-content:space-between}
.row p,.row form{margin:0}
button,.button{display:inline-block;min-height:2.75rem;padding:.55rem 1.25rem;font:inherit;font-weight:600;text-align:center;color:var(--accent);background:transparent;border:1px solid var(--edge);border-radius:.45rem;cursor:pointer;text-decoration:none}
button:hover,.button:hover{text-decoration:underline;text-underline-offset:.15em}
.main{margin-top:.75rem;color:var(--on-accent);background:var(--accent);border-color:var(--accent)}
.wide{display:block;width:100%}
.on{margin-top:1.5rem}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
@media (forced-colors:active){.main{border:1px solid}}
`
const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64')

// Chromium judges the whole chain of redirects after a form by the page that it stood on, and the provider is at its end.
const LEADS_ON = "'self' https: http://localhost:* http://127.0.0.1:*"

/**
 * Puts a small page together: no script, nothing loaded, one style that its policy names by hash, never framed.
 *
 * The referrer of a page with forms is `same-origin`: with `no-referrer`, browsers send `Origin: null` with its forms.
 */
function renderPage({ title, lang = 'en', body, forms = false }: PageParts): RenderedPage {
  const policy = [
    "default-src 'none'",
    `style-src 'sha256-${STYLE_HASH}'`,
    `form-action ${forms ? LEADS_ON : "'none'"}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ]
  const heading = escapeHtml(title)
  const html = `<!doctype html>
<html lang="${escapeHtml(lang)}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex"><meta name="color-scheme" content="light dark"><title>${heading}</title><style>${STYLE}</style></head>
<body><main><h1>${heading}</h1>
${body}
</main></body>
</html>
`
  const headers = {
    'Cache-Control': 'no-store',
    'Content-Language': lang,
    'Content-Security-Policy': policy.join('; '),
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Referrer-Policy': forms ? 'same-origin' : 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
  }
  return { html, headers }
}

/** Answers with a page. */
export function sendPage(res: Response, status: number, parts: PageParts): void {
  const { html, headers } = renderPage(parts)
  res.status(status).set(headers).type('html').send(html)
}

/** Makes text safe in an element and in a quoted attribute. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
}
