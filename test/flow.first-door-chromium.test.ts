import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'

import { judgeByAxe } from './pages/axe.ts'
import { launchChromium } from './setup/browser.ts'
import { serveProblems } from './two-providers/problem-pages.ts'
import { Tab } from './two-providers/tab.ts'
import type { ProviderName } from './two-providers/visitor.ts'
import { openWorld, type World } from './two-providers/world.ts'

let world: World
let chromium: Browser
const windows: BrowserContext[] = []
beforeAll(async () => {
  ;[world, chromium] = await Promise.all([openWorld(), launchChromium()])
})
afterEach(async () => {
  await Promise.all(windows.splice(0).map((one) => one.close()))
})
afterAll(async () => {
  await chromium.close()
  await world.close()
})

/** A browser of somebody else's. */
async function openWindow(look: BrowserContextOptions = {}): Promise<() => Promise<Tab>> {
  const context = await chromium.newContext(look)
  windows.push(context)
  return async () => new Tab(world, await context.newPage())
}

/** A browser with one tab. */
async function openTab(look?: BrowserContextOptions): Promise<Tab> {
  return await (
    await openWindow(look)
  )()
}

/** Collects what a page says about its own policy being broken. */
function listenForViolations(page: Page): readonly string[] {
  const violations: string[] = []
  page.on('console', (message) => {
    if (message.text().includes('Content Security Policy')) violations.push(message.text())
  })
  return violations
}

describe('two providers in the tabs of one browser', () => {
  test('F-24 both sign-ins that were begun at once go well, the first one finished first', async () => {
    expect(await finishIn(['work', 'home'])).toEqual({ headings: ['The board', 'The board'], by: 'home' })
  })

  test('F-24 both sign-ins that were begun at once go well, the last one finished first', async () => {
    expect(await finishIn(['home', 'work'])).toEqual({ headings: ['The board', 'The board'], by: 'work' })
  })

  async function finishIn(order: readonly ProviderName[]): Promise<{ headings: readonly string[]; by?: string }> {
    const newTab = await openWindow()
    const tabs = { work: await newTab(), home: await newTab() }
    await tabs.work.beginAt('work')
    await tabs.home.beginAt('home')
    const headings: string[] = []
    for (const name of order) {
      await tabs[name].fillIn(name)
      headings.push(await tabs[name].heading())
    }
    const by = await tabs.work.signedInBy()
    return { headings, ...(by === undefined ? {} : { by }) }
  }

  test('a sixth sign-in drops the first, whose tab says so and lets its person start again', async () => {
    const newTab = await openWindow()
    const [first, other] = [await newTab(), await newTab()]
    await first.beginAt('work')
    for (let count = 0; count < 5; count += 1) await other.beginAt('home')

    await first.fillIn('work')
    const dropped = await first.heading()
    await first.press('link', 'Start again')
    const choice = await first.heading()
    await first.press('link', 'Home')
    await other.fillIn('home')

    expect([dropped, choice]).toEqual(['This sign-in page is no longer valid', 'Sign in'])
    expect([await first.heading(), await other.heading()]).toEqual(['Sign in', 'The board'])
  })
})

describe('a callback that comes again', () => {
  test('by the address bar or a reload says that one is signed in already, and leads on', async () => {
    const tab = await openTab()
    const callback = await callbackOf(tab, 'work')
    await tab.page.goto(callback)

    await tab.page.goto(callback)
    const again = await tab.heading()
    await tab.page.reload()
    const reloaded = await tab.heading()
    await tab.press('link', 'Continue')

    expect([again, reloaded]).toEqual(['You are signed in already', 'You are signed in already'])
    expect(await tab.signedInBy()).toBe('work')
  })

  test('the back button leads to the provider, whose page is over, and forward again to where one was', async () => {
    const tab = await openTab()
    await tab.signIn('home')

    await tab.page.goBack()
    const behind = await tab.heading()
    await tab.page.goForward()

    expect(behind).toBe('This page has ended')
    expect(await tab.heading()).toBe('The board')
  })

  test('F-24 in another browser signs nobody in there, and its own browser still can', async () => {
    const ada = await openTab()
    const mallory = await openTab()
    const callback = await callbackOf(ada, 'work')

    await mallory.page.goto(callback)
    const copied = await mallory.heading()
    const copiedBy = await mallory.signedInBy()
    await ada.page.goto(callback)

    expect([copied, copiedBy]).toEqual(['This sign-in page is no longer valid', undefined])
    expect(await ada.heading()).toBe('The board')
  })

  /** Signs in as far as the callback, which does not arrive: its address. */
  async function callbackOf(tab: Tab, name: ProviderName): Promise<string> {
    world.trouble.callback = true
    await tab.beginAt(name)
    const sent = tab.page.waitForResponse('**/callback?**')
    await tab.type(name)
    await tab.page.getByRole('button', { name: 'Sign in' }).click()
    const callback = (await sent).url()
    world.trouble.callback = false
    return callback
  }
})

