import type { LedgerEvent } from '@sallyport/audit/ledger'
import type { BrowserPage } from '@sallyport/testing'
import { generateSync } from 'otplib'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'

import { headingOf, linkIn, Visitor, type ProviderName } from './two-providers/visitor.ts'
import { openWorld, type World } from './two-providers/world.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(async () => await world.close())

/** Lets something happen and gives what the ledger has of it; whatever it was, no secret of the wire is in there. */
async function story(happens: () => Promise<void>): Promise<readonly LedgerEvent[]> {
  const before = (await world.events()).length
  await happens()
  expect(world.wire.secrets.length).toBeGreaterThan(0)
  expect(world.wire.foundIn(await world.ledgerText())).toEqual([])
  return (await world.events()).slice(before)
}

/** The part of a story that is told by the doors: `type`, and `reason` where there is one. */
function told(events: readonly LedgerEvent[]): readonly string[] {
  return events
    .filter(({ type }) => /^(oidc\.(login|logout)|session|challenge|step_up|account)\./.test(type))
    .map(({ type, reason }) => (reason === undefined ? type : `${type} ${reason}`))
}

/** By which provider somebody is signed in; `undefined` for nobody. */
async function signedInBy({ browser }: Visitor): Promise<string | undefined> {
  return /You came in by (\w+)/.exec((await browser.get('/')).text)?.[1]
}

/** What a page of the first door says of a problem, and where it leads: never a word of the provider or of the request. */
function problemOf(page: BrowserPage): { status: number; heading: string; leadsTo: string } {
  expect(world.wire.foundIn(page.text)).toEqual([])
  return { status: page.status, heading: headingOf(page), leadsTo: new URL(linkIn(page, '/'), page.url).pathname }
}

describe('signing in at one of two providers', () => {
  test('lets people choose, and takes them to where they wanted to go', async () => {
    const ada = new Visitor(world)

    const chooser = await ada.browser.follow(await ada.browser.get('/board'))
    const signIn = await ada.browser.follow(await ada.browser.get(linkIn(chooser, '/auth/work/login')))
    const board = await ada.finish(signIn, 'work')

    expect([linkIn(chooser, '/work/'), linkIn(chooser, '/home/')]).toEqual([
      '/auth/work/login?return_to=%2Fboard',
      '/auth/home/login?return_to=%2Fboard',
    ])
    expect([headingOf(board), new URL(board.url).pathname]).toEqual(['The board', '/board'])
  })

  test('F-24 goes well in two tabs at both providers at once, finished in the order begun', async () => {
    const ada = new Visitor(world)

    const events = await story(async () => await twoTabs(ada, ['work', 'home']))

    expect(await signedInBy(ada)).toBe('home')
    expect(told(events)).toEqual(BOTH_SIGN_INS)
    expect(issuersOf(events, 'oidc.login.succeeded')).toEqual([world.work.issuer, world.home.issuer])
  })

  test('F-24 goes well in two tabs at both providers at once, finished the other way round', async () => {
    const ada = new Visitor(world)

    const events = await story(async () => await twoTabs(ada, ['home', 'work']))

    expect(await signedInBy(ada)).toBe('work')
    expect(told(events)).toEqual(BOTH_SIGN_INS)
    expect(issuersOf(events, 'oidc.login.succeeded')).toEqual([world.home.issuer, world.work.issuer])
  })

  test('F-24 takes no answer of one provider at the callback of the other', async () => {
    const ada = new Visitor(world)
    let answer: BrowserPage | undefined

    const events = await story(async () => {
      const callback = await ada.reachCallback(await ada.openSignIn('work'), 'work')
      answer = await ada.browser.get(callback.replace('/auth/work/', '/auth/home/'))
    })

    expect(answer && problemOf(answer)).toMatchObject({ status: 400, leadsTo: '/auth/login' })
    expect(await signedInBy(ada)).toBeUndefined()
    expect(told(events)).toEqual(['oidc.login.started', 'oidc.login.failed transaction_unknown'])
  })

  test('keeps five tabs going and drops the oldest, whose page lets its person start again', async () => {
    const ada = new Visitor(world)
    const tabs: (readonly [BrowserPage, ProviderName])[] = []
    for (const name of ['work', 'home', 'work', 'home', 'work', 'home'] as const)
      tabs.push([await ada.openSignIn(name), name])

    const finished: BrowserPage[] = []
    const events = await story(async () => {
      for (const [page, name] of tabs) finished.push(await ada.finish(page, name))
    })

    expect(finished[0] && problemOf(finished[0])).toMatchObject({ status: 400, leadsTo: '/auth/login' })
    expect(finished.slice(1).map(headingOf)).toEqual(Array.from({ length: 5 }, () => 'The board'))
    expect(told(events).filter((one) => one.startsWith('oidc'))).toEqual([
      'oidc.login.failed transaction_unknown',
      ...Array.from({ length: 5 }, () => 'oidc.login.succeeded'),
    ])
  })

  test('a sign-in that is cancelled at the provider says so, and leads back to the choice', async () => {
    const ada = new Visitor(world)
    let answer: BrowserPage | undefined

    const events = await story(async () => {
      const form = (await ada.openSignIn('home')).form()
      answer = await ada.browser.follow(await ada.browser.submit(form, { cancel: 'yes' }))
    })

    expect(answer && problemOf(answer)).toMatchObject({ status: 403, heading: 'Sign-in was cancelled' })
    expect(told(events)).toEqual(['oidc.login.started', 'oidc.login.failed user_denied'])
  })
})

