import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, test } from 'vitest'

import { doing } from '../../test/app.ts'
import { formOf, PAGE } from '../../test/page-form.ts'
import type { Person, Reply } from '../../test/person.ts'
import { openRecoveryWorld, personWithCodes } from '../../test/recovery.ts'
import { decodeBase32 } from '../../test/totp-code.ts'
import { openWorld, type World, type WorldOptions } from '../../test/world.ts'

// What is promised of the second door as a whole, where it belongs to no single part of it.

const MINUTE = 60_000
const ORDER = { to: 'Bob', amount: '5' }
const NOBODY = '0'.repeat(26)

async function signedIn(options: WorldOptions = {}): Promise<{ readonly world: World; readonly ann: Person }> {
  const world = await openWorld(options)
  const ann = world.person()
  await ann.signIn()
  return { world, ann }
}

function outcome({ status, body }: Reply): readonly unknown[] {
  return [status, body['code']]
}

async function stateOf(person: Person): Promise<unknown> {
  const { body } = await person.get('/me')
  return body['because'] ?? body['state']
}

/** Every record and entry of the store, as text. */
async function everythingIn(world: World): Promise<string> {
  await world.events()
  const records = await world.store.list([], { limit: 1_000 })
  const entries = await world.store.read(0, 4_096)
  return [
    ...records.map(({ key, value }) => JSON.stringify([key, value])),
    ...entries.map(({ bytes, tags }) => `${Buffer.from(bytes).toString('utf8')}${JSON.stringify(tags)}`),
  ].join('\n')
}

describe('a session', () => {
  test('NB-06 C-05 lasts no longer than configured: a quarter of an hour idle, and two hours whatever is done', async () => {
    const { world, ann } = await signedIn({ stepUp: { idleTimeout: '15m', sessionLifetime: '2h' } })
    const ben = world.person()
    await ben.signIn('ben')
    const states: unknown[] = []
    for (let passed = 0; passed < 120; passed += 10) {
      if (passed === 20) states.push(await stateOf(ben))
      states.push(await stateOf(ann))
      world.clock.advance(10 * MINUTE)
    }
    states.push(await stateOf(ann))

    expect(states).toEqual(['live', 'live', 'expired', ...Array(10).fill('live'), 'expired'])
    expect((await world.events('session.expired')).map(({ data }) => data)).toEqual([
      { because: 'idle' },
      { because: 'lifetime' },
    ])
  })
})

