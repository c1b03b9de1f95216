// The provider of one test file, whose people have names that occur nowhere else: what leaks is found.
import { afterAll, afterEach, beforeAll } from 'vitest'
import { startFakeProvider } from '@sallyport/testing'
import type { Browser, FakeProvider } from '@sallyport/testing'

const PASSWORD = 'canary password 7c1e'
const CANARY = {
  sub: 'canary-subject-7c1e',
  name: 'Canary Person 7c1e',
  email: 'canary-7c1e@people.example',
  password: PASSWORD,
}

/** What the person types. */
export const PERSON: Readonly<Record<'username' | 'password', string>> = { username: CANARY.email, password: PASSWORD }

let provider: FakeProvider | undefined

/** Starts a provider before the tests of this file, clears its faults after each, and ends it after the last. */
export function useProvider(): void {
  beforeAll(async () => {
    provider = await startFakeProvider({ accounts: [CANARY] })
  })
  afterEach(() => provider?.clear())
  afterAll(() => provider?.close())
}

/** The provider of this file. */
export function theProvider(): FakeProvider {
  if (!provider) throw new Error('The test file does not call useProvider')
  return provider
}

/** Lets a browser go where an application sent it, sign in where it is asked to, and stop before it is back. */
export async function goAndSignIn(browser: Browser, start: string, callback: string): Promise<string | undefined> {
  const isBack = (location: string): boolean => location.startsWith(callback)
  const page = await browser.follow(await browser.get(start), isBack)
  if (page.location !== undefined || !page.text.includes('name="password"')) return page.location
  const sent = await browser.submit(page.form('/interaction/'), PERSON)
  return (await browser.follow(sent, isBack)).location
}