const BOTH_SIGN_INS = [
  'oidc.login.started',
  'oidc.login.started',
  'oidc.login.succeeded',
  'session.started',
  'oidc.login.succeeded',
  'session.started',
  'session.ended replaced',
]

/** Begins at Work and at Home in two tabs, and finishes them in an order. */
async function twoTabs(person: Visitor, order: readonly ProviderName[]): Promise<void> {
  const tabs = { work: await person.openSignIn('work'), home: await person.openSignIn('home') }
  for (const name of order) await person.finish(tabs[name], name)
}

function issuersOf(events: readonly LedgerEvent[], type: string): readonly unknown[] {
  return events.filter((one) => one.type === type).map(({ data }) => Reflect.get(Object(data), 'issuer'))
}

describe('a session store that is down at the callback', () => {
  afterEach(() => Object.assign(world.trouble, { save: false, destroy: false }))

  test('F-27 v5.0.0-16.5.3 lets nobody in when the session cannot be saved, says nothing of why, and lets them try again', async () => {
    expect(await signInWithout('save')).toEqual(CLOSED_DOOR)
  })

  test('F-27 v5.0.0-16.5.3 lets nobody in when the session cannot be replaced, says nothing of why, and lets them try again', async () => {
    expect(await signInWithout('destroy')).toEqual(CLOSED_DOOR)
  })

  const CLOSED_DOOR = {
    status: 503,
    given: [],
    signedInBy: undefined,
    failures: ['oidc.login.failed store_unavailable'],
    again: 'The board',
  }

  /** Signs in while a part of the store is down, and once more when it is not. */
  async function signInWithout(what: 'save' | 'destroy'): Promise<Record<keyof typeof CLOSED_DOOR, unknown>> {
    const ada = new Visitor(world)
    const callback = await ada.reachCallback(await ada.openSignIn('work'), 'work')
    let answer: BrowserPage | undefined
    const events = await story(async () => {
      world.trouble[what] = true
      answer = await ada.browser.get(callback)
      world.trouble[what] = false
    })
    const page = answer?.text ?? ''
    return {
      status: answer?.status,
      given: [...world.wire.foundIn(page), ...(page.match(/hunter2|postgres|ECONN|Error/g) ?? [])],
      signedInBy: await signedInBy(ada),
      failures: told(events).filter((one) => one.includes('failed')),
      // Still signed in at Work, so that this one goes straight through.
      again: headingOf(await ada.openSignIn('work')),
    }
  }
})

