import { afterAll, beforeAll, expect } from 'vitest'
import { createBrowser } from '@sallyport/testing'
import { EVERY_CHECK } from './careless-checks.ts'
import { carelessLogin } from './careless-client.ts'
import { goAndSignIn, theProvider } from './provider.ts'
import type { Browser, FaultName } from '@sallyport/testing'
import type { Check } from './careless-checks.ts'
import type { Verdict, Visit } from './careless-client.ts'

const CALLBACK = 'http://127.0.0.1:9/callback'
const PATIENCE_MS = 5_000
const IMPATIENCE_MS = 250
const LONGER_MS = 600

/** What a fault needs around it. */
export interface Around {
  readonly acr?: string
  readonly maxAge?: number
  /** A sign-in that comes before: to its end, or up to the callback. */
  readonly after?: 'login' | 'code'
  /** How long the client waits for one answer. */
  readonly patienceMs?: number
}

let browser: Browser
const end = new AbortController()

/** Prepares a person who is signed in at this file's provider already. */
export function useCarelessClient(): void {
  beforeAll(async () => {
    const provider = theProvider()
    provider.allowRedirects({ callback: CALLBACK })
    browser = createBrowser(provider.issuer)
    await expectAccepted([])
  })
  afterAll(() => end.abort())
}

/**
 * Shows that a fault is real, and what stands against it: a client with every check refuses it, a client without these
 * checks takes it for a login, and where they are several, each alone is enough. The honest twin passes every check.
 */
export async function works(name: FaultName, against: Check | readonly Check[], around: Around = {}): Promise<void> {
  const checks = typeof against === 'string' ? [against] : against
  expect(await tampered(name, checks, around)).toMatchObject({ kind: 'accepted' })
  for (const one of checks) {
    const verdict = await tampered(
      name,
      checks.filter((check) => check !== one),
      around,
    )
    // Some checks are the provider's, which then has nothing to give.
    expect([one, verdict]).toEqual([
      one,
      checks.length === 1 ? { kind: 'refused', by: one } : expect.not.objectContaining({ kind: 'accepted' }),
    ])
  }
  await twinPasses(name, around)
}

/** The fault leaves nothing that could be taken for a login, whatever is not checked. */
export async function givesNothing(name: FaultName): Promise<void> {
  expect(await tampered(name, EVERY_CHECK, {})).toMatchObject({ kind: 'failed' })
  await twinPasses(name, {})
}

/** A client without this check sends something to an address that is not the provider's. */
export async function sendsElsewhere(name: FaultName, against: Check): Promise<void> {
  expect(await tampered(name, [], {})).toEqual({ kind: 'refused', by: against })
  expect(await tampered(name, [against], {})).toEqual({ kind: 'lost' })
  await twinPasses(name, {})
}

/** A client without patience refuses; one that waits for ever waits for ever. */
export async function hangs(name: FaultName): Promise<void> {
  expect(await tampered(name, [], { patienceMs: IMPATIENCE_MS })).toEqual({ kind: 'refused', by: 'time' })
  expect(await Promise.race([tampered(name, ['time'], {}), stillWaiting()])).toBe('still waiting')
  await twinPasses(name, {})
}

async function tampered(name: FaultName, without: readonly Check[], around: Around): Promise<Verdict> {
  if (around.after === 'login') await expectAccepted(without)
  if (around.after === 'code') await carelessLogin({ ...visit({}), goThere: goAndLeave }, without)
  theProvider().fault(name)
  const verdict = await carelessLogin(visit(around), without)
  theProvider().clear()
  return verdict
}

async function twinPasses(name: FaultName, around: Around): Promise<void> {
  theProvider().twin(name)
  expect(await carelessLogin(visit(around), [])).toMatchObject({ kind: 'accepted' })
}

async function expectAccepted(without: readonly Check[]): Promise<void> {
  expect(await carelessLogin(visit({}), without)).toMatchObject({ kind: 'accepted' })
}

function visit({ acr, maxAge, patienceMs = PATIENCE_MS }: Around): Visit {
  const { issuer, client } = theProvider()
  return { issuer, client, callback: CALLBACK, goThere, acr, maxAge, end: end.signal, patienceMs }
}

async function goThere(url: string): Promise<string> {
  const back = await goAndSignIn(browser, url, CALLBACK)
  if (back === undefined) throw new Error('The provider did not come back')
  return back
}

/** Gets a code and does not use it. */
async function goAndLeave(url: string): Promise<string> {
  await goThere(url)
  return CALLBACK
}

function stillWaiting(): Promise<string> {
  return new Promise((resolve) => setTimeout(() => resolve('still waiting'), LONGER_MS))
}
