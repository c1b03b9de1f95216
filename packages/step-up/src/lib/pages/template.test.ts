import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Page } from '../page-models.ts'
import type { ViewBlock } from '../types.ts'
import { messagesEn } from './messages-en.ts'
import { defaultTemplate, pageTemplate } from './template.ts'

const context = { nonce: 'n0nce', languages: ['en'], mount: '/step-up' }

/** One page of each kind, with the same string wherever a person, an application or a provider has the word. */
function pagesSaying(text: string): readonly Page[] {
  const action = { name: text, show: [[text, text]] as const }
  const view: readonly ViewBlock[] = [
    { kind: 'text', message: text },
    { kind: 'qr', svg: '<svg></svg>', label: text },
    { kind: 'secret', id: 'totp-secret', label: text, text },
    { kind: 'codes', label: text, codes: [text, text] },
    { kind: 'code', digits: 6 },
    { kind: 'leave', url: text, message: text },
  ]
  const passkey: readonly ViewBlock[] = [
    { kind: 'passkey', ceremony: 'get', options: { challenge: text, [text]: [text] }, autofill: true },
    { kind: 'passkey_signal', signal: 'unknownCredential', value: { rpId: text, credentialId: text } },
  ]
  const common = { account: text, csrf: text }
  const listed = {
    id: text,
    factor: 'totp',
    label: text,
    enrolledAt: 0,
    disabled: true,
    renameUrl: text,
    removeUrl: text,
  } as const
  const urls = { verifyUrl: text, cancelUrl: text, denyUrl: text }
  const others = [{ factor: 'webauthn', url: text }] as const
  const sessions = [{ client: text, startedAt: 0, seenAt: 0, endUrl: text }]
  return [
    { page: 'challenge', ...common, ...urls, action, factor: 'totp', view, others, secondsLeft: 9 },
    { page: 'enrol_first', ...common, action, others, authenticatorsUrl: text, cancelUrl: text },
    {
      page: 'authenticators',
      ...common,
      authenticators: [listed],
      factors: [{ factor: 'totp', startUrl: text }],
      view: passkey.slice(1),
      sessions,
      endOthersUrl: text,
      dropUrl: text,
      continueUrl: text,
    },
    { page: 'enrolment', ...common, factor: 'totp', view, finishUrl: text, cancelUrl: text, problem: 'wrong_code' },
    { page: 'shown_once', account: text, factor: 'recovery_code', view: view.slice(0, 4), continueUrl: text },
    { page: 'sign_in', factor: 'webauthn', view: passkey, verifyUrl: text, csrf: text },
    { page: 'resume', ...common, action, method: 'post', url: text, fields: [[text, text]], discardUrl: text },
    { page: 'message', status: 403, message: 'not_enough', code: text, backUrl: text },
  ]
}

function draw(page: Page): string {
  return defaultTemplate(page, context)
}

/** The elements and attributes of a document, without any value or text. */
function skeleton(document: string): string {
  return document.replace(/="[^"]*"/g, '=""').replace(/>[^<]*</g, '><')
}

function challenge(changes: Partial<Extract<Page, { page: 'challenge' }>> = {}): string {
  return draw({
    page: 'challenge',
    account: 'alice@example.com',
    action: {
      name: 'Transfer',
      show: [
        ['To', 'Bob'],
        ['Amount', '10.00 EUR'],
      ],
    },
    factor: 'totp',
    verifyUrl: '/step-up/challenges/c1/totp/verify',
    view: [{ kind: 'code', digits: 6 }],
    others: [{ factor: 'webauthn', url: '/step-up/challenges/c1?factor=webauthn' }],
    cancelUrl: '/step-up/challenges/c1/cancel',
    denyUrl: '/step-up/challenges/c1/deny',
    secondsLeft: 275.9,
    csrf: 'token',
    ...changes,
  })
}

function resume(fields: readonly (readonly [string, string])[]): string {
  const common = { account: 'alice', csrf: 'token', discardUrl: '/step-up/resume/r1/discard' }
  return draw({ page: 'resume', ...common, method: 'post', url: '/transfer?from=1', fields })
}

function between(text: string, start: string, end: string): string {
  return text.split(start)[1]?.split(end)[0] ?? ''
}