describe('a provider that is down', () => {
  afterEach(async () => {
    await Promise.all([world.work.stop(), world.home.stop()])
    await Promise.all([world.work.start(), world.home.start()])
  })

  test('before anybody has signed in there, says so, and takes nobody else with it', async () => {
    const fresh = await openWorld()
    await fresh.work.stop()
    const ada = new Visitor(fresh)

    const refused = await ada.browser.get('/auth/work/login')
    const byHome = await ada.signIn('home')
    await fresh.work.start()
    const byWork = await ada.signIn('work')
    const events = told(await fresh.events())
    await fresh.close()

    expect(problemOf(refused)).toMatchObject({ status: 503, leadsTo: '/auth/login' })
    expect(refused.headers.get('retry-after')).toMatch(/^\d+$/)
    expect([headingOf(byHome), headingOf(byWork)]).toEqual(['The board', 'The board'])
    expect(events[0]).toBe('oidc.login.failed provider_unavailable')
  })

  test('in the middle of a sign-in, says so, and lets its person start again', async () => {
    const ada = new Visitor(world)
    const callback = await ada.reachCallback(await ada.openSignIn('home'), 'home')
    let answer: BrowserPage | undefined

    const events = await story(async () => {
      await world.home.stop()
      answer = await ada.browser.get(callback)
      await world.home.start()
    })
    const again = await ada.openSignIn('home')

    expect(answer && problemOf(answer)).toMatchObject({ status: 503, leadsTo: '/auth/login' })
    expect(told(events)).toEqual(['oidc.login.failed provider_unavailable'])
    expect(headingOf(again)).toBe('The board')
  })

  test('in the middle of a step-up, keeps what was typed for when it is back', async () => {
    const ada = new Visitor(world)
    await ada.signIn('work')
    const challenge = await ada.pin('Kept while Work was away')
    const callback = await ada.reachCallback(await ada.leave(challenge), 'work')
    await world.work.stop()
    const answer = await ada.browser.get(callback)
    await world.work.start()

    const back = await ada.browser.get(linkIn(answer, '/step-up/challenges/'))
    const summary = await ada.leave(back)
    const pinned = await ada.browser.submit(summary.form('/board'))

    expect(problemOf(answer)).toMatchObject({ status: 503 })
    expect([headingOf(back), headingOf(summary)]).toEqual(['Confirm that it is you', 'Send it now?'])
    expect(pinned.text).toContain('Kept while Work was away')
  })
})

describe('the second door at the provider', () => {
  test('OIDC-IDT-14 takes a form through a fresh sign-in at Work, and loses nothing of it', async () => {
    const ada = new Visitor(world)
    await ada.signIn('work')
    let pinned: BrowserPage | undefined

    const events = await story(async () => {
      const challenge = await ada.pin('Tea at four, & bring <cups>')
      const summary = await ada.finish(await ada.leave(challenge), 'work')
      pinned = await ada.browser.submit(summary.form('/board'))
    })

    expect(pinned?.text).toContain('Tea at four, &#38; bring &#60;cups&#62;')
    expect(told(events)).toEqual([
      'step_up.required factor_missing',
      'challenge.issued',
      'oidc.login.started',
      'oidc.login.succeeded',
      'challenge.verified',
      'step_up.satisfied',
      'session.rotated',
    ])
    expect(events.find(({ type }) => type === 'oidc.login.succeeded')).toMatchObject({
      authn: { factor: 'oidc', acr: 'mfa', amr: ['pwd', 'otp', 'mfa'] },
      data: { issuer: world.work.issuer, purpose: 'step_up' },
    })
  })

  test('SU-04 stops after one round trip to Home, which cannot confirm it, and says so', async () => {
    const augusta = new Visitor(world)
    await augusta.signIn('home')
    const challenge = await augusta.pin('Never to be seen')
    const visitsBefore = world.home.visits.length
    let answer: BrowserPage | undefined
    let back: BrowserPage | undefined

    const events = await story(async () => {
      answer = await augusta.leave(challenge)
      back = await augusta.browser.follow(await augusta.browser.get(linkIn(answer, '/step-up/challenges/')))
    })
    const board = await augusta.browser.get('/board')

    expect(answer && problemOf(answer).status).toBe(403)
    expect(world.home.visits.slice(visitsBefore)).toEqual(['/auth'])
    expect(back && headingOf(back)).toBe('Set up a second factor first')
    expect(back && linkIn(back, '/step-up/authenticators')).toContain('return_to=')
    expect(board.text).not.toContain('Never to be seen')
    expect(told(events)).toEqual(['oidc.login.started', 'oidc.login.succeeded', 'challenge.failed factor_too_weak'])
  })

  test('an authenticator app of the board confirms what Home cannot', async () => {
    const mary = new Visitor(world)
    await mary.signIn('home', 'mary')
    const list = await mary.browser.get('/step-up/authenticators')
    const enrolment = await mary.browser.follow(await mary.browser.submit(list.form('/totp/start')))
    const secret = (/id="totp-secret"[^>]*>([^<]+)</.exec(enrolment.text)?.[1] ?? '').replaceAll(' ', '')
    const codeOf = (steps: number): string =>
      generateSync({ secret, epoch: Math.floor(Date.now() / 1_000) + steps * 30 })
    await mary.browser.submit(enrolment.form('/totp/finish'), { code: codeOf(0) })

    const challenge = await mary.pin('From home, by an app')
    const byApp = await mary.browser.get(linkIn(challenge, 'factor=totp'))
    const summary = await mary.browser.follow(await mary.browser.submit(byApp.form('/verify'), { code: codeOf(1) }))
    const pinned = await mary.browser.submit(summary.form('/board'))

    expect(linkIn(challenge, '/auth/home/step-up?')).toBeDefined()
    expect(pinned.text).toContain('From home, by an app')
  })

  test('a step-up that is cancelled at the provider leaves its challenge open', async () => {
    const ada = new Visitor(world)
    await ada.signIn('work')
    const challenge = await ada.pin('Changed my mind, and again')
    let cancelled: BrowserPage | undefined

    const events = await story(async () => {
      const there = await ada.leave(challenge)
      cancelled = await ada.browser.follow(await ada.browser.submit(there.form(), { cancel: 'yes' }))
    })
    const back = await ada.browser.get(linkIn(cancelled ?? challenge, '/step-up/challenges/'))
    const summary = await ada.finish(await ada.leave(back), 'work')

    expect(cancelled && problemOf(cancelled).status).toBe(403)
    expect(told(events)).toEqual(['oidc.login.started', 'oidc.login.failed user_denied'])
    expect(summary.form('/board').fields).toMatchObject({ notice: 'Changed my mind, and again' })
  })

  test('OIDC-IDT-14 refuses somebody else at Work, and leaves the session as it was', async () => {
    const ada = new Visitor(world)
    await ada.signIn('work')
    const challenge = await ada.pin('By somebody else')
    let answer: BrowserPage | undefined

    const events = await story(async () => {
      answer = await ada.finish(await ada.leave(challenge), 'work', 'charles')
    })

    expect(answer && problemOf(answer).status).toBe(403)
    expect((await ada.browser.get('/')).text).toContain('Good day, Ada Lovelace')
    expect(told(events)).toEqual([
      'oidc.login.started',
      'oidc.login.failed wrong_subject',
      'challenge.failed wrong_subject',
    ])
  })
})

