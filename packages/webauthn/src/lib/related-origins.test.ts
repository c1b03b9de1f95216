import express from 'express'
import request from 'supertest'
import { describe, expect, test } from 'vitest'
import { relatedOrigins } from './related-origins.ts'

const ORIGINS = ['https://bank.example.net', 'https://bank.example.org']

function createApp(mount?: string): express.Express {
  const app = express()
  if (mount === undefined) app.use(relatedOrigins(ORIGINS))
  else app.use(mount, relatedOrigins(ORIGINS))
  app.use((_req, res) => void res.status(418).end())
  return app
}

describe('relatedOrigins', () => {
  test('WA-OPT-03 publishes the origins as JSON', async () => {
    const response = await request(createApp()).get('/.well-known/webauthn')

    expect(response.status).toBe(200)
    expect(response.headers['content-type']).toMatch(/^application\/json\b/)
    expect(response.body).toEqual({ origins: ORIGINS })
  })

  test('works when it is mounted at its path, too', async () => {
    const response = await request(createApp('/.well-known/webauthn')).get('/.well-known/webauthn')

    expect(response.body).toEqual({ origins: ORIGINS })
  })

  test.each(['/', '/.well-known', '/.well-known/webauthn/more', '/.WELL-KNOWN/webauthn'])(
    'leaves %s to the application',
    async (path) => {
      expect((await request(createApp()).get(path)).status).toBe(418)
    },
  )

  test('leaves other methods to the application', async () => {
    expect((await request(createApp()).post('/.well-known/webauthn')).status).toBe(418)
  })

  test('is named in stack traces', () => {
    expect(relatedOrigins(ORIGINS).name).toBe('relatedOriginsMiddleware')
  })

  test.each([
    [[]],
    [['http://bank.example.net']],
    [['https://bank.example.net/']],
    [['bank.example.net']],
    ['https://a.example'],
    [[7]],
  ])('refuses %j at start-up', (origins) => {
    expect(() => Reflect.apply(relatedOrigins, undefined, [origins])).toThrow(
      expect.objectContaining({ code: 'ERR_WEBAUTHN_OPTIONS' }),
    )
  })
})
