/** The fake provider's sign-in page; `failed` says that the last answer was wrong. */
export function signInPage(action: string, failed: boolean): string {
  const problem = failed ? '<p role="alert">That name and password do not belong together.</p>' : ''
  return page(
    'Sign in',
    `${problem}<form method="post" action="${escapeText(action)}">
<p><label for="username">User name</label> <input id="username" name="username" autocomplete="username" required></p>
<p><label for="password">Password</label> <input id="password" name="password" type="password" autocomplete="current-password" required></p>
<p><button type="submit">Sign in</button> <button type="submit" name="cancel" value="yes" formnovalidate>Cancel</button></p>
</form>`,
  )
}

/** The fake provider's sign-out page around the form that it must carry. */
export function signOutPage(form: string): string {
  return page(
    'Sign out',
    `${form}<p><button type="submit" form="op.logoutForm" name="logout" value="yes">Sign out</button></p>`,
  )
}

/** A page with one sentence. */
export function messagePage(title: string, sentence: string): string {
  return page(title, `<p>${escapeText(sentence)}</p>`)
}

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>${escapeText(title)} - example identity provider</title></head>
<body><main><h1>${escapeText(title)}</h1>
${body}
</main></body>
</html>
`
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
