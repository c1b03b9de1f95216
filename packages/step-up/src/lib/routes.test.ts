import express from 'express'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { formOf, PAGE } from '../../test/page-form.ts'
import type { Person, Reply, Sending } from '../../test/person.ts'
import { createFaults, LEAK } from '../../test/faults.ts'
import { openWorld, type World, type WorldOptions } from '../../test/world.ts'

const ID = '01ARZ3NDEKTSV4RRFFQ69G5FAV'

interface Scene {
  readonly world: World
  readonly ann: Person
  /** The page of an open step-up. */
  readonly challengeUrl: string
}

async function atChallenge(options: WorldOptions = {}): Promise<Scene> {
  const world = await openWorld(options)
  const ann = world.person()
  await ann.signIn()
  await ann.enrol()
  const { body } = await ann.post('/transfer', { json: { to: 'Bob', amount: 5 } })
  return { world, ann, challengeUrl: String(body['challengeUrl']) }
}

function outcome({ status, body }: Reply): readonly unknown[] {
  return [status, body['code']]
}

describe('a form of the second door', () => {
  test('v5.0.0-3.5.1 NB-10 is taken only with the token that its page carries', async () => {
    const { world, ann, challengeUrl } = await atChallenge()
    const { action, fields } = formOf(await ann.get(challengeUrl, PAGE), '/verify')
    const ben = world.person()
    await ben.signIn('ben')
    const foreign = formOf(await ben.get('/step-up/authenticators', PAGE), '/start').fields['_csrf'] ?? ''
    const code = ann.code('webauthn')
    const sending = (form: Readonly<Record<string, string>>): Sending => ({
      form,
      headers: { 'sec-fetch-site': 'same-origin' },
    })

    const refused = [
      await ann.post(action, sending({ code })),
      await ann.post(action, sending({ code, _csrf: '' })),
      await ann.post(action, sending({ code, _csrf: foreign })),
      await ann.post(action, sending({ code, _csrf: `${fields['_csrf']}x` })),
      await ann.post(action, { raw: { type: 'text/plain', body: JSON.stringify({ code }) } }),
      await ann.post(action, { raw: { type: 'multipart/form-data; boundary=x', body: '--x--' } }),
    ]
    const taken = await ann.post(action, sending({ ...fields, code }))

    expect(refused.map(outcome)).toEqual(Array(6).fill([403, 'ERR_STEP_UP_FORBIDDEN']))
    expect([taken.status, (await world.events('challenge.attempt_failed')).length]).toEqual([200, 0])
  })

  test('v5.0.0-3.5.3 is refused when the browser says that it comes from elsewhere, whatever it carries', async () => {
    const { ann, challengeUrl } = await atChallenge()
    const { action, fields } = formOf(await ann.get(challengeUrl, PAGE), '/verify')
    const form = { ...fields, code: ann.code('webauthn') }
    const sites = ['cross-site', 'same-site', 'nonsense'].map((site) => ({ 'sec-fetch-site': site }))
    const origins = ['https://evil.example', 'null', 'http://127.0.0.1', ''].map((origin) => ({ origin }))
    const headers: readonly Readonly<Record<string, string>>[] = [...sites, ...origins]

    const forms = await Promise.all(headers.map((each) => ann.copy().post(action, { form, headers: each })))
    const calls = await Promise.all(headers.map((each) => ann.copy().post(action, { json: form, headers: each })))

    expect([...forms, ...calls].map(outcome)).toEqual(Array(14).fill([403, 'ERR_STEP_UP_FORBIDDEN']))
  })

  test('is taken from the configured origin by browsers that say nothing but that', async () => {
    const { world, ann, challengeUrl } = await atChallenge()
    const { action, fields } = formOf(await ann.get(challengeUrl, PAGE), '/verify')
    const form = { ...fields, code: ann.code('webauthn') }

    const reply = await ann.post(action, { form, headers: { origin: world.url } })

    expect(reply.status).toBe(200)
  })

  test('F-31 is judged by the configured origin, not by what a header says of the host', async () => {
    const { ann, challengeUrl } = await atChallenge()
    const { action, fields } = formOf(await ann.get(challengeUrl, PAGE), '/verify')
    const headers = { origin: 'https://evil.example', 'x-forwarded-host': 'evil.example' }

    const reply = await ann.post(action, { form: { ...fields, code: ann.code('webauthn') }, headers })

    expect(outcome(reply)).toEqual([403, 'ERR_STEP_UP_FORBIDDEN'])
  })
})

