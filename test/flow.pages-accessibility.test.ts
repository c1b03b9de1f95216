import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { judgeByAxe } from './pages/axe.ts'
import { servePages, type PageServer } from './pages/page-server.ts'
import { SAMPLES } from './pages/samples.ts'
import { launchChromium } from './setup/browser.ts'

let server: PageServer
let chromium: Browser
beforeAll(async () => {
  ;[server, chromium] = await Promise.all([servePages(SAMPLES), launchChromium()])
})
afterAll(async () => {
  await chromium.close()
  await server.close()
})

/** Opens one page after the other in one window and collects what the judge says of each. */
async function judgeAll<Found>(
  look: BrowserContextOptions,
  judge: (page: Page) => Promise<Found>,
): Promise<Readonly<Record<string, Found>>> {
  const page = await chromium.newPage(look)
  const found: Record<string, Found> = {}
  for (const name of SAMPLES.keys()) {
    await page.goto(`${server.url}/${name}`)
    // What is folded away is judged too.
    await page.evaluate('document.querySelectorAll("details").forEach((one) => { one.open = true })')
    found[name] = await judge(page)
  }
  await page.close()
  return found
}

function worthSaying(found: Readonly<Record<string, readonly string[]>>): readonly (readonly [string, unknown])[] {
  return Object.entries(found).filter(([, lines]) => lines.length > 0)
}

async function open(name: string, look: BrowserContextOptions = {}): Promise<Page> {
  const page = await chromium.newPage(look)
  await page.goto(`${server.url}/${name}`)
  return page
}

/** The element that has the focus, in a few words. */
function focused(page: Page): Promise<string> {
  return page.evaluate<string>(
    'document.activeElement.id || (document.activeElement.innerText || document.activeElement.tagName).trim()',
  )
}

async function press(page: Page, key: string, times: number): Promise<readonly string[]> {
  const passed: string[] = []
  for (let count = 0; count < times; count += 1) {
    await page.keyboard.press(key)
    passed.push(await focused(page))
  }
  return passed
}

describe('every page in every state', () => {
  test('A11Y-15 A11Y-16 A11Y-06 A11Y-12 has nothing that axe would change, in the light', async () => {
    const found = await judgeAll({ colorScheme: 'light' }, judgeByAxe)

    expect(worthSaying(found)).toEqual([])
  }, 120_000)

  test('A11Y-15 A11Y-16 A11Y-06 A11Y-12 has nothing that axe would change, in the dark and on a phone', async () => {
    const found = await judgeAll({ colorScheme: 'dark', viewport: { width: 390, height: 780 } }, judgeByAxe)

    expect(worthSaying(found)).toEqual([])
  }, 120_000)

  test('v5.0.0-14.3.3 stores nothing in the browser', async () => {
    const context = await chromium.newContext()
    const page = await context.newPage()
    for (const name of SAMPLES.keys()) await page.goto(`${server.url}/${name}`)

    expect(await context.storageState({ indexedDB: true })).toEqual({ cookies: [], origins: [] })
  }, 120_000)

  test('the judge sees what is wrong', async () => {
    const page = await open('challenge-totp')

    await page.evaluate('document.querySelector("label").remove()')

    expect(await judgeByAxe(page)).toContainEqual(expect.stringMatching(/^label: /))
  })

  test('WEB-08 breaks no rule of its own policy', async () => {
    const page = await chromium.newPage()
    const complaints: string[] = []
    page.on('console', (message) => complaints.push(message.text()))
    for (const name of SAMPLES.keys()) await page.goto(`${server.url}/${name}`)

    expect(complaints).toEqual([])
  }, 120_000)
})

