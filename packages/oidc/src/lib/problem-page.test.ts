import express from 'express'
import request from 'supertest'
import { describe, expect, test } from 'vitest'
import { OidcError } from './errors.ts'
import { sendProblem } from './problem-page.ts'
import type { OidcErrorCode } from './errors.ts'

function ask(code: OidcErrorCode, headers: Record<string, string>, startUrl = '/auth/login'): request.Test {
  const app = express()
  app.get('/', (req, res) => {
    const { status } = new OidcError(code)
    sendProblem(req, res, { code, status, startUrl })
  })
  return request(app).get('/').set(headers)
}

const PAGE = { accept: 'text/html,*/*', 'sec-fetch-mode': 'navigate' }

describe('sendProblem', () => {
  test('gives a person a page with a way to start again', async () => {
    const answer = await ask('ERR_OIDC_TRANSACTION_USED', PAGE)

    expect([answer.status, answer.type]).toEqual([400, 'text/html'])
    expect(answer.text).toContain('This sign-in page is no longer valid')
    expect(answer.text).toContain('<a href="/auth/login">Start again</a>')
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
    expect(headers['cache-control']).toBe('no-store')
    expect(text).not.toMatch(/<script|<style|<img| on\w+=/)
  })

  test('v5.0.0-1.2.1 escapes the configured address', async () => {
    const { text } = await ask('ERR_OIDC_NONCE', PAGE, '/login?a="><b>&c')

    expect(text).toContain('href="/login?a=&quot;&gt;&lt;b&gt;&amp;c"')
  })
})
