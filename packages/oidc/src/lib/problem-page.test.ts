import express from 'express'
import request from 'supertest'
import { describe, expect, test } from 'vitest'
import { OidcError } from './errors.ts'
import { sendProblem } from './problem-page.ts'
import type { OidcErrorCode } from './errors.ts'
import type { ProblemAnswer } from './problem-page.ts'

function ask(code: OidcErrorCode, headers: Record<string, string>, answer: Partial<ProblemAnswer> = {}): request.Test {
  const app = express()
  app.get('/', (req, res) => {
    const { status } = new OidcError(code)
    sendProblem(req, res, { code, status, startUrl: '/auth/login', ...answer })
  })
  return request(app).get('/').set(headers)
}

const PAGE = { accept: 'text/html,*/*', 'sec-fetch-mode': 'navigate', 'accept-language': 'en' }

/** The heading of the page and the words of its link, with where it leads. */
async function told(
  code: OidcErrorCode,
  answer?: Partial<ProblemAnswer>,
  headers: Record<string, string> = PAGE,
): Promise<readonly unknown[]> {
  const { text } = await ask(code, headers, answer)
  const [, heading] = /<h1>(.*?)<\/h1>/.exec(text) ?? []
  const [, href, link] = /<a class="button main" href="([^"]*)">(.*?)<\/a>/.exec(text) ?? []
  return [heading, link, href]
}

