import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { servePages, type PageServer } from './pages/page-server.ts'
import { sample, SAMPLES } from './pages/samples.ts'
import { openWithAuthenticator } from './pages/virtual-authenticator.ts'
import { launchChromium } from './setup/browser.ts'

// The script of the passkeys by itself, in Chromium with a virtual authenticator: what it asks of the browser, what it
// sends, and what it says.

const GOOD = { resident: true, userVerified: true } as const
const CHALLENGE = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8'

let server: PageServer
let chromium: Browser
beforeAll(async () => {
  ;[server, chromium] = await Promise.all([servePages(SAMPLES), launchChromium()])
})
afterAll(async () => {
  await chromium.close()
  await server.close()
})

interface Credential {
  readonly id: string
  readonly type: string
  readonly response: Readonly<Record<string, unknown>>
}

async function create(page: Page): Promise<Credential> {
  await page.goto(`${server.url}/enrolment-passkey`)
  await page.getByRole('button', { name: 'Create a passkey' }).click()
  await page.waitForURL('**/posted/finish')
  return lastCredential()
}

async function confirm(page: Page): Promise<Credential> {
  await page.goto(`${server.url}/challenge-passkey`)
  await page.getByRole('button', { name: 'Use a passkey' }).click()
  await page.waitForURL('**/posted/verify')
  return lastCredential()
}

function lastCredential(): Credential {
  return JSON.parse(server.posted.at(-1)?.fields['credential'] ?? '')
}

function clientData(credential: Credential): unknown {
  return JSON.parse(Buffer.from(String(credential.response['clientDataJSON']), 'base64url').toString())
}

/** Opens a page on which the browser's call fails with a DOM exception of that name. */
async function openFailing(name: string, path: string): Promise<Page> {
  const page = await chromium.newPage()
  await page.addInitScript(`
    navigator.credentials.create = navigator.credentials.get = async () => {
      throw new DOMException('words of the browser', '${name}')
    }`)
  await page.goto(`${server.url}/${path}`)
  return page
}

/** What the page says after the button was pressed and the browser's call failed. */
async function saidAfter(name: string, path: 'challenge-passkey' | 'enrolment-passkey'): Promise<string | null> {
  const page = await openFailing(name, path)
  await page.getByRole('button', { name: 'a passkey' }).click()
  const said = await page.getByRole('alert').filter({ hasText: /./ }).textContent()
  await page.close()
  return said
}

/** Replaces the browser's own calls by ones that write down that they were made and wait until they are aborted. */
const WATCH_CALLS = `
  window.calls = []
  navigator.credentials.get = ({ mediation = 'modal', signal }) => {
    window.calls.push(mediation)
    return new Promise((_done, fail) =>
      signal.addEventListener('abort', () => {
        window.calls.push(mediation + ' aborted')
        fail(signal.reason)
      }))
  }`

async function openWatched(path: string): Promise<Page> {
  const page = await chromium.newPage()
  await page.addInitScript(WATCH_CALLS)
  await page.goto(`${server.url}/${path}`)
  return page
}

function calls(page: Page): Promise<readonly string[]> {
  return page.evaluate<readonly string[]>('window.calls')
}

describe('creating a passkey', () => {
  test('WA-CL-01 sends the credential that answers the options', async () => {
    const page = await openWithAuthenticator(chromium, GOOD)

    const credential = await create(page)

    expect(credential).toMatchObject({ type: 'public-key', response: { transports: ['internal'] } })
    expect(credential.response['attestationObject']).toMatch(/^[\w-]+$/)
    expect(clientData(credential)).toMatchObject({
      type: 'webauthn.create',
      challenge: CHALLENGE,
      origin: server.url,
    })
    expect(server.posted.at(-1)?.fields['_csrf']).toBe('token')
  })

  test('is found out to be needless by the device itself, and says so', async () => {
    const page = await openWithAuthenticator(chromium, GOOD)
    const { id } = await create(page)
    const excluding = await servePages(new Map([['again', enrolmentExcluding(id)]]))

    await page.goto(`${excluding.url}/again`)
    await page.getByRole('button', { name: 'Create a passkey' }).click()
    const said = await page.getByRole('alert').filter({ hasText: /./ }).textContent()
    await excluding.close()

    expect(said).toBe('This device or passkey manager has a passkey for your account already.')
    expect(excluding.posted).toEqual([])
  })
})

