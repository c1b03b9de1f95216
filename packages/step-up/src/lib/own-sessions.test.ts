import type { Express } from 'express'
import { describe, expect, test } from 'vitest'

import { authorityOf } from '../../test/authority.ts'
import { door, holding } from '../../test/door.ts'
import { formOf, PAGE } from '../../test/page-form.ts'
import type { Person, Reply } from '../../test/person.ts'
import { raceOf } from '../../test/race.ts'
import { openWorld, type Instance, type World, type WorldOptions } from '../../test/world.ts'
import { LIMITS } from './limits.ts'
import { sessionRoutes } from './session-routes.ts'

const CHROME = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36'

/** The routes by which people end sessions, and what `sessions.list` says to the one who asks. */
function withSessions(app: Express, { stepUp, world }: Instance): void {
  app.get('/mine', async (req, res) => void res.json({ sessions: await stepUp.sessions.list(req) }))
  app.use('/step-up', sessionRoutes(world.core, authorityOf(stepUp)))
}

async function openOwn(options: WorldOptions = {}): Promise<World> {
  return await openWorld({
    ...options,
    routes: (app, instance) => {
      withSessions(app, instance)
      options.routes?.(app, instance)
    },
  })
}

async function signedIn(world: World, user = 'ann'): Promise<Person> {
  const person = world.person()
  await person.signIn(user)
  world.clock.advance(1_000)
  return person
}

async function listOf(person: Person): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const { sessions } = (await person.get('/mine')).body
  return Array.isArray(sessions) ? sessions : []
}

async function lineageOf(person: Person): Promise<string> {
  return String((await person.get('/me')).body['lineage'])
}

async function stateOf(person: Person, instance = 0): Promise<unknown> {
  const { body } = await person.get('/me', { instance })
  return body['because'] ?? body['state']
}

function outcome({ status, body }: Reply): readonly unknown[] {
  return [status, body['code']]
}

describe('the list of sessions', () => {
  test('v5.0.0-7.5.2 shows people where they are signed in, this session first, then the newest, and nobody else', async () => {
    const world = await openOwn()
    const ann = await signedIn(world)
    await world.person().post('/login', { json: { user: 'ann' }, headers: { 'user-agent': CHROME } })
    world.clock.advance(1_000)
    await signedIn(world)
    await signedIn(world, 'ben')

    const listed = await listOf(ann)

    expect(listed.map(({ current }) => current)).toEqual([true, false, false])
    expect(listed[0]?.['lineage']).toBe(await lineageOf(ann))
    expect(Number(listed[1]?.['startedAt'])).toBeGreaterThan(Number(listed[2]?.['startedAt']))
    expect(listed[2]?.['client']).toMatch(/Chrome.*Linux/)
    expect(Object.keys(listed[0] ?? {}).toSorted()).toEqual(['client', 'current', 'lineage', 'seenAt', 'startedAt'])
  })

  test('leaves out what was ended, in whichever way', async () => {
    const world = await openOwn()
    const [idle, left] = [await signedIn(world), await signedIn(world)]
    await left.post('/logout')
    const known = await listOf(idle)
    world.clock.advance(3_600_001)
    const ann = await signedIn(world)
    const awake = await listOf(ann)
    await world.admin.endSessions('ann', { administrator: 'root' })
    const again = await signedIn(world)

    expect([known.length, awake.length, (await listOf(again)).length]).toEqual([1, 1, 1])
    expect(await stateOf(idle)).toBe('revoked')
  })

  test('is empty for a stranger', async () => {
    const world = await openOwn()

    expect(await listOf(world.person())).toEqual([])
  })
})