describe('the second door at the provider', () => {
  test('a form goes by way of Work without losing what was typed, and without breaking a policy', async () => {
    const tab = await openTab({ viewport: { width: 390, height: 800 }, javaScriptEnabled: false })
    const violations = listenForViolations(tab.page)
    await tab.signIn('work')

    await tab.pin('Tea at four, & bring <cups>')
    await tab.press('link', 'Sign in again')
    await tab.fillIn('work')
    const summary = await tab.heading()
    await tab.press('button', 'Confirm and continue')

    expect([summary, await tab.heading()]).toEqual(['Send it now?', 'Pinned'])
    expect(await tab.page.getByText('Tea at four, & bring <cups>').count()).toBe(1)
    expect(violations).toEqual([])
  })

  test('SU-04 Home is asked once: then a page says that it is not enough, and goes nowhere by itself', async () => {
    const tab = await openTab()
    await tab.signIn('home')
    await tab.pin('Never to be seen')
    const before = world.home.visits.length

    const answered = tab.page.waitForResponse('**/auth/home/callback?**')
    await tab.press('link', 'Sign in again')
    const status = (await answered).status()
    const stopped = await tab.heading()
    const visits = world.home.visits.slice(before)
    await tab.press('link', 'Go back')

    expect(status).toBe(403)
    expect(stopped).toBe('Your provider did not confirm you strongly enough')
    expect(visits).toEqual(['/auth'])
    expect(await tab.heading()).toBe('Set up a second factor first')
    expect(world.home.visits.length).toBe(before + 1)
  })

  test('two step-ups in two tabs end each in its own form', async () => {
    const newTab = await openWindow()
    const [one, two] = [await newTab(), await newTab()]
    await one.signIn('work')
    await one.pin('From the first tab')
    await two.pin('From the second tab')

    await one.press('link', 'Sign in again')
    await two.press('link', 'Sign in again')
    await two.fillIn('work')
    const second = await two.page.getByRole('main').textContent()
    await two.press('button', 'Confirm and continue')
    await one.page.goto(`${world.url}/board`)

    expect(second).toContain('Send it now?')
    expect(await one.page.getByText('From the second tab').count()).toBe(1)
    expect(await one.page.getByText('From the first tab').count()).toBe(0)
  })
})

describe('one person with two accounts', () => {
  test('links Home after a step-up, is the same person by it, and signs out at Home then', async () => {
    const tab = await openTab()
    const violations = listenForViolations(tab.page)
    await tab.signIn('work', 'charles')
    await tab.open('/auth/links')
    await tab.press('button', 'Home')
    await tab.press('link', 'Sign in again')
    await tab.fillIn('work', 'charles')
    await tab.press('button', 'Confirm and continue')
    await tab.fillIn('home', 'mary')
    const linked = await tab.page.getByRole('listitem').textContent()
    const wrong = await judgeByAxe(tab.page)

    const elsewhere = await openTab()
    await elsewhere.signIn('home', 'mary')
    await elsewhere.open('/')
    const greeting = await elsewhere.heading()
    await elsewhere.press('button', 'Sign out')
    const signOut = new URL(elsewhere.page.url()).origin
    await elsewhere.press('button', 'Sign out')

    expect(linked).toContain('Mary Somerville')
    expect(wrong).toEqual([])
    expect(greeting).toBe('Good day, Charles Babbage')
    expect(signOut).toBe(world.home.issuer)
    expect(await elsewhere.heading()).toBe('A board with two ways in')
    expect(violations).toEqual([])
  })
})

describe('the pages of the first door', () => {
  test('A11Y-15 A11Y-16 A11Y-06 have nothing that axe would change, in the light', async () => {
    expect(await judgeByLook({ colorScheme: 'light' })).toEqual([])
  })

  test('A11Y-15 A11Y-16 A11Y-06 have nothing that axe would change, in the dark, and fit on the narrowest phone', async () => {
    expect(await judgeByLook({ colorScheme: 'dark', viewport: { width: 320, height: 640 } })).toEqual([])
  })

  test('A11Y-15 A11Y-16 A11Y-12 say each problem in German, on the narrowest phone, with a title and a way on of its own', async () => {
    const problems = await serveProblems()
    const tab = await openTab({ viewport: { width: 320, height: 640 }, locale: 'de-AT' })
    const found: Measures[] = []
    for (const address of problems.addresses) {
      await tab.page.goto(address)
      found.push(await tab.page.evaluate<Measures>(MEASURE))
    }
    problems.close()

    expect(found.filter(({ width, language, links }) => width > 320 || language !== 'de' || links !== 1)).toEqual([])
    expect(found.filter(({ small }) => small.length > 0)).toEqual([])
    expect(found.filter(({ title, heading }) => title === '' || title !== heading)).toEqual([])
  })

  /** What is wrong with the pages that people come by, and which of them need scrolling sideways. */
  async function judgeByLook(look: BrowserContextOptions): Promise<readonly string[]> {
    const tab = await openTab(look)
    const wrong: string[] = []
    const judge = async (): Promise<void> => {
      const { width } = await tab.page.evaluate<Measures>(MEASURE)
      const wide = width > (look.viewport?.width ?? Infinity) ? [`${await tab.heading()}: ${width} pixels wide`] : []
      wrong.push(...wide, ...(await judgeByAxe(tab.page)))
    }
    await tab.open('/auth/login')
    await judge()
    await tab.open('/auth/work/callback?state=none&code=none')
    await judge()
    await tab.signIn('home')
    await tab.open('/auth/links')
    await judge()
    await tab.open('/auth/home/callback?state=none&code=none')
    await judge()
    await tab.pin('Asked at Home')
    await judge()
    await tab.press('link', 'Sign in again')
    await judge()
    return wrong
  }
})

interface Measures {
  readonly width: number
  readonly language: string
  readonly title: string
  readonly heading: string
  readonly links: number
  readonly small: readonly string[]
}

const MEASURE = `({
  width: document.documentElement.scrollWidth,
  language: document.documentElement.lang,
  title: document.title,
  heading: document.querySelector('h1')?.textContent,
  links: document.querySelectorAll('main a').length,
  small: [...document.querySelectorAll('a, button')]
    .map((one) => [one.outerHTML, one.getBoundingClientRect()])
    .filter(([, { width, height }]) => width < 24 || height < 24)
    .map(([html]) => html),
})`