describe('sendProblem', () => {
  test('gives a person a page with a way to start again', async () => {
    const answer = await ask('ERR_OIDC_TRANSACTION_UNKNOWN', PAGE)

    expect([answer.status, answer.type]).toEqual([400, 'text/html'])
    expect(await told('ERR_OIDC_TRANSACTION_UNKNOWN')).toEqual([
      'This sign-in page is no longer valid',
      'Start again',
      '/auth/login',
    ])
  })

  test('tells a browser that is signed in to go on, when the sign-in is over', async () => {
    const on = ['You are signed in already', 'Continue', '/home']
    const over = ['ERR_OIDC_TRANSACTION_UNKNOWN', 'ERR_OIDC_TRANSACTION_EXPIRED', 'ERR_OIDC_TRANSACTION_USED'] as const

    const pages = await Promise.all(over.map((code) => told(code, { signedIn: '/home' })))

    expect(pages).toEqual([on, on, on])
    expect(await told('ERR_OIDC_NONCE', { signedIn: '/home' })).toEqual([
      'Sign-in was refused',
      'Start again',
      '/auth/login',
    ])
  })

  test('has words of its own for what a person can understand', async () => {
    const heading = async (code: OidcErrorCode): Promise<unknown> => (await told(code))[0]

    expect(await heading('ERR_OIDC_TRANSACTION_EXPIRED')).toBe('This sign-in took too long')
    expect(await heading('ERR_OIDC_TRANSACTION_USED')).toBe('This sign-in was finished before')
    expect(await heading('ERR_OIDC_DENIED')).toBe('Sign-in was cancelled')
    expect(await heading('ERR_OIDC_ACR')).toBe('Your provider did not confirm you strongly enough')
    expect(await heading('ERR_OIDC_AUTH_TIME')).toBe('Your provider did not ask you again')
    expect(await heading('ERR_OIDC_INTERACTION_REQUIRED')).toBe('Your provider has to ask you')
    expect(await heading('ERR_OIDC_METADATA')).toBe('Sign-in is not available right now')
  })

  test('leads back to where a step-up or a link was asked for, for nobody is signed out by it', async () => {
    const back = { startUrl: '/back' }

    expect(await told('ERR_OIDC_NONCE', { ...back, during: 'step_up' })).toEqual([
      'You were not confirmed',
      'Go back',
      '/back',
    ])
    expect(await told('ERR_OIDC_NONCE', { ...back, during: 'link' })).toEqual([
      'Nothing was linked',
      'Go back',
      '/back',
    ])
    expect(await told('ERR_OIDC_LINK_TAKEN', { ...back, during: 'link' })).toContain(
      'This sign-in belongs to another account',
    )
    expect(await told('ERR_OIDC_METADATA', { ...back, during: 'step_up' })).toContain('This is not possible right now')
    expect(await told('ERR_OIDC_METADATA', { ...back, during: 'link' })).toContain('Go back')
    expect(await told('ERR_OIDC_TRANSACTION_USED', { ...back, during: 'step_up', signedIn: '/home' })).toContain(
      '/back',
    )
  })

  test('lets whoever lost their session begin again: no challenge waits for them', async () => {
    expect(await told('ERR_OIDC_SESSION_CHANGED', { startUrl: '/in', during: 'step_up' })).toEqual([
      'You are not signed in as before',
      'Start again',
      '/in',
    ])
  })

  test('v5.0.0-16.5.2 says when to come back while the provider is down', async () => {
    const { headers } = await ask('ERR_OIDC_PROVIDER_UNAVAILABLE', PAGE)

    expect(headers['retry-after']).toBe('5')
  })

  test('speaks the language that the browser prefers among those it has, and says which', async () => {
    const german = { ...PAGE, 'accept-language': 'fr;q=0.9,de-AT,en;q=0.5' }
    const { text, headers } = await ask('ERR_OIDC_DENIED', german)

    expect(text).toContain('<html lang="de">')
    expect(headers).toMatchObject({ 'content-language': 'de', vary: 'Accept-Language' })
    expect(await told('ERR_OIDC_DENIED', {}, german)).toContain('Die Anmeldung wurde abgebrochen')
    expect(await told('ERR_OIDC_DENIED', {}, { ...PAGE, 'accept-language': 'fr, *' })).toContain(
      'Sign-in was cancelled',
    )
  })

  test('is a whole document for people who hear it: language, title, one heading, one main part, one link', async () => {
    const { text } = await ask('ERR_OIDC_NONCE', PAGE)

    expect(text).toMatch(/^<!doctype html>\n<html lang="en">/)
    expect(text).toContain('<title>Sign-in was refused</title>')
    expect(text.match(/<h1>|<main>|<a /g)).toEqual(['<main>', '<h1>', '<a '])
  })

  test('gives a script a problem to read', async () => {
    const answer = await ask('ERR_OIDC_PROVIDER_UNAVAILABLE', { accept: '*/*', 'sec-fetch-mode': 'cors' })

    expect([answer.status, answer.type]).toEqual([503, 'application/problem+json'])
    expect(JSON.parse(String(answer.text || answer.body))).toMatchObject({
      status: 503,
      code: 'ERR_OIDC_PROVIDER_UNAVAILABLE',
    })
  })

  test('gives an old browser a page for its Accept header', async () => {
    expect((await ask('ERR_OIDC_DENIED', { accept: 'text/html' })).type).toBe('text/html')
  })

  test('v5.0.0-3.4.6 v5.0.0-3.6.1 v5.0.0-14.2.2 v5.0.0-14.2.3 BCP-03 loads and runs nothing, is framed nowhere and kept nowhere', async () => {
    const { headers, text } = await ask('ERR_OIDC_NONCE', PAGE)

    expect(headers['content-security-policy']).toContain("default-src 'none'")
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'")
    expect(headers['content-security-policy']).toMatch(/style-src 'sha256-[\w+/]{43}='/)
    expect(headers['cache-control']).toBe('no-store')
    expect(text).not.toMatch(/<script|<link|<img|url\(|@import| on\w+=/)
  })

  test('v5.0.0-1.2.1 escapes the configured address', async () => {
    const { text } = await ask('ERR_OIDC_NONCE', PAGE, { startUrl: '/login?a="><b>&c' })

    expect(text).toContain('href="/login?a=&quot;&gt;&lt;b&gt;&amp;c"')
  })
})