describe('ending another session', () => {
  test('v5.0.0-7.5.2 NB-39 counts from its next request on, on every instance, and needs no step-up', async () => {
    const world = await openOwn({ instances: 2, sessions: 'ours' })
    const [ann, lost, kept] = [await signedIn(world), await signedIn(world), await signedIn(world)]
    const lineage = await lineageOf(lost)

    const reply = await ann.post(`/step-up/sessions/${lineage}/end`)

    expect([reply.status, reply.body]).toEqual([200, { ok: true }])
    expect([await stateOf(lost, 1), await stateOf(kept), await stateOf(ann)]).toEqual(['revoked', 'live', 'live'])
    expect(outcome(await lost.post('/plain', { json: {}, instance: 1 }))).toEqual([401, 'ERR_LOGIN_REQUIRED'])
    expect(await world.events('session.revoked')).toMatchObject([
      { outcome: 'success', lineage, data: { because: 'user', all: false } },
    ])
  })

  test('F-37 reaches nobody else, and not the session that asks', async () => {
    const world = await openOwn()
    const [ann, ben] = [await signedIn(world), await signedIn(world, 'ben')]
    const lineages = [await lineageOf(ben), await lineageOf(ann), 'unheard-of', 'x'.repeat(2_000), '%00', '..']

    const replies = await Promise.all(
      lineages.map((one) => ann.post(`/step-up/sessions/${encodeURIComponent(one)}/end`, { json: { user: 'ben' } })),
    )

    expect(replies.map(({ status }) => status)).toEqual(Array(6).fill(404))
    expect([await stateOf(ben), await stateOf(ann)]).toEqual(['live', 'live'])
    expect(await world.events('session.revoked')).toEqual([])
  })

  test('neither comes from another site nor without a session', async () => {
    const world = await openOwn()
    const [ann, other] = [await signedIn(world), await signedIn(world)]
    const foreign = { json: {}, headers: { 'sec-fetch-site': 'cross-site' } }
    const lineage = await lineageOf(other)

    const replies = [
      await ann.post('/step-up/sessions/end-others', foreign),
      await ann.post(`/step-up/sessions/${lineage}/end`, { form: { _csrf: 'guessed' } }),
      await ann.post('/step-up/elevation/drop', foreign),
      await world.person().post('/step-up/sessions/end-others'),
    ]

    expect(replies.map(outcome)).toEqual([
      [403, 'ERR_STEP_UP_FORBIDDEN'],
      [403, 'ERR_STEP_UP_FORBIDDEN'],
      [403, 'ERR_STEP_UP_FORBIDDEN'],
      [401, 'ERR_LOGIN_REQUIRED'],
    ])
    expect(await stateOf(other)).toBe('live')
  })

  test('leaves no proof behind that was under way: nothing is gained for a session that is over', async () => {
    const gate = door()
    const world = await openOwn({ faults: holding('challenge.verified', gate) })
    const [ann, lost] = [await signedIn(world), await signedIn(world)]
    await lost.enrol()
    const proving = lost.copy().prove(await lost.post('/plain'), 'webauthn', lost.code('webauthn'))
    await gate.waiting
    await ann.post(`/step-up/sessions/${await lineageOf(lost)}/end`)
    gate.open()

    expect((await proving).status).not.toBe(200)
    expect([await stateOf(lost), await world.events('step_up.satisfied')]).toEqual(['revoked', []])
  })

  test('F-01 stays ended, also when a slow request of it saves and answers late', async () => {
    const gate = door()
    const world = await openOwn({
      cookieMaxAge: 3_600_000,
      routes: (app) =>
        void app.get('/slow', async (req, res) => {
          Object.assign(req.session, { late: 'revived' })
          gate.arrive()
          await gate.opened
          res.send('slow')
        }),
    })
    const [ann, lost] = [await signedIn(world), await signedIn(world)]
    const held = lost.copy().get('/slow')
    await gate.waiting
    await ann.post(`/step-up/sessions/${await lineageOf(lost)}/end`)
    gate.open()

    expect((await held).setsCookies).toEqual([])
    expect((await lost.get('/me')).body).toMatchObject({ state: 'ended', because: 'revoked', blob: {} })
  })

  test.each([{ store: 'memory' }, { store: 'sqlite', sessions: 'ours' }] as const)(
    'v5.0.0-7.4.3 ends all others, each once, of fifty that ask at once on two instances: %o',
    async (stores) => {
      const world = await openOwn({ ...stores, instances: 2 })
      const ann = await signedIn(world)
      const others = await raceOf(8, async () => await signedIn(world))

      const replies = await raceOf(
        50,
        async (turn) => await ann.copy().post('/step-up/sessions/end-others', { json: {}, instance: turn % 2 }),
      )
      const states = await Promise.all(others.map(async (person) => await stateOf(person)))

      expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]))
      expect([await stateOf(ann), ...new Set(states)]).toEqual(['live', 'revoked'])
      expect(await world.events('session.revoked')).toHaveLength(8)
    },
  )

  test('v5.0.0-7.4.3 brings people back to their list by a form, with a word of what was done', async () => {
    const world = await openOwn()
    const [ann, other] = [await signedIn(world), await signedIn(world)]
    const lineage = await lineageOf(other)
    const { fields } = formOf(await ann.get('/step-up/authenticators', PAGE), '/end')

    const one = await ann.post(`/step-up/sessions/${lineage}/end`, { form: fields, ...PAGE })
    const all = await ann.post('/step-up/sessions/end-others', { form: fields, ...PAGE })
    const dropped = await ann.post('/step-up/elevation/drop', { form: fields, ...PAGE })

    expect([one, all, dropped].map(({ status, headers }) => [status, headers.get('location')])).toEqual([
      [303, '/step-up/authenticators?notice=session_ended'],
      [303, '/step-up/authenticators?notice=sessions_ended'],
      [303, '/step-up/authenticators?notice=dropped'],
    ])
  })
})