describe('one person with two accounts', () => {
  let linked: World
  beforeAll(async () => {
    linked = await openWorld()
  })
  afterAll(async () => await linked.close())

  test('F-28 F-29 links Home to the account of Work after a step-up, and is the same person by either from then on', async () => {
    const ada = new Visitor(linked)
    await ada.signIn('work')

    const links = await ada.browser.get('/auth/links')
    const challenge = await ada.browser.follow(await ada.browser.submit(links.form('/home/link')))
    const summary = await ada.finish(await ada.leave(challenge), 'work')
    const there = await ada.browser.follow(await ada.browser.submit(summary.form('/home/link')))
    const done = await ada.finish(there, 'home')
    const elsewhere = new Visitor(linked)
    await elsewhere.signIn('home')
    const home = await elsewhere.browser.get('/')
    const events = await linked.events()

    expect([done.url, done.text.includes('Augusta King')]).toEqual([`${linked.url}/auth/links`, true])
    expect(home.text).toContain('Good day, Ada Lovelace')
    expect(home.text).toContain('You came in by home')
    expect(told(events)).toEqual([
      'oidc.login.started',
      'oidc.login.succeeded',
      'session.started',
      'step_up.required factor_missing',
      'challenge.issued',
      'oidc.login.started',
      'oidc.login.succeeded',
      'challenge.verified',
      'step_up.satisfied',
      'session.rotated',
      'oidc.login.started',
      'oidc.login.succeeded',
      'account.linked',
      'oidc.login.started',
      'oidc.login.succeeded',
      'session.started',
    ])
    const started = events.filter(({ type }) => type === 'session.started').map(({ actor }) => actor?.id)
    expect(new Set(started).size).toBe(1)
    expect(linked.wire.foundIn(await linked.ledgerText())).toEqual([])
  })

  test('signs out at the provider that the session came from', async () => {
    const mary = new Visitor(world)
    await mary.signIn('home', 'mary')
    let leaving: BrowserPage | undefined

    const events = await story(async () => {
      leaving = await mary.browser.submit((await mary.browser.get('/')).form('/auth/logout'))
    })
    const there = await mary.browser.follow(leaving ?? (await mary.browser.get('/')))
    const back = await mary.browser.follow(await mary.browser.submit(there.form(), { logout: 'yes' }))

    expect(new URL(there.url).origin).toBe(world.home.issuer)
    expect([back.url, headingOf(back)]).toEqual([`${world.url}/`, 'A board with two ways in'])
    expect(headingOf(await mary.openSignIn('home'))).toBe('Sign in')
    expect(told(events)).toEqual(['session.ended logout', 'oidc.logout.completed'])
    expect(issuersOf(events, 'oidc.logout.completed')).toEqual([world.home.issuer])
  })
})
