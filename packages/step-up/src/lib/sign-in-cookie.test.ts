import { randomBytes } from 'node:crypto'

import { createKeyring, type Keyring } from '@sallyport/keyring'
import express, { type Express } from 'express'
import fc from 'fast-check'
import supertest from 'supertest'
import { describe, expect, test } from 'vitest'

import { readOpenSignIns, writeOpenSignIns, type OpenSignIn } from './sign-in-cookie.ts'

const NOW = 1_800_000_000_000

describe('the cookie of open sign-ins', () => {
  test('gives back what was put in', async () => {
    const app = appWith({ writes: [signIn('A'), signIn('B')] })

    expect(await readBack(app)).toEqual([signIn('A'), signIn('B')])
  })

  test('WEB-01 v5.0.0-3.3.1 v5.0.0-3.3.3 is for this host alone, over https, until the browser closes', async () => {
    const [cookie] = await cookiesOf(appWith({ writes: [signIn('A')] }))

    expect(cookie).toMatch(/^__Host-sallyport-sign-in=[\w.-]+; Path=\/; HttpOnly; SameSite=Lax; Secure$/)
  })

  test('does without what plain http on this machine cannot have', async () => {
    const [cookie] = await cookiesOf(appWith({ writes: [signIn('A')], origin: 'http://localhost:3000' }))

    expect(cookie).toMatch(/^sallyport-sign-in=[\w.-]+; Path=\/; HttpOnly; SameSite=Lax$/)
  })

  test('shows nothing of what it holds', async () => {
    const [cookie = ''] = await cookiesOf(appWith({ writes: [signIn('A')] }))

    const value = cookie.split(';', 1)[0] ?? ''
    expect(value).not.toContain('challenge')
    expect(Buffer.from(value, 'base64url').toString('latin1')).not.toContain('challenge')
  })

  test('holds four at most, the newest, and none that is over', async () => {
    const all = ['A', 'B', 'C', 'D', 'E', 'F'].map((name) => signIn(name))
    const app = appWith({ writes: [...all, { ...signIn('G'), until: NOW }] })

    expect((await readBack(app)).map(({ id }) => id[0])).toEqual(['C', 'D', 'E', 'F'])
  })

  test('v5.0.0-3.3.5 is never larger than browsers take, whatever it has to leave out', async () => {
    const paths = fc.array(fc.integer({ min: 1, max: 2_048 }), { minLength: 1, maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(paths, async (lengths) => {
        const writes = lengths.map((length) => ({ ...signIn('A'), returnTo: `/${'x'.repeat(length - 1)}` }))
        const app = appWith({ writes })

        const [cookie = ''] = await cookiesOf(app)
        const kept = await readBack(app)

        expect(cookie.length).toBeLessThanOrEqual(4_096)
        expect(kept.at(-1)).toEqual(writes.at(-1))
      }),
      { numRuns: 30 },
    )
  })

  test('goes away when nothing is open', async () => {
    expect(await cookiesOf(appWith({ writes: [] }))).toEqual([
      '__Host-sallyport-sign-in=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax; Secure',
    ])
  })

  test('F-26 holds nothing when it was sealed for another purpose or by another key', async () => {
    const keyring = testKeyring()
    const content = Buffer.from(JSON.stringify([signIn('A')]))
    const app = appWith({ writes: [], keyring })

    const stash = await keyring.seal('step-up.stash', content)
    const foreign = await testKeyring().seal('step-up.sign-in', content)

    expect(await readFrom(app, stash)).toEqual([])
    expect(await readFrom(app, foreign)).toEqual([])
  })

  test('holds nothing when any one character was changed', async () => {
    const app = appWith({ writes: [signIn('A')] })
    const [cookie = ''] = await cookiesOf(app)
    const value = /=([^;]*)/.exec(cookie)?.[1] ?? ''

    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: value.length - 1 }),
        fc.constantFrom('A', 'Q', 'g', 'w', '-'),
        async (at, letter) => {
          fc.pre(value.charAt(at) !== letter)
          expect(await readFrom(app, value.slice(0, at) + letter + value.slice(at + 1))).toEqual([])
        },
      ),
      { numRuns: 50 },
    )
  })

  test('passes trouble of the key ring on, instead of taking it for a strange cookie', async () => {
    const keyring = testKeyring()
    const failing: Keyring = {
      ...keyring,
      seal: keyring.seal.bind(keyring),
      unseal: () => Promise.reject(new Error('the key service is away')),
    }

    const answer = await supertest(appWith({ writes: [], keyring: failing }))
      .get('/read')
      .set('cookie', '__Host-sallyport-sign-in=x')

    expect(answer.status).toBe(500)
  })
})

function signIn(letter: string): OpenSignIn {
  const id = letter.repeat(26)
  return { id, factor: 'webauthn', state: { challenge: 'challenge' }, until: NOW + 1, returnTo: '/' }
}

function appWith(parts: {
  readonly writes: readonly OpenSignIn[]
  readonly origin?: string
  readonly keyring?: Keyring
}): Express {
  const { writes, origin = 'https://bank.example', keyring = testKeyring() } = parts
  const core = { keyring, origin, store: { now: () => NOW } }
  const app = express()
  app.get('/write', async (_req, res) => {
    await writeOpenSignIns(core, res, writes)
    res.end()
  })
  app.get('/read', async (req, res) => void res.json(await readOpenSignIns(core, req)))
  // The answer to a failing key ring, without the default handler's word on the console.
  // oxlint-disable-next-line max-params
  app.use((_error: unknown, _req: express.Request, res: express.Response, _next: express.NextFunction) => {
    res.status(500).end()
  })
  return app
}

async function cookiesOf(app: Express): Promise<readonly string[]> {
  const { headers } = await supertest(app).get('/write')
  const cookies: unknown = headers['set-cookie']
  return Array.isArray(cookies) ? cookies : []
}

async function readBack(app: Express): Promise<readonly OpenSignIn[]> {
  const [cookie = ''] = await cookiesOf(app)
  return await readFrom(app, /=([^;]*)/.exec(cookie)?.[1] ?? '')
}

async function readFrom(app: Express, value: string): Promise<readonly OpenSignIn[]> {
  const { body } = await supertest(app)
    .get('/read')
    .set('cookie', `theirs=1; __Host-sallyport-sign-in=${value}; last=2`)
  return body
}

function testKeyring(): Keyring {
  const key = (
    id: string,
    purpose: 'seal' | 'pseudonym' | 'sign',
  ): { id: string; purpose: typeof purpose; secret: Buffer } => ({
    id,
    purpose,
    secret: randomBytes(32),
  })
  return createKeyring({ keys: [key('seal0000', 'seal'), key('name0000', 'pseudonym'), key('sign0000', 'sign')] })
}