describe('the bound on parallel sessions', () => {
  test('v5.0.0-7.1.2 ends the one that was longest without a request when there is one more than a hundred', async () => {
    const world = await openOwn()
    const [first, second] = [await signedIn(world), await signedIn(world)]
    for (let count = 2; count < LIMITS.sessions; count += 1) await signedIn(world)
    world.clock.advance(200_000)
    const full = await listOf(first)
    const newest = await signedIn(world)

    expect([full.length, (await listOf(newest)).length]).toEqual([LIMITS.sessions, LIMITS.sessions])
    expect([await stateOf(first), await stateOf(second)]).toEqual(['live', 'revoked'])
    expect((await world.events('session.ended')).map(({ data }) => data)).toEqual([{ because: 'replaced' }])
  })

  test('v5.0.0-7.1.2 sweeps what has expired unnoticed, and calls it that', async () => {
    const world = await openOwn()
    const early = await signedIn(world)
    for (let count = 1; count < LIMITS.sessions; count += 1) await signedIn(world)
    world.clock.advance(3_600_000)
    const newest = await signedIn(world)

    expect(await listOf(newest)).toHaveLength(1)
    expect((await world.events('session.expired')).map(({ data }) => data)).toEqual([{ because: 'idle' }])
    expect(await stateOf(early)).toBe('revoked')
    expect(await world.events('session.expired')).toHaveLength(1)
  })
})

describe('dropping the elevation', () => {
  test('F-35 asks again from the next request on, also whoever replays the old cookie', async () => {
    const world = await openOwn({ instances: 2 })
    const ann = await signedIn(world)
    await ann.enrol()
    await ann.postProving('/plain', { json: {} })
    const elevated = ann.copy()

    const reply = await ann.post('/step-up/elevation/drop')

    expect([reply.status, reply.body]).toEqual([200, { ok: true }])
    expect(outcome(await ann.post('/plain', { json: {}, instance: 1 }))).toEqual([401, 'ERR_STEP_UP_REQUIRED'])
    expect(outcome(await elevated.post('/plain'))).toEqual([401, 'ERR_SESSION_ROTATED'])
    expect((await world.events('session.rotated')).at(-1)?.data).toEqual({ because: 'dropped' })
  })

  test('F-35 keeps the login, the sign-in in the list, and what the application kept', async () => {
    const world = await openOwn()
    const ann = await signedIn(world)
    await ann.post('/remember', { json: { cart: 'tea' } })
    const before = (await ann.get('/me')).body
    await ann.enrol()
    await ann.postProving('/plain', { json: {} })
    await ann.post('/step-up/elevation/drop')

    const after = (await ann.get('/me')).body

    expect(after).toMatchObject({ user: 'ann', lineage: before['lineage'], blob: { cart: 'tea' } })
    expect(after['evidence']).toEqual(before['evidence'])
    expect(await listOf(ann)).toHaveLength(1)
  })

  test('F-35 takes back an approval that was given and not used yet', async () => {
    const world = await openOwn()
    const ann = await signedIn(world)
    await ann.enrol()
    const order = { json: { to: 'Bob', amount: 5 } }
    await ann.prove(await ann.post('/transfer', order))
    await ann.post('/step-up/elevation/drop')

    expect(outcome(await ann.post('/transfer', order))).toEqual([401, 'ERR_STEP_UP_REQUIRED'])
    expect(world.done).toEqual([])
  })

  test('F-35 keeps what the login proved, whatever its provider said of when', async () => {
    const world = await openOwn()
    const ann = await signedIn(world)
    await ann.signIn('ann', { at: world.clock.now() + 5_000 })
    const before = (await ann.get('/me')).body['evidence']
    const ahead = await ann.post('/step-up/elevation/drop')

    expect(ahead.status).toBe(200)
    expect((await ann.get('/me')).body['evidence']).toEqual(before)
  })

  test('fifty times at once drops it once, and tells the others that the session went on', async () => {
    const world = await openOwn({ store: 'sqlite' })
    const ann = await signedIn(world)
    await ann.enrol()
    await ann.postProving('/plain', { json: {} })
    const before = (await world.events('session.rotated')).length

    const replies = await raceOf(50, async () => await ann.copy().post('/step-up/elevation/drop'))
    const codes = new Set(replies.map(({ status }) => status))

    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1)
    expect([...codes].filter((status) => status !== 200 && status !== 401 && status !== 409)).toEqual([])
    expect((await world.events('session.rotated')).length).toBe(before + 1)
  })
})
