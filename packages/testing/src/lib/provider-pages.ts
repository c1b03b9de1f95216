import { TEXTS } from './provider-texts.ts'
import type { Locale } from './provider-texts.ts'

/** What a sign-in page shows. */
export interface SignInView {
  /** The provider's name. */
  readonly title: string
  readonly locale: Locale
  /** Where the form goes. */
  readonly action: string
  /** What stands in the field for the name already: the hint of the application. */
  readonly username: string
  /** Who may go on without signing in anew, where an account is to be chosen. */
  readonly current: string | undefined
  /** Whether the page is for choosing an account. */
  readonly choosing: boolean
  /** Whether a second factor is asked for. */
  readonly secondFactor: boolean
  /** Whether the last answer was wrong. */
  readonly failed: boolean
}

/** The fake provider's sign-in page: the fields `username` and `password`, and the buttons `cancel` and `continue`. */
export function signInPage(view: SignInView): string {
  const texts = TEXTS[view.locale]
  const problem = view.failed ? `<p class="problem" role="alert">${texts.wrong}</p>` : ''
  const note = view.secondFactor ? `<p>${texts.secondFactor}</p>` : ''
  const body = `${problem}${note}<form method="post" action="${escapeText(view.action)}">
<p><label for="username">${texts.userName}</label> <input id="username" name="username" value="${escapeText(view.username)}" autocomplete="username" required></p>
<p><label for="password">${texts.password}</label> <input id="password" name="password" type="password" autocomplete="current-password" required></p>
<p><button type="submit">${texts.signIn}</button> ${cancelButton(view.locale)}</p>
</form>${view.current === undefined ? '' : continueForm(view, view.current)}`
  return page({ ...view, heading: view.choosing ? texts.chooseAccount : texts.signIn, body })
}

/** The fake provider's page that asks whether the application may sign the person in. */
export function consentPage(view: Pick<SignInView, 'title' | 'locale' | 'action'>): string {
  const texts = TEXTS[view.locale]
  const body = `<form method="post" action="${escapeText(view.action)}">
<p><button type="submit" name="consent" value="yes">${texts.allow}</button> ${cancelButton(view.locale)}</p>
</form>`
  return page({ ...view, heading: texts.allowHeading, body })
}

/** The fake provider's sign-out page around the form that it must carry. */
export function signOutPage(title: string, form: string): string {
  const body = `${form}<p><button type="submit" form="op.logoutForm" name="logout" value="yes">Sign out</button></p>`
  return page({ title, locale: 'en', heading: 'Sign out', body })
}

/** A page with one sentence. */
export function messagePage(title: string, text: { readonly heading: string; readonly sentence: string }): string {
  return page({ title, locale: 'en', heading: text.heading, body: `<p>${escapeText(text.sentence)}</p>` })
}

interface Page {
  readonly title: string
  readonly locale: Locale
  readonly heading: string
  readonly body: string
}

// No script and nothing from elsewhere; readable colours in light and dark.
const STYLE = `:root{color-scheme:light dark}
body{margin:0;font:1rem/1.5 system-ui,sans-serif;background:light-dark(#eef1f5,#14181d);color:light-dark(#1b2430,#e6eaf0)}
main{box-sizing:border-box;max-width:24rem;margin:12vh auto;padding:2rem;border-radius:.5rem;background:light-dark(#fff,#1f252c);border:1px solid light-dark(#cdd5df,#3a434e)}
.provider{margin:0;font-size:.875rem;color:light-dark(#4a5563,#a9b4c2)}
h1{margin:.25rem 0 1rem;font-size:1.5rem}
label{display:block;font-weight:600}
input{box-sizing:border-box;width:100%;padding:.5rem;font:inherit;border:1px solid light-dark(#6b7786,#8592a3);border-radius:.25rem}
button{padding:.5rem 1rem;font:inherit;border:1px solid #1f4fbf;border-radius:.25rem;background:#1f4fbf;color:#fff}
button[name=cancel]{background:transparent;color:inherit;border-color:light-dark(#6b7786,#8592a3)}
.problem{padding:.5rem .75rem;border-left:.25rem solid #b3261e;background:light-dark(#fdecea,#3a1f1d)}`

function page({ title, locale, heading, body }: Page): string {
  return `<!doctype html>
<html lang="${locale}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeText(heading)} - ${escapeText(title)}</title>
<style>
${STYLE}
</style></head>
<body><main><p class="provider">${escapeText(title)}</p>
<h1>${escapeText(heading)}</h1>
${body}
</main></body>
</html>
`
}

// In a form of its own: the Enter key in the other one is for signing in.
function continueForm({ locale, action }: SignInView, name: string): string {
  const label = `${TEXTS[locale].continueAs} ${escapeText(name)}`
  return `
<form method="post" action="${escapeText(action)}">
<p><button type="submit" name="continue" value="yes">${label}</button></p>
</form>`
}

function cancelButton(locale: Locale): string {
  return `<button type="submit" name="cancel" value="yes" formnovalidate>${TEXTS[locale].cancel}</button>`
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