describe('the second door', () => {
  test('v5.0.0-6.3.4 asks the same of everybody, by whatever login they came in and however they ask', async () => {
    const world = await openWorld({
      routes: (app, { stepUp, world: itself }) => {
        app.get('/strict', stepUp.requireStepUp({ phishingResistant: true }), doing(itself, 'strict'))
      },
    })
    const [provider, password, claims] = [world.person(), world.person(), world.person()]
    await provider.signIn('ann')
    await provider.enrol('totp')
    await provider.enrol()
    await password.signIn('ann', { amr: ['pwd'] })
    await claims.signIn('ann', { amr: ['mfa', 'hwk', 'webauthn'] })

    const replies = await Promise.all(
      [provider, password, claims].flatMap((person) => [
        person.post('/strict'),
        person.post('/strict', { form: ORDER }),
        person.get('/strict'),
      ]),
    )

    const asked = replies.map(({ status, body }) => [status, body['code'], body['factors']])
    expect(asked).toEqual(Array(9).fill([401, 'ERR_STEP_UP_REQUIRED', ['webauthn']]))
    expect(world.done).toEqual([])
  })

  test('F-39 NB-09 is opened to nobody by the cookie of a known device', async () => {
    const { world, ann } = await signedIn()
    await ann.enrol()
    await ann.postProving('/plain', {})
    const known = ann.copy()
    known.sessionCookie = undefined

    const stranger = await known.post('/plain')
    await known.signIn()
    const afterLogin = await known.post('/plain')

    expect(known.cookieHeader).toContain('device')
    expect([stranger, afterLogin].map(outcome)).toEqual([
      [401, 'ERR_LOGIN_REQUIRED'],
      [401, 'ERR_STEP_UP_REQUIRED'],
    ])
    expect(world.done).toEqual(['plain'])
  })

  test('v5.0.0-2.3.1 STEP-04 takes no step before the one that leads to it', async () => {
    const { world, ann } = await signedIn()
    await ann.enrol()
    const code = { json: { code: ann.code('webauthn') } }
    const kept = await ann.post('/transfer', { form: ORDER, ...PAGE })
    const resume = new URL(kept.headers.get('location') ?? '', world.url).searchParams.get('resume') ?? ''
    const { body } = await ann.post('/plain')

    const skipped = [
      await ann.post(`${String(body['challengeUrl'])}/webauthn/verify`, code),
      await ann.post(`/step-up/challenges/${NOBODY}/webauthn/verify`, code),
      await ann.post(`/step-up/authenticators/webauthn/finish?enrolment=${NOBODY}`, code),
      await ann.post('/transfer', { form: { ...ORDER, _sallyport_resume: resume }, ...PAGE }),
      await ann.post('/plain'),
    ]

    expect(resume).toMatch(/^[0-9A-Z]{26}$/)
    expect(skipped.map(outcome)).toEqual([
      [410, 'ERR_STEP_UP_ENDED'],
      [404, 'ERR_STEP_UP_UNKNOWN'],
      [410, 'ERR_STEP_UP_ENDED'],
      [303, undefined],
      [401, 'ERR_STEP_UP_REQUIRED'],
    ])
    expect(skipped[3]?.headers.get('location')).toContain('/step-up/challenges/')
    expect(world.done).toEqual([])
    expect(await world.events('challenge.verified', 'step_up.satisfied')).toEqual([])
  })

  test('v5.0.0-15.3.3 takes from a body what it asked for, and lets further fields change nothing', async () => {
    const { ann } = await signedIn()
    const enrolled = await ann.enrol()
    const id = String(enrolled.body['authenticator'])
    const rename = `/step-up/authenticators/${id}/rename`
    await ann.prove(await ann.post(rename))
    const list = async (): Promise<unknown> => (await ann.get('/step-up/authenticators')).body['authenticators']
    const before = await list()
    const further = { user: 'ben', id: NOBODY, factor: 'totp', disabled: 'true', enrolledAt: '0', state: 'x' }

    const renamed = await ann.post(rename, { json: { label: 'Key', ...further } })

    expect(renamed.status).toBe(200)
    expect(await list()).toEqual([{ ...Object(before)[0], label: 'Key' }])
  })
})

describe('a code that was used before', () => {
  test('NB-23 is called so to the person who sends it, and in the ledger', async () => {
    const { world, ann } = await signedIn()
    await ann.enrol('totp')
    const asked = await ann.get('/secret', PAGE)
    const page = await ann.get(asked.headers.get('location') ?? '', PAGE)
    const { action, fields } = formOf(page, '/totp/verify')

    const told = await ann.post(action, { form: { ...fields, code: ann.code('totp') }, ...PAGE })

    expect([told.status, told.text.includes('That code was already used.')]).toEqual([422, true])
    expect(await world.events('challenge.attempt_failed')).toMatchObject([
      { outcome: 'failure', reason: 'code_reused', authn: { factor: 'totp' } },
    ])
  })
})

