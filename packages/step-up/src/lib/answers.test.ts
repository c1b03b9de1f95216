import express from 'express'
import type { Express } from 'express'
import request from 'supertest'
import { describe, expect, test } from 'vitest'
import { answerPage, answerProblem, answerRedirect } from './answers.ts'
import type { Page } from './page-models.ts'
import { defaultTemplate } from './pages/template.ts'

const cancelled: Page = { page: 'message', status: 200, message: 'cancelled', code: 'X' }

function createApp(): Express {
  let count = 0
  const randomBytes = (size: number): Uint8Array => new Uint8Array(size).fill((count += 1))
  const app = express()
  app.get('/page', (_req, res) =>
    answerPage({ template: defaultTemplate, randomBytes, mountPath: '/' }, res, cancelled),
  )
  app.get('/problem', (_req, res) => answerProblem(res, { status: 403, code: 'ERR_STEP_UP_REQUIRED', title: 'No' }))
  app.get('/elsewhere', (_req, res) => answerRedirect(res, '/page'))
  return app
}

describe('answerPage', () => {
  test('WEB-08 gives each response a nonce of its own, the same in policy and document', async () => {
    const app = createApp()
    const answers = [await request(app).get('/page'), await request(app).get('/page')]

    const nonces = answers.map(({ text }) => /<style nonce="([\w-]{24})">/.exec(text)?.[1] ?? '')
    const policies = answers.map(({ headers }) => String(headers['content-security-policy']))
    expect(new Set(nonces).size).toBe(2)
    expect(policies.map((policy, index) => policy.includes(`'nonce-${nonces[index]}'`))).toEqual([true, true])
  })

  test('A11Y-16 speaks the language that is asked for, and tells caches', async () => {
    const { text, headers } = await request(createApp()).get('/page').set('Accept-Language', 'fr;q=0.9,de-AT,en;q=0.5')

    expect(text).toContain('<html lang="de"')
    expect(headers).toMatchObject({ 'content-language': 'de', vary: 'Accept-Language' })
  })

  test('speaks its first language to those who ask for none', async () => {
    const { headers } = await request(createApp()).get('/page').unset('Accept-Language')

    expect(headers['content-language']).toBe('en')
  })

  test('bounds the languages that a template has to look at', async () => {
    const many = Array.from({ length: 100 }, (_, index) => `x${index}`)
    const { headers } = await request(createApp())
      .get('/page')
      .set('Accept-Language', [...many, 'de'].join(','))

    expect(headers['content-language']).toBe('en')
  })
})

describe('every answer', () => {
  test('v5.0.0-4.1.1 says what its body is, with the charset', async () => {
    const app = createApp()
    const page = await request(app).get('/page')
    const problem = await request(app).get('/problem')

    expect(page.headers['content-type']).toBe('text/html; charset=utf-8')
    expect(problem.headers['content-type']).toBe('application/problem+json; charset=utf-8')
  })

  test('WEB-09 carries the protecting headers, and does not name the framework', async () => {
    const app = createApp()
    const answers = await Promise.all(['/page', '/problem', '/elsewhere'].map((path) => request(app).get(path)))

    const told = answers.map(({ headers }) => [
      headers['cache-control'],
      headers['x-frame-options'],
      headers['cross-origin-resource-policy'],
      headers['x-powered-by'],
    ])
    const expected = ['no-store', 'DENY', 'same-origin', undefined]
    expect(told).toEqual([expected, expected, expected])
  })
})