describe('every page on the narrowest phone, in German, whose words are long', () => {
  let measured: Readonly<Record<string, Measures>>
  beforeAll(async () => {
    const look = { viewport: { width: 320, height: 640 }, locale: 'de-AT' }
    measured = await judgeAll(look, (page) => page.evaluate<Measures>(MEASURE))
  }, 120_000)

  test('A11Y-15 needs no scrolling sideways at 320 pixels', () => {
    expect(Object.entries(measured).filter(([, { width }]) => width > 320)).toEqual([])
  })

  test('A11Y-16 says its language, and a title of its own that begins with what is wrong', () => {
    expect(Object.values(measured).filter(({ language, title }) => language !== 'de' || title === '')).toEqual([])
    expect(measured['challenge-wrong-code']?.title).toBe('Fehler: Bestätigen Sie, dass Sie es sind')
  })

  test('A11Y-12 has targets of at least 24 by 24 pixels, without exceptions', () => {
    expect(Object.entries(measured).filter(([, { small }]) => small.length > 0)).toEqual([])
  })
})

interface Measures {
  readonly width: number
  readonly language: string
  readonly title: string
  readonly small: readonly string[]
}

const MEASURE = `({
  width: document.documentElement.scrollWidth,
  language: document.documentElement.lang,
  title: document.title,
  small: [...document.querySelectorAll('a, button, summary, input:not([type=hidden])')]
    .filter((one) => one.checkVisibility())
    .map((one) => [one.outerHTML, one.getBoundingClientRect()])
    .filter(([, { width, height }]) => width < 24 || height < 24)
    .map(([html]) => html),
})`

describe('the challenge page', () => {
  test('A11Y-12 A11Y-11 is walked through by keyboard alone, in the order of the page', async () => {
    const page = await open('challenge-totp')

    const passed = await press(page, 'Tab', 6)

    expect(passed).toEqual(['code', 'Confirm', 'Passkey', 'Recovery code', 'Cancel', 'This was not me'])
  })

  test('A11Y-12 is answered by keyboard alone', async () => {
    const page = await open('challenge-totp')

    await page.keyboard.press('Tab')
    await page.keyboard.type('123456')
    await Promise.all([page.waitForURL('**/posted/verify'), page.keyboard.press('Enter')])

    expect(server.posted.at(-1)).toEqual({ path: '/posted/verify', fields: { _csrf: 'token', code: '123456' } })
  })

  test('A11Y-12 A11Y-10 "this was not me" opens and is sent by keyboard, not before it said what it does', async () => {
    const page = await open('challenge-totp')
    const warning = page.getByText('your account is signed out everywhere')

    const before = await warning.isVisible()
    await page.getByText('This was not me').focus()
    await page.keyboard.press('Enter')
    const after = await warning.isVisible()
    await page.keyboard.press('Tab')
    await Promise.all([page.waitForURL('**/posted/deny'), page.keyboard.press('Enter')])

    expect([before, after]).toEqual([false, true])
    expect(server.posted.at(-1)?.path).toBe('/posted/deny')
  })

  test('A11Y-01 A11Y-03 takes a pasted code with a space whole', async () => {
    const context = await chromium.newContext({ permissions: ['clipboard-read', 'clipboard-write'] })
    const page = await context.newPage()
    await page.goto(`${server.url}/challenge-totp`)
    const field = page.getByRole('textbox', { name: 'Code' })

    await field.fill('123 456')
    await field.press('ControlOrMeta+a')
    await field.press('ControlOrMeta+x')
    await field.press('ControlOrMeta+v')
    await page.getByRole('button', { name: 'Confirm' }).click()

    expect(server.posted.at(-1)?.fields['code']).toBe('123 456')
  })

  test('A11Y-13 sends nothing by itself at the last digit', async () => {
    const page = await open('challenge-totp')
    const before = server.posted.length

    await page.getByRole('textbox', { name: 'Code' }).pressSequentially('1234567')
    await page.getByRole('textbox', { name: 'Code' }).blur()

    expect(page.url()).toBe(`${server.url}/challenge-totp`)
    expect(server.posted.length).toBe(before)
  })

  test('A11Y-04 A11Y-05 says what was wrong as an alert and at the field, which has the focus', async () => {
    const page = await open('challenge-wrong-code')

    const said = await page.getByRole('alert').textContent()
    const described = await page.evaluate<string>(
      `document.getElementById(document.activeElement.getAttribute('aria-describedby').split(' ')[0]).textContent`,
    )

    expect(said).toBe('That code is wrong or no longer valid. Check it and try again.')
    expect([await focused(page), described]).toEqual(['code', said])
  })

  test('A11Y-11 shows where the focus is', async () => {
    const page = await open('challenge-totp')
    const outlines: string[] = []

    for (let count = 0; count < 6; count += 1) {
      await page.keyboard.press('Tab')
      outlines.push(await page.evaluate<string>('getComputedStyle(document.activeElement).outlineStyle'))
    }

    expect(new Set(outlines)).toEqual(new Set(['solid']))
  })

  test('works whole without JavaScript, and says so where it cannot', async () => {
    const context = await chromium.newContext({ javaScriptEnabled: false })
    const page = await context.newPage()
    await page.goto(`${server.url}/challenge-passkey`)

    expect(await page.getByText('Passkeys need JavaScript').isVisible()).toBe(true)
    expect(await page.getByRole('button', { name: 'Use a passkey' }).isVisible()).toBe(false)
    expect(await page.getByRole('link', { name: 'Authenticator app' }).isVisible()).toBe(true)
  })
})

