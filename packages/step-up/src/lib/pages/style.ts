/** The colours of one scheme, as CSS hexadecimal colours. */
export interface Palette {
  readonly page: string
  readonly card: string
  readonly text: string
  readonly quiet: string
  /** Borders of fields and buttons. */
  readonly edge: string
  readonly accent: string
  /** Text on `accent`. */
  readonly onAccent: string
  /** Behind what is being approved. */
  readonly approve: string
  readonly error: string
  readonly onError: string
}

/** For people who prefer light. */
export const LIGHT: Palette = {
  page: '#f3f4f6',
  card: '#ffffff',
  text: '#1b1f24',
  quiet: '#525b66',
  edge: '#76808c',
  accent: '#1a4fc4',
  onAccent: '#ffffff',
  approve: '#eef3fd',
  error: '#fdeeee',
  onError: '#9b1c1c',
}

/** For people who prefer dark. */
export const DARK: Palette = {
  page: '#111417',
  card: '#1a1e23',
  text: '#e9ebee',
  quiet: '#a8b1bc',
  edge: '#7d8895',
  accent: '#8fb4ff',
  onAccent: '#0c1a36',
  approve: '#202b40',
  error: '#3a1d1f',
  onError: '#ffb4b4',
}

/** The one stylesheet of the pages: system fonts, nothing loaded, nothing that moves. */
export const STYLE: string = `
:root{color-scheme:light dark;${variables(LIGHT)}}
@media (prefers-color-scheme:dark){:root{${variables(DARK)}}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--text);font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;overflow-wrap:anywhere}
main{max-width:32rem;margin:0 auto;padding:1.5rem 1rem 3rem}
@media (min-width:40rem){main{margin-top:3rem;margin-bottom:3rem;padding:2.5rem;background:var(--card);border-radius:.75rem;box-shadow:0 1px 3px rgb(0 0 0/.2)}}
h1{font-size:1.6rem;line-height:1.25;margin:0 0 .5rem}
h2{font-size:1.1rem;margin:2rem 0 .5rem}
p{margin:.5rem 0}
.quiet{color:var(--quiet)}
.small{font-size:.9rem}
.approve{margin:1.5rem 0;padding:1rem 1.25rem;background:var(--approve);border-left:.3rem solid var(--accent);border-radius:.5rem}
.approve h2{margin:0;font-size:1rem;font-weight:400;color:var(--quiet)}
.approve .name{margin:0;font-weight:600}
.approve dl{margin:.75rem 0 0}
.approve dt{color:var(--quiet);margin-top:.5rem}
.approve dd{margin:0;font-size:1.5rem;font-weight:700;line-height:1.3;white-space:pre-wrap}
form{margin:.75rem 0 0}
label{display:block;font-weight:600;margin-bottom:.25rem}
input[type=text]{width:100%;padding:.65rem .75rem;font:inherit;color:inherit;background:var(--card);border:1px solid var(--edge);border-radius:.4rem}
input.code{max-width:16rem;font-size:1.5rem;letter-spacing:.15em;font-variant-numeric:tabular-nums}
input[aria-invalid=true]{border:2px solid var(--on-error)}
button,.button{display:inline-block;min-height:2.75rem;padding:.55rem 1.25rem;font:inherit;font-weight:600;line-height:1.5;color:var(--accent);background:transparent;border:1px solid var(--edge);border-radius:.4rem;cursor:pointer;text-decoration:none}
.main{color:var(--on-accent);background:var(--accent);border-color:var(--accent)}
.big{width:100%;min-height:3.25rem;font-size:1.1rem;text-align:center}
.go{margin:1rem 0}
form button{margin-top:.75rem}
.secret+label,.small+label{margin-top:1.5rem}
a{color:var(--accent)}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
.problem,.notice{margin:1rem 0;padding:.75rem 1rem;border-radius:.4rem;background:var(--approve)}
.problem{background:var(--error);color:var(--on-error);font-weight:600}
.qr{width:13rem;max-width:100%;margin:1rem 0;padding:.5rem;background:#fff;border-radius:.4rem}
.qr svg{display:block;width:100%;height:auto}
.secret{display:block;padding:.65rem .75rem;font:1.1rem/1.6 ui-monospace,Menlo,Consolas,monospace;background:var(--approve);border-radius:.4rem;user-select:all;-webkit-user-select:all}
.plain{margin:0;padding:0;list-style:none}
.plain>li{padding:.25rem 0}
.plain a{display:inline-block;padding:.2rem 0}
.cards>li{padding:1rem 0;border-top:1px solid var(--edge)}
.cards{margin-top:1.5rem}
.cards h2{margin:0;font-size:1rem}
.cards p{margin:.1rem 0}
summary{display:inline-block;padding:.3rem 0;color:var(--accent);text-decoration:underline;cursor:pointer}
details form{margin:.25rem 0 1rem}
.aside{margin-top:2rem;padding-top:1rem;border-top:1px solid var(--edge)}
`

function variables(palette: Palette): string {
  const { page, card, text, quiet, edge, accent, onAccent, approve, error, onError } = palette
  return `--page:${page};--card:${card};--text:${text};--quiet:${quiet};--edge:${edge};--accent:${accent};--on-accent:${onAccent};--approve:${approve};--error:${error};--on-error:${onError}`
}
