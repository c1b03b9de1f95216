import { expect } from 'vitest'
import { codeOf, startWorld, whoIs } from '../world.ts'
import { MEANINGS } from './meanings.ts'
import { everythingIn, printedWhile } from './output.ts'
import { PERSON, goAndSignIn, theProvider } from './provider.ts'
import type { Browser, BrowserPage, FaultName } from '@sallyport/testing'
import type { OidcErrorCode } from '../../src/lib/errors.ts'
import type { World, WorldOptions } from '../world.ts'

/** What a fault needs around it. */
export interface Situation {
  /** Options of the application. */
  readonly app?: WorldOptions
  /**
   * An honest sign-in that comes before: in another tab or another browser, which stays at the callback's door, or one
   * that was finished.
   */
  readonly after?: 'other_tab' | 'other_browser' | 'finished_login'
}

/** The application does not wait long: for faults that never answer. */
export const IMPATIENT: Situation = { app: { timeoutMs: 500 } }

const MARKS = ['provider text', '<script', 'maintenance', 'attacker', PERSON.password]

/**
 * Signs in at the provider with this fault, which has to be refused with this code in page and ledger, without session
 * and without a word of what the provider sent; then with its honest twin, which has to pass.
 */
export async function refuses(name: FaultName, code: OidcErrorCode, situation: Situation = {}): Promise<void> {
  await isRefused(name, code, situation)
  theProvider().clear()
  await passes(name, situation)
}

async function isRefused(name: FaultName, code: OidcErrorCode, situation: Situation): Promise<void> {
  const provider = theProvider()
  await using world = await open(situation)
  const browser = world.browser()
  await before(world, browser, situation)
  const requested = provider.requests.length
  const [begun, events, heard] = [world.started.length, world.audit.events.length, world.overheard.length]
  provider.fault(name)
  const { value: page, printed } = await printedWhile(() => signIn(world, browser))
  provider.clear()

  const [status, reason] = MEANINGS[code] ?? []
  const failures = world.audit.ofType('oidc.login.failed').map(({ input }) => [codeIn(input.data), input.reason])
  const happened = world.audit.events.slice(events)
  expect({ status: page.status, code: codeOf(page), failures }).toEqual({ status, code, failures: [[code, reason]] })
  expect(happened.filter(({ type }) => type === 'oidc.login.succeeded' || type === 'session.started')).toEqual([])
  expect([world.started.length, situation.after === 'finished_login' || (await whoIs(browser)) === null]).toEqual([
    begun,
    true,
  ])
  expect(provider.requests.slice(requested)).not.toContain('/elsewhere')
  expect(world.overheard.length).toBeGreaterThan(heard)
  leaksNothing({
    page: page.text + JSON.stringify([...page.headers]),
    events: JSON.stringify(happened),
    errors: everythingIn(world.overheard.slice(heard)),
    printed,
  })
}

async function passes(name: FaultName, situation: Situation): Promise<void> {
  await using world = await open(situation)
  const browser = world.browser()
  await before(world, browser, situation)
  const begun = world.started.length
  theProvider().twin(name)
  const page = await signIn(world, browser)

  expect([page.status, codeOf(page), world.audit.ofType('oidc.login.failed')]).toEqual([303, undefined, []])
  expect(world.started).toHaveLength(begun + 1)
  expect(await whoIs(browser)).not.toBeNull()
}

/** Pages, events, errors and what was printed have nothing of what the provider sent. */
function leaksNothing(told: Readonly<Record<string, string>>): void {
  const { secrets, issuer, client } = theProvider()
  const known = [issuer, client.clientId, ...ASKED]
  const foreign = secrets.filter((text) => !known.some((one) => one.includes(text)))
  const wanted = [...MARKS, client.clientSecret, ...foreign]
  const leaks = Object.entries(told).flatMap(([where, text]) =>
    wanted.filter((secret) => text.includes(secret)).map((secret) => `${where}: ${secret}`),
  )
  expect(leaks).toEqual([])
}

/** What the application itself says in its events: what it asked for, and its own words for reasons. */
const ASKED = ['login_required', 'openid profile email', 'urn:example:acr:mfa', 'urn:example:acr:password']

async function open({ app }: Situation): Promise<World & AsyncDisposable> {
  const world = await startWorld({ ...app, provider: theProvider() })
  return { ...world, [Symbol.asyncDispose]: () => world.close() }
}

async function before(world: World, browser: Browser, { after }: Situation): Promise<void> {
  if (after === undefined) return
  const earlier = await goAndSignIn(
    after === 'other_browser' ? world.browser() : browser,
    '/auth/login',
    callbackOf(world),
  )
  if (after === 'finished_login') await browser.get(earlier ?? '')
}

/** From the login route to the callback's answer, or as far as it goes. */
async function signIn(world: World, browser: Browser): Promise<BrowserPage> {
  const first = await browser.get('/auth/login')
  if (first.location === undefined) return first
  const back = await goAndSignIn(browser, first.location, callbackOf(world))
  if (back === undefined) throw new Error('The provider did not come back')
  return browser.get(back)
}

const callbackOf = (world: World): string => `${world.url}/auth/callback`

function codeIn(data: unknown): unknown {
  return typeof data === 'object' && data !== null ? Reflect.get(data, 'code') : undefined
}