describe('confirming with a passkey', () => {
  test('WA-CL-01 sends the assertion that answers the options', async () => {
    const page = await openWithAuthenticator(chromium, GOOD)
    const created = await create(page)

    const credential = await confirm(page)

    expect(credential.id).toBe(created.id)
    expect(credential.response['signature']).toMatch(/^[\w-]+$/)
    expect(clientData(credential)).toMatchObject({ type: 'webauthn.get', challenge: CHALLENGE, origin: server.url })
  })

  test('WA-CL-01 sends the same in browsers that have no JSON forms of their own', async () => {
    const page = await openWithAuthenticator(chromium, GOOD)
    await page.addInitScript(`
      delete PublicKeyCredential.parseCreationOptionsFromJSON
      delete PublicKeyCredential.parseRequestOptionsFromJSON
      delete PublicKeyCredential.prototype.toJSON`)

    const created = await create(page)
    const credential = await confirm(page)

    expect(created).toMatchObject({ type: 'public-key', response: { transports: ['internal'] } })
    expect(clientData(created)).toMatchObject({ type: 'webauthn.create', challenge: CHALLENGE })
    expect(credential.id).toBe(created.id)
    expect(clientData(credential)).toMatchObject({ type: 'webauthn.get', challenge: CHALLENGE })
  })

  test('A11Y-12 works by keyboard alone', async () => {
    const page = await openWithAuthenticator(chromium, GOOD)
    await create(page)

    await page.goto(`${server.url}/challenge-passkey`)
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.waitForURL('**/posted/verify')

    expect(lastCredential().type).toBe('public-key')
  })

  test('A11Y-13 asks nothing of the device before the button is pressed', async () => {
    const page = await openWatched('challenge-passkey')

    const before = await calls(page)
    await page.getByRole('button', { name: 'Use a passkey' }).click()

    expect(before).toEqual([])
    expect(await calls(page)).toEqual(['modal'])
  })

  test('A11Y-04 says that it waits, and a second press does not ask twice', async () => {
    const page = await openWatched('challenge-passkey')
    const button = page.getByRole('button', { name: 'Use a passkey' })

    await button.click()
    await button.dispatchEvent('click')

    expect(await page.getByRole('status').textContent()).toContain('Waiting for your passkey.')
    expect(await button.getAttribute('aria-disabled')).toBe('true')
    expect(await calls(page)).toEqual(['modal'])
  })
})

describe('what goes wrong', () => {
  test('A11Y-04 is said as an alert, without leaving the page, and the button works again', async () => {
    const page = await openFailing('NotAllowedError', 'challenge-passkey')
    const before = server.posted.length
    const button = page.getByRole('button', { name: 'Use a passkey' })

    await button.click()
    const said = await page.getByRole('alert').filter({ hasText: /./ }).textContent()

    expect(said).toContain('Nothing was sent. You can try again.')
    expect(await page.getByRole('status').textContent()).toBe('')
    expect(await button.getAttribute('aria-disabled')).toBe('false')
    expect([page.url(), server.posted.length]).toEqual([`${server.url}/challenge-passkey`, before])
  })

  test('v5.0.0-16.5.1 is said in our words, never in those of the browser', async () => {
    const said = [
      await saidAfter('SecurityError', 'challenge-passkey'),
      await saidAfter('NotSupportedError', 'enrolment-passkey'),
      await saidAfter('InvalidStateError', 'enrolment-passkey'),
      await saidAfter('UnknownError', 'challenge-passkey'),
    ]

    expect(said).toEqual([
      'Passkeys do not work at the address of this page.',
      'This device has nothing that fits what is asked for. Try another device or security key.',
      'This device or passkey manager has a passkey for your account already.',
      'Your device could not do it. You can try again or use another way.',
    ])
  })

  test('a device that cannot tell its owner is said to be refused by the browser', async () => {
    const page = await openWithAuthenticator(chromium, { resident: true, userVerified: false })
    await page.goto(`${server.url}/sign-in`)

    await page.getByRole('button', { name: 'Use a passkey' }).click()

    expect(await page.getByRole('alert').filter({ hasText: /./ }).textContent()).toContain('Nothing was sent.')
  })

  test('A11Y-01 v5.0.0-3.7.5 in a browser without passkeys, the page says so and shows the other ways', async () => {
    const page = await chromium.newPage()
    await page.addInitScript('delete window.PublicKeyCredential')
    await page.goto(`${server.url}/challenge-passkey`)

    expect(await page.getByRole('alert').textContent()).toContain('This browser cannot use passkeys.')
    expect(await page.getByRole('button', { name: 'Use a passkey' }).isVisible()).toBe(false)
    expect(await page.getByRole('link', { name: 'Authenticator app' }).isVisible()).toBe(true)
  })
})