describe('defaultTemplate', () => {
  test('v5.0.0-1.2.1 no string of anybody adds an element or an attribute to any page', () => {
    const plain = pagesSaying('x').map((page) => skeleton(draw(page)))
    const hostile = fc.oneof(
      fc.string({ unit: 'binary', minLength: 1 }),
      fc.constantFrom('"><script>', "' onload='x", '</style><b>', '</title>', '<!--', ']]>', '`', '&quot;>', '\0<'),
    )

    fc.assert(
      fc.property(hostile, (text) => {
        expect(pagesSaying(text).map((page) => skeleton(draw(page)))).toEqual(plain)
      }),
    )
  })

  test('v5.0.0-1.2.1 a nonce or an address cannot break out either', () => {
    const page = defaultTemplate(pagesSaying('javascript:alert(1)')[0] ?? never(), { ...context, nonce: '"><script>' })

    expect(page).not.toContain('<script')
    expect(page).not.toMatch(/(?:href|action)="javascript:/)
  })

  test('WEB-08 contains no inline handler or style anywhere', () => {
    const all = pagesSaying('x').map(draw).join('')

    expect(all).not.toMatch(/<[^>]*\s(?:on[a-z]+|style)="|javascript:/)
  })

  test('WEB-08 WA-CL-06 has a script where there are passkeys, one and under the nonce, and nowhere else', () => {
    const scripts = pagesSaying('x').map((page) => [page.page, draw(page).match(/<script[^>]*>/g) ?? []])

    expect(scripts.filter(([, found]) => found?.length !== 0)).toEqual([
      ['authenticators', ['<script nonce="n0nce">']],
      ['sign_in', ['<script nonce="n0nce">']],
    ])
  })

  test('A11Y-16 every page is a whole document with language, title, one heading and one main landmark', () => {
    const counts = pagesSaying('x')
      .map(draw)
      .map((page) =>
        [/^<!doctype html>\s*<html lang="en" dir="ltr">/, /<title>\w[^<]*<\/title>/, /<h1>/g, /<main>/g].map(
          (pattern) => page.match(pattern)?.length,
        ),
      )

    expect(counts).toEqual(counts.map(() => [1, 1, 1, 1]))
  })

  test('has exactly one style element, under the nonce of the response', () => {
    const page = challenge()

    expect(page.match(/<style/g)).toHaveLength(1)
    expect(page).toContain('<style nonce="n0nce">')
  })

  test('every form that is sent to step-up is a post with its token', () => {
    const forms = pagesSaying('/x')
      .filter((page) => page.page !== 'resume')
      .flatMap((page) => draw(page).split('<form').slice(1))

    expect(forms).toHaveLength(13)
    expect(
      forms.filter(
        (form) => !/^ method="post" action="\/x">\s*<input type="hidden" name="_csrf" value="\/x"/.test(form),
      ),
    ).toEqual([])
  })
})

describe('the challenge page', () => {
  test('shows what is being approved as a list, under its own heading', () => {
    const box = between(challenge(), '<section class="approve" aria-labelledby="approving">', '</section>')

    expect(box).toContain('You are approving')
    expect(box).toContain('<dt><bdi>Amount</bdi></dt>')
    expect(box).toMatch(/<dd><bdi>10\.00 EUR<\/bdi><\/dd>/)
  })

  test('A11Y-10 "this was not me" says what it does before it can be pressed, in a form of its own', () => {
    const part = between(challenge(), '<details>', '</details>')

    expect(part).toContain('<summary>This was not me</summary>')
    expect(part).toContain('your account is signed out everywhere')
    expect(part).toMatch(/<form method="post" action="\/step-up\/challenges\/c1\/deny">[^]*Refuse and sign out/)
  })

  test('A11Y-03 asks for a code of letters in a field for letters, into which no message is filled', () => {
    const page = challenge({ factor: 'recovery_code', view: [{ kind: 'code', digits: 24, letters: true }] })

    expect(page).toContain('inputmode="text" autocomplete="off" autocapitalize="characters"')
    expect(page).not.toContain('one-time-code')
    expect(page).toContain('24 letters and digits.')
  })

  test('A11Y-05 does not call a code invalid when something else was wrong', () => {
    expect(challenge({ problem: 'authenticator_locked' })).not.toContain('aria-invalid="true"')
  })

  test('A11Y-03 asks for the code in one text field that takes a paste and autofill', () => {
    const field = between(challenge(), '<input\n      type="text"', '/>')

    expect(field).toContain('name="code"')
    expect(field).toContain('inputmode="numeric"')
    expect(field).toContain('autocomplete="one-time-code"')
    expect(field).not.toContain('maxlength')
    expect(field).not.toContain('pattern')
  })

  test('A11Y-06 labels the field and describes its format', () => {
    const page = challenge()

    expect(page).toContain('<label for="code">Code</label>')
    expect(page).toContain('aria-describedby="code-hint"')
    expect(page).toContain('id="code-hint">6 digits.')
  })

  test('A11Y-04 A11Y-05 announces what was wrong, in the title, as an alert and at the field', () => {
    const page = challenge({ problem: 'code_reused' })

    expect(page).toContain('<title>Error: Confirm that it is you</title>')
    expect(page).toContain('<p class="problem" id="problem" role="alert">That code was already used.')
    expect(page).toContain('aria-invalid="true" aria-describedby="problem code-hint"')
  })

  test('A11Y-07 says the time left in whole seconds', () => {
    expect(challenge()).toContain('Time left: 4 min 35 s,')
    expect(challenge({ secondsLeft: -3 })).toContain('Time left: 0 min 0 s,')
  })

  test('A11Y-09 names the account and never asks for it', () => {
    expect(challenge()).toContain('Signed in as <b><bdi>alice@example.com</bdi></b>')
    expect(challenge()).not.toContain('autocomplete="username')
  })

  test('A11Y-17 offers the other factors in words and a way to cancel', () => {
    const page = challenge()

    expect(page).toContain('<a href="/step-up/challenges/c1?factor=webauthn">Passkey</a>')
    expect(page).toContain('action="/step-up/challenges/c1/cancel"')
  })

  test('has a button to continue where there is nothing to type', () => {
    expect(challenge({ factor: 'oidc', view: [] })).toMatch(/>\s*Continue\s*<\/button>/)
  })

  test('A11Y-17 shows a link in place of a button where the proof is given elsewhere', () => {
    const page = challenge({
      factor: 'oidc',
      view: [{ kind: 'leave', url: '/auth/again?a=1&b=2', message: 'leave_oidc' }],
    })

    expect(page).toMatch(/<a class="button main" href="\/auth\/again\?a=1&amp;b=2">Sign in again at your provider<\/a>/)
    expect(page).not.toContain('/verify')
    expect(page).toContain('action="/step-up/challenges/c1/cancel"')
  })

  test('lets a way out stand beside a code to type', () => {
    const view = [
      { kind: 'leave', url: '/auth/again', message: 'Elsewhere' },
      { kind: 'code', digits: 6 },
    ] as const

    expect(challenge({ view })).toMatch(/href="\/auth\/again"[^]*>\s*Confirm\s*<\/button>/)
  })

  test('leaves out what there is not', () => {
    const page = draw({
      page: 'challenge',
      account: 'alice',
      factor: 'totp',
      verifyUrl: '/v',
      view: [],
      others: [],
      cancelUrl: '/c',
      denyUrl: '/d',
      secondsLeft: 1,
      csrf: 't',
    })

    expect(page).not.toMatch(/<section|<nav|role="alert"/)
  })
})

describe('the enrolment page', () => {
  test('A11Y-14 gives the setup key as text that one click selects, beside the picture', () => {
    const view: readonly ViewBlock[] = [
      { kind: 'qr', svg: '<svg viewBox="0 0 1 1"></svg>', label: 'Setup key as a QR code' },
      { kind: 'secret', id: 'totp-secret', label: 'Setup key', text: 'ABCD EFGH' },
    ]
    const page = draw({
      page: 'enrolment',
      account: 'a',
      factor: 'totp',
      view,
      finishUrl: '/f',
      cancelUrl: '/c',
      csrf: 't',
    })

    expect(page).toContain('<code class="secret" id="totp-secret" translate="no">ABCD EFGH</code>')
    expect(page).toContain('role="img" aria-labelledby="picture-0"><svg viewBox="0 0 1 1"></svg>')
    expect(page).toContain('.secret{')
    expect(between(page, '.secret,.codes{', '}')).toContain('user-select:all')
  })
})

describe('codes to keep', () => {
  test('v5.0.0-6.5.2 stand in a list that one click selects, and going on says that they were kept', () => {
    const page = draw({
      page: 'enrolment',
      account: 'a',
      factor: 'recovery_code',
      view: [{ kind: 'codes', label: 'Your codes', codes: ['AAAA-BBBB', 'CCCC-DDDD'] }],
      finishUrl: '/f',
      cancelUrl: '/c',
      csrf: 't',
    })

    expect(page.match(/<li><code>[A-D-]+<\/code><\/li>/g)).toHaveLength(2)
    expect(page).toContain('<input type="checkbox" id="kept" name="kept" value="yes" required />')
    expect(page).toContain('.codes{user-select:all')
  })

  test('shown once have a way on and no form', () => {
    const page = draw(pagesSaying('/x')[4] ?? never())

    expect(page).not.toContain('<form')
    expect(page).toContain('<a class="button main" href="/x">I have kept it, continue</a>')
  })
})

describe('the authenticators page', () => {
  test('A11Y-10 removal is a form of its own that is opened first and says what it means', () => {
    const page = draw(pagesSaying('/x')[2] ?? never())
    const removal = page.split('<details>')[2] ?? ''

    expect(removal).toContain('It will stop working at once')
    expect(removal).toContain('action="/x"')
  })

  test('announces what has just happened', () => {
    const page = draw({
      page: 'authenticators',
      account: 'a',
      authenticators: [],
      factors: [],
      view: [],
      sessions: [],
      notice: 'removed',
      csrf: 't',
    })

    expect(page).toContain('role="status">It was removed.')
    expect(page).toContain('You have not set up any yet.')
  })

  test('A11Y-17 lets a person name each authenticator, in a field that holds the present name', () => {
    const page = draw(pagesSaying('/x')[2] ?? never())

    expect(page).toMatch(/<input type="text" id="name-0" name="label" value="\/x"[^]*Save name/)
  })

  test('marks what is disabled, in words', () => {
    const page = draw(pagesSaying('/x')[2] ?? never())

    expect(page).toContain('<span class="badge alert">Disabled</span>')
    expect(page).toContain('Remove it and set it up anew.')
  })

  test('v5.0.0-7.5.2 lists the sessions, each with its own end, and one end for all others', () => {
    const page = draw({
      page: 'authenticators',
      account: 'a',
      authenticators: [],
      factors: [],
      view: [],
      sessions: [
        { client: 'Firefox on Linux', startedAt: 0, seenAt: 0 },
        { client: '', startedAt: 0, seenAt: 0, endUrl: '/end/1' },
      ],
      endOthersUrl: '/end-others',
      csrf: 't',
    })
    const [own = '', other = ''] = page.split('<li class="row">').slice(1)

    expect(own).toContain('This session')
    expect(own).not.toContain('<form')
    expect(other).toMatch(/Unknown browser[^]*Jan 1, 1970, 12:00.AM<\/time> UTC[^]*action="\/end\/1"/)
    expect(other).toContain('action="/end-others"')
    expect(page).not.toContain('id="drop"')
  })

  test('STEP-01 offers to drop what was proved, where there is something', () => {
    expect(draw(pagesSaying('/x')[2] ?? never())).toMatch(/id="drop">[^]*action="\/x"[^]*Ask me again from now on/)
  })
})

describe('the resume page', () => {
  test('sends exactly the stashed fields to the original address', () => {
    const form = between(
      resume([
        ['to', 'bob'],
        ['memo', 'a"b<c>&\r\nd'],
      ]),
      '<form method="post" action="/transfer?from=1">',
      '</form>',
    )

    expect(form.match(/<input[^>]*>/g)).toEqual([
      '<input type="hidden" name="to" value="bob" />',
      '<input type="hidden" name="memo" value="a&quot;b&lt;c&gt;&amp;&#13;\nd" />',
    ])
    expect(form).toContain('Confirm and continue')
  })

  test('offers to discard, in a form of its own', () => {
    expect(resume([])).toMatch(/action="\/step-up\/resume\/r1\/discard">[^]*Discard/)
  })
})

describe('pageTemplate', () => {
  const locked: Page = { page: 'message', status: 429, message: 'locked', code: 'X' }

  test('A11Y-16 speaks the language that the browser asks for and says which', () => {
    const page = defaultTemplate(locked, { ...context, languages: ['fr', 'de-CH', 'en'] })

    expect(page).toContain('<html lang="de"')
    expect(page).toContain('<h1>Zu viele falsche Antworten</h1>')
  })

  test('A11Y-16 names the site, if it has a name, in the title and at the head', () => {
    const page = pageTemplate({ ...messagesEn, site: 'A & B' })(locked, context)

    expect(page).toContain('<title>Too many wrong answers · A &amp; B</title>')
    expect(page).toContain('<header class="site">A &amp; B</header>')
  })
})

function never(): never {
  throw new Error('the list of pages is too short')
}