describe('an authenticator', () => {
  test('NB-31 has its whole life in the ledger: what was done to it, when, and from where', async () => {
    const { world, ann } = await signedIn()
    const enrolled = await ann.enrol()
    const id = String(enrolled.body['authenticator'])
    world.clock.advance(MINUTE)
    await ann.postProving(`/step-up/authenticators/${id}/rename`, { json: { label: 'Key' } })
    world.clock.advance(MINUTE)
    await ann.postProving(`/step-up/authenticators/${id}/remove`, { json: {} })

    const life = await world.events('authenticator.enrolled', 'authenticator.renamed', 'authenticator.removed')

    expect(life.map(({ type, at }) => [type, at])).toEqual([
      ['authenticator.enrolled', '2026-01-01T00:00:00.000Z'],
      ['authenticator.renamed', '2026-01-01T00:01:00.000Z'],
      ['authenticator.removed', '2026-01-01T00:02:00.000Z'],
    ])
    expect(new Set(life.map(({ authn }) => authn?.authenticator))).toEqual(new Set([id]))
    expect(life.filter(({ actor, net, device }) => !actor || !net?.ip || !device?.id)).toEqual([])
  })

  test('TOTP-09 that is an app has its seed nowhere in clear, neither before its first code nor later', async () => {
    const { world, ann } = await signedIn({ sessions: 'ours' })
    const begun = await ann.startEnrolment('totp')
    const whilePending = await everythingIn(world)
    await ann.post(String(begun.body['finishUrl']), { json: { code: ann.code('totp') } })
    world.clock.advance(30_000)
    await ann.postProving('/plain', {}, 'totp')
    const kept = `${whilePending}\n${await everythingIn(world)}`

    const seed = ann.secret('totp')
    const bytes = decodeBase32(seed)
    const spellings = [seed, ...(['hex', 'base64', 'base64url'] as const).map((encoding) => bytes.toString(encoding))]
    expect(world.done).toEqual(['plain'])
    expect([seed.length, whilePending.includes('"kind":"enrolment"')]).toEqual([32, true])
    expect(spellings.filter((spelling) => kept.toLowerCase().includes(spelling.toLowerCase()))).toEqual([])
  })
})

describe('a stored public key', () => {
  test('v5.0.0-6.7.1 NB-25 opens nothing in the record of somebody else', async () => {
    const { world, ann } = await signedIn()
    const ben = world.person()
    await ben.signIn('ben')
    await ann.enrol()
    await ben.enrol()
    const [hers, his] = await world.store.list(['authenticator'], { limit: 2 })
    const value = { ...Object(hers?.value), state: Object(his?.value).state }
    const swap = { op: 'put', key: hers?.key ?? [], value, expect: hers?.version ?? null } as const

    const swapped = await world.store.commit({ id: 'by-hand', writes: [swap], entries: [] })
    const reply = await ann.prove(await ann.post('/plain'), 'webauthn', ben.code('webauthn'))

    expect([swapped.ok, outcome(reply)]).toEqual([true, [503, 'ERR_STEP_UP_UNAVAILABLE']])
    expect((await ann.post('/plain')).status).toBe(401)
    expect((await ben.postProving('/plain', {})).status).toBe(200)
    expect(world.done).toEqual(['plain'])
  })
})

describe('a recovery', () => {
  test('NB-38 is told to the person: the code that was used, and what was added by it', async () => {
    const world = await openRecoveryWorld()
    const { ann, codes } = await personWithCodes(world, 'webauthn')
    const before = world.notices.length

    const refused = await ann.post('/step-up/authenticators/totp/start')
    await ann.prove(refused, 'recovery_code', codes[0])
    await ann.enrol('totp')

    expect(world.notices.slice(before)).toMatchObject([
      { user: 'ann', about: 'recovery_code.used', factor: 'recovery_code' },
      { user: 'ann', about: 'authenticator.enrolled', factor: 'totp' },
    ])
  })
})

describe('the documents of this package', () => {
  test('v5.0.0-3.1.1 say which features a browser needs', () => {
    const folder = join(import.meta.dirname, '..', '..')
    const texts = readdirSync(folder).filter((name) => name.endsWith('.md'))
    const paragraphs = texts.flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n\n'))
    const [told = ''] = paragraphs.filter((paragraph) => paragraph.startsWith('Browsers need '))

    const features = ['forms', 'cookies', 'Content-Security-Policy', 'JavaScript', 'WebAuthn', 'https']
    expect(features.filter((feature) => !told.includes(feature))).toEqual([])
  })
})