describe('the enrolment page', () => {
  test('A11Y-14 one click selects the whole setup key, to copy it', async () => {
    const page = await open('enrolment-totp')

    await page.locator('#totp-secret').click()

    expect(await page.evaluate('getSelection().toString()')).toBe('JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP')
  })

  test('A11Y-14 the picture is an image with a name', async () => {
    const page = await open('enrolment-totp')

    expect(await page.getByRole('img', { name: 'QR code with the setup key' }).count()).toBe(1)
  })

  test('recovery codes are finished only by saying that they were kept', async () => {
    const page = await open('enrolment-recovery-codes')
    const before = server.posted.length

    await page.getByRole('button', { name: 'Finish' }).click()
    const held = server.posted.length
    await page.getByRole('checkbox', { name: 'I have kept them' }).check()
    await page.getByRole('button', { name: 'Finish' }).click()

    expect(held).toBe(before)
    expect(server.posted.at(-1)?.fields).toEqual({ _csrf: 'token', kept: 'yes' })
  })

  test('recovery codes are printed without the rest of the page', async () => {
    const page = await open('enrolment-recovery-codes')

    await page.emulateMedia({ media: 'print' })

    expect(await page.getByText('7XK0-QM2V').isVisible()).toBe(true)
    expect(await page.locator('button:visible, input:visible, label:visible').count()).toBe(0)
  })
})

describe('the authenticators page', () => {
  test('A11Y-12 A11Y-11 is walked through by keyboard alone, and a form that is opened comes next', async () => {
    const page = await open('authenticators')

    const first = await press(page, 'Tab', 1)
    await page.keyboard.press('Enter')
    const opened = await press(page, 'Tab', 3)

    expect(first[0]).toMatch(/^Rename/)
    expect(opened.slice(0, 2)).toEqual(['name-0', 'Save name'])
    expect(opened[2]).toMatch(/^Remove/)
  })

  test('A11Y-12 A11Y-10 removes by keyboard alone, in two presses', async () => {
    const page = await open('authenticators')

    await press(page, 'Tab', 2)
    await page.keyboard.press('Enter')
    await page.keyboard.press('Tab')
    const button = await focused(page)
    await Promise.all([page.waitForURL('**/posted/a1/remove'), page.keyboard.press('Enter')])

    expect(button).toBe('Remove Passkey on my phone')
    expect(server.posted.at(-1)).toEqual({ path: '/posted/a1/remove', fields: { _csrf: 'token' } })
  })

  test('A11Y-12 every button says by itself what it acts on', async () => {
    const page = await open('authenticators')

    const ends = await page.getByRole('button', { name: /^Sign out (?!everywhere)/ }).allTextContents()

    expect(ends).toEqual(['Sign out Safari on iPhone', 'Sign out Unknown browser'])
  })

  test('A11Y-04 announces what has just happened', async () => {
    const page = await open('authenticators-sessions-ended')

    expect(await page.getByRole('status').textContent()).toBe('All other sessions were ended.')
  })
})