describe('signing in with a passkey', () => {
  test('WA-CL-02 takes the passkey that is picked from the autofill of the field', async () => {
    const page = await openWithAuthenticator(chromium, GOOD)
    const created = await create(page)

    await page.goto(`${server.url}/sign-in`)
    await page.waitForURL('**/posted/sign-in')

    expect(lastCredential().id).toBe(created.id)
  })

  test('WA-CL-02 ends what waits behind the autofill before it opens the dialogue', async () => {
    const page = await openWatched('sign-in')
    await page.getByRole('textbox', { name: 'Account' }).waitFor()

    await page.getByRole('button', { name: 'Use a passkey' }).click()
    await page.getByRole('status').filter({ hasText: 'Waiting' }).waitFor()

    expect(await calls(page)).toEqual(['conditional', 'conditional aborted', 'modal'])
  })

  test('WA-CL-02 shows no field where the browser has no such autofill', async () => {
    const page = await chromium.newPage()
    await page.addInitScript(`${WATCH_CALLS}; PublicKeyCredential.isConditionalMediationAvailable = async () => false`)
    await page.goto(`${server.url}/sign-in`)
    await page.getByRole('button', { name: 'Use a passkey' }).waitFor()

    expect(await page.getByLabel('Account').isVisible()).toBe(false)
    expect(await calls(page)).toEqual([])
  })

  test('A11Y-02 A11Y-03 the field says its purpose, and the Enter key sends no empty answer', async () => {
    const page = await openWatched('sign-in')
    const field = page.getByRole('textbox', { name: 'Account' })
    const before = server.posted.length

    const purpose = await field.getAttribute('autocomplete')
    await field.press('Enter')
    await page.getByRole('status').filter({ hasText: 'Waiting' }).waitFor()

    expect(purpose).toBe('username webauthn')
    expect(server.posted.length).toBe(before)
    expect((await calls(page)).at(-1)).toBe('modal')
  })
})

describe('signals to the passkey manager', () => {
  test('WA-CL-04 are given where the browser takes them', async () => {
    const page = await chromium.newPage()
    await page.addInitScript(`
      window.signals = []
      PublicKeyCredential.signalUnknownCredential = async (value) => { window.signals.push(value) }
      PublicKeyCredential.signalAllAcceptedCredentials = async (value) => { window.signals.push(value) }`)

    await page.goto(`${server.url}/sign-in-failed`)
    const unknown = await page.evaluate('window.signals')
    await page.goto(`${server.url}/authenticators`)
    const accepted = await page.evaluate('window.signals')

    expect(unknown).toEqual([{ rpId: 'localhost', credentialId: 'AQID' }])
    expect(accepted).toEqual([{ rpId: 'localhost', userId: 'dXNlcg', allAcceptedCredentialIds: ['AQID'] }])
  })

  test('WA-CL-04 disturb nothing where the browser does not, or refuses', async () => {
    const page = await chromium.newPage()
    const errors: Error[] = []
    page.on('pageerror', (error) => errors.push(error))
    await page.addInitScript(`
      delete PublicKeyCredential.signalAllAcceptedCredentials
      PublicKeyCredential.signalUnknownCredential = async () => { throw new TypeError('no') }`)

    await page.goto(`${server.url}/authenticators`)
    await page.goto(`${server.url}/sign-in-failed`)
    await page.getByRole('button', { name: 'Use a passkey' }).waitFor()

    expect(errors).toEqual([])
  })
})

function enrolmentExcluding(id: string): ReturnType<typeof sample> {
  const page = sample('enrolment-passkey')
  if (page.page !== 'enrolment') throw new Error('enrolmentExcluding: another page')
  const view = page.view.map((block) =>
    block.kind === 'passkey' && isRecord(block.options)
      ? { ...block, options: { ...block.options, excludeCredentials: [{ type: 'public-key', id }] } }
      : block,
  )
  return { ...page, view }
}

function isRecord<Value>(value: Value): value is Extract<Value, Readonly<Record<string, unknown>>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