describe('the routes', () => {
  test('F-17 v5.0.0-2.2.2 answer whatever comes with less than 500, and let nobody through', async () => {
    const { world, ann, challengeUrl } = await atChallenge()
    const targets = [
      `${challengeUrl}/webauthn/verify`,
      `${challengeUrl}/webauthn/start`,
      `${challengeUrl}/__proto__/verify`,
      '/step-up/authenticators/webauthn/start',
      `/step-up/authenticators/webauthn/finish?enrolment=${ID}`,
      '/step-up/authenticators/webauthn/finish?enrolment[]=1&enrolment[]=2',
      `/step-up/authenticators/${ID}/rename`,
      `/step-up/authenticators/${ID}/remove`,
      `/step-up/resume/${ID}/discard`,
      '/plain',
    ]
    const types = ['application/json', 'application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data', 'x']
    const bodies = fc.oneof(fc.json(), fc.string({ unit: 'binary' }), fc.constant(`{"a":${'['.repeat(5_000)}`))
    const pages = fc.constantFrom(PAGE.headers ?? {}, {}, { 'sec-fetch-site': 'same-origin' })

    await fc.assert(
      fc.asyncProperty(
        fc.record({
          target: fc.constantFrom(...targets),
          type: fc.constantFrom(...types),
          body: bodies,
          headers: pages,
        }),
        async ({ target, type, body, headers }) => {
          const reply = await ann.copy().post(target, { raw: { type, body }, headers })

          expect(reply.status).toBeLessThan(500)
        },
      ),
      { numRuns: 300 },
    )
    expect(world.done).toEqual([])
    expect((await world.events('challenge.verified', 'authenticator.enrolled')).length).toBe(1)
  }, 60_000)

  test('F-17 answer any address below them with less than 500', async () => {
    const { ann, challengeUrl } = await atChallenge()
    const parts = fc.constantFrom(
      '..',
      '%2e',
      '%00',
      '%',
      '%ff',
      'a'.repeat(300),
      ID,
      'totp',
      'verify',
      '__proto__',
      '?resume=1&resume=2',
    )

    await fc.assert(
      fc.asyncProperty(fc.array(parts, { maxLength: 4 }), fc.boolean(), async (path, isPage) => {
        const reply = await ann.copy().get(`${challengeUrl}/${path.join('/')}`, isPage ? PAGE : {})

        expect(reply.status).toBeLessThan(500)
      }),
      { numRuns: 100 },
    )
  })

  test('v5.0.0-14.2.2 let nothing be kept in caches, framed, sniffed or told to other sites', async () => {
    const { ann, challengeUrl } = await atChallenge()

    const replies = [
      await ann.get(challengeUrl, PAGE),
      await ann.get(challengeUrl),
      await ann.get('/step-up/authenticators', PAGE),
      await ann.get('/step-up/authenticators'),
      await ann.get(`/step-up/resume/${ID}`, PAGE),
      await ann.get(`/step-up/challenges/${ID}`),
      await ann.post('/plain'),
      await ann.get('/secret', PAGE),
    ]
    const pages = replies.filter(({ headers }) => headers.get('content-type')?.includes('text/html') === true)

    expect(replies.map(({ headers }) => headers.get('cache-control'))).toEqual(Array(8).fill('no-store'))
    expect(pages.map(({ headers }) => headers.get('x-content-type-options'))).toEqual(pages.map(() => 'nosniff'))
    expect(pages.map(({ headers }) => headers.get('referrer-policy'))).toEqual(pages.map(() => 'same-origin'))
    expect(pages.length).toBeGreaterThanOrEqual(3)
  })

  test('v5.0.0-3.4.3 allow a page nothing but its own style, under a nonce that is new each time', async () => {
    const { ann, challengeUrl } = await atChallenge()

    const pages = [await ann.get(challengeUrl, PAGE), await ann.get(challengeUrl, PAGE)]
    const policies = pages.map(({ headers }) => headers.get('content-security-policy') ?? '')
    const nonces = policies.map((policy) => /'nonce-([\w-]{24})'/.exec(policy)?.[1] ?? 'none')

    expect(policies[0]).toBe(
      `default-src 'none'; style-src 'nonce-${nonces[0]}'; form-action 'self' https: http://localhost:* http://127.0.0.1:*; base-uri 'none'; object-src 'none'; frame-ancestors 'none'`,
    )
    expect(pages.map(({ text }, place) => text.includes(`<style nonce="${nonces[place]}">`))).toEqual([true, true])
    expect(nonces[0]).not.toBe(nonces[1])
  })

  test('v5.0.0-14.2.1 put no code, token or secret into an address', async () => {
    const { ann, challengeUrl } = await atChallenge()
    const page = await ann.get(challengeUrl, PAGE)
    const { action, fields } = formOf(page, '/verify')
    const code = ann.code('webauthn')
    const verified = await ann.post(action, { form: { ...fields, code }, ...PAGE })
    const addresses = [
      action,
      verified.headers.get('location') ?? '',
      ...[...page.text.matchAll(/(?:href|action)="([^"]*)"/g)].map(([, address = '']) => address),
    ]

    expect(addresses.length).toBeGreaterThan(3)
    expect(addresses.filter((address) => address.includes(code) || address.includes(fields['_csrf'] ?? ''))).toEqual([])
  })

  test('v5.0.0-16.5.1 say nothing of what failed inside, to people or to programs', async () => {
    const faults = createFaults()
    const { ann, challengeUrl } = await atChallenge({ faults })
    const replies: Reply[] = []
    for (let call = 1; call <= 8; call += 1) {
      faults.arm(call)
      replies.push(await ann.get(challengeUrl, call % 2 === 0 ? PAGE : {}))
    }

    const failed = replies.filter(({ status }) => status === 503)
    expect(failed.length).toBeGreaterThan(3)
    expect(failed.every(({ body }) => body['code'] === 'ERR_STEP_UP_UNAVAILABLE')).toBe(true)
    expect(replies.some(({ text }) => text.includes(LEAK) || /\bat .*\.ts:/.test(text))).toBe(false)
  })

  test('show a person what they approve, escaped, and where they are', async () => {
    const { ann } = await atChallenge()
    const { body } = await ann.post('/transfer', { json: { to: '<script>alert(1)</script>', amount: 5 } })

    const page = await ann.get(String(body['challengeUrl']), PAGE)
    const program = await ann.get(String(body['challengeUrl']))

    expect(page.text).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
    expect(page.text).not.toContain('<script')
    expect(page.text).toContain('ann@example.com')
    expect(program.body['action']).toEqual({
      name: 'transfer',
      show: { To: '<script>alert(1)</script>', Amount: '5' },
    })
  })

  test('are found only where mountPath says', async () => {
    const world = await openWorld({
      routes: (app, { stepUp }) => void app.use('/elsewhere', express.Router().use(stepUp.routes)),
    })

    expect(outcome(await world.person().get('/elsewhere/authenticators'))).toEqual([500, 'ERR_STEP_UP_MOUNT'])
  })
})
