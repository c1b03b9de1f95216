import { createHmac } from 'node:crypto'

import { StoreError } from '@sallyport/store'
import type { Express } from 'express'
import { describe, expect, test, vi } from 'vitest'

import { raceOf } from '../../test/race.ts'
import type { Person, Reply } from '../../test/person.ts'
import { openWorld, type World, type WorldOptions } from '../../test/world.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** A world, and a person who is signed in and has a key. */
async function signedIn(options: WorldOptions = {}): Promise<{ readonly world: World; readonly ann: Person }> {
  const world = await openWorld(options)
  const ann = world.person()
  await ann.signIn()
  await ann.enrol()
  return { world, ann }
}

async function stateOf(person: Person, instance = 0): Promise<unknown> {
  const { body } = await person.get('/me', { instance })
  return body['because'] ?? body['state']
}

function outcome({ status, body }: Reply): readonly unknown[] {
  return [status, body['code']]
}

describe('the life of a session', () => {
  test('v5.0.0-7.1.1 NB-04 is bounded as documented: an hour without a request, twelve hours in all', async () => {
    const { core } = await openWorld()

    expect([core.idleMs, core.sessionMs]).toEqual([HOUR, 12 * HOUR])
  })

  test('v5.0.0-7.3.1 ends when an hour has passed without a request, on every instance', async () => {
    const { world, ann } = await signedIn({ instances: 2 })
    const other = ann.copy()
    world.clock.advance(HOUR)
    const inTime = await stateOf(ann)
    world.clock.advance(HOUR + 1)

    expect([inTime, await stateOf(ann, 1), await stateOf(other)]).toEqual(['live', 'expired', 'expired'])
    expect(outcome(await ann.post('/plain'))).toEqual([401, 'ERR_LOGIN_REQUIRED'])
    expect((await world.events('session.expired')).map(({ reason, data }) => [reason, data])).toEqual([
      ['expired', { because: 'idle' }],
    ])
  })

  test('NB-12 STEP-02 goes on as long as there are requests, each of which begins the idle time anew', async () => {
    const { world, ann } = await signedIn()
    const states: unknown[] = []
    for (let round = 0; round < 12; round += 1) {
      world.clock.advance(55 * MINUTE)
      states.push(await stateOf(ann))
    }

    expect(new Set(states)).toEqual(new Set(['live']))
    expect(await world.events('session.expired')).toEqual([])
  })

  test('v5.0.0-7.3.2 NB-12 ends after twelve hours, whatever is done and proved in it', async () => {
    const { world, ann } = await signedIn()
    for (let passed = 0; passed < 12 * HOUR - MINUTE; passed += 30 * MINUTE) {
      world.clock.advance(passed === 0 ? 30 * MINUTE - MINUTE : 30 * MINUTE)
      await ann.postProving('/plain', { json: {} })
    }
    const before = await stateOf(ann)
    world.clock.advance(MINUTE)

    expect([before, await stateOf(ann)]).toEqual(['live', 'expired'])
    expect((await world.events('session.expired')).map(({ data }) => data)).toEqual([{ because: 'lifetime' }])
  })

  test('NB-12 begins anew with a new login, and brings nothing of the old session along', async () => {
    const { world, ann } = await signedIn()
    await ann.postProving('/plain', { json: {} })
    world.clock.advance(2 * HOUR)
    await ann.get('/me')
    await ann.signIn()
    world.clock.advance(HOUR)

    expect(await stateOf(ann)).toBe('live')
    expect(outcome(await ann.post('/plain'))).toEqual([401, 'ERR_STEP_UP_REQUIRED'])
  })

  test.each([{ store: 'memory' }, { store: 'sqlite', sessions: 'ours' }] as const)(
    'NB-12 ends once, with one event, for fifty requests at once on two instances: %o',
    async (stores) => {
      const { world, ann } = await signedIn({ ...stores, instances: 2 })
      world.clock.advance(2 * HOUR)

      const states = await raceOf(50, async (turn) => await stateOf(ann.copy(), turn % 2))

      expect(new Set(states)).toEqual(new Set(['expired']))
      expect(await world.events('session.expired')).toHaveLength(1)
    },
  )

  test('is written down no oftener than needed, however many requests come at once', async () => {
    const { world, ann } = await signedIn({ instances: 2 })
    const [first] = await world.core.store.list(['lineage', 'ann'], { limit: 10 })
    world.clock.advance(2 * MINUTE)
    await raceOf(50, async (turn) => await ann.copy().get('/me', { instance: turn % 2 }))
    const [second] = await world.core.store.list(['lineage', 'ann'], { limit: 10 })
    world.clock.advance(2 * MINUTE)
    const states = await raceOf(50, async (turn) => await stateOf(ann.copy(), turn % 2))
    const [third] = await world.core.store.list(['lineage', 'ann'], { limit: 10 })

    expect(second?.version).toBe(first?.version)
    expect(third?.value).toMatchObject({ seenAt: world.clock.now() })
    expect(new Set(states)).toEqual(new Set(['live']))
  })

  test('F-27 is neither prolonged nor ended by a store that is away: the answer is 503', async () => {
    const { world, ann } = await signedIn()
    await ann.postProving('/plain', { json: {} })
    world.clock.advance(4 * MINUTE)
    vi.spyOn(world.store, 'commit').mockRejectedValue(new StoreError('ERR_STORE_UNAVAILABLE', 'away'))
    const away = await ann.post('/plain')
    vi.restoreAllMocks()

    expect(outcome(away)).toEqual([503, 'ERR_STEP_UP_UNAVAILABLE'])
    expect(outcome(await ann.post('/plain'))).toEqual([200, undefined])
    expect(world.done).toEqual(['plain', 'plain'])
  })

  test('when it has ended by itself, is no finding for its own browser, and one for any other', async () => {
    const { world, ann } = await signedIn()
    const thief = ann.thief()
    world.clock.advance(2 * HOUR)
    await ann.get('/me')
    world.clock.advance(HOUR)
    await ann.get('/me')
    const own = await world.events('session.reused_after_end')
    await thief.get('/me')

    expect(own).toEqual([])
    expect(await world.events('session.reused_after_end')).toMatchObject([{ reason: 'session_ended' }])
  })
})

describe('what a session goes by', () => {
  test('v5.0.0-7.2.2 v5.0.0-7.2.3 C-07 is unpredictable, unique and never given to a page, a log or the ledger', async () => {
    const world = await openWorld()
    const people = await raceOf(50, async (turn) => {
      const person = world.person()
      await person.signIn(`user-${turn}`)
      return String((await person.get('/me')).body['handle'])
    })
    const ledger = JSON.stringify(await world.events())

    // 16 characters of time, then 80 and 192 random bits.
    expect(people.every((handle) => /^[0-9A-Z]{26}[\w-]{32}$/.test(handle))).toBe(true)
    expect(new Set(people).size).toBe(50)
    expect(people.some((handle) => ledger.includes(handle))).toBe(false)
  })

  test('F-05 v5.0.0-7.2.1 v5.0.0-15.3.3 NB-08 STEP-01 is the record in the store: no claim in the express-session or the request counts', async () => {
    const { world, ann } = await signedIn()
    const evidence = [{ factor: 'webauthn', at: world.clock.now(), strong: true, strength: ['phishing_resistant'] }]
    await ann.post('/remember', { json: { evidence, stepUp: true, acr: 'high', epoch: 0, passport: { user: 'ann' } } })

    const replies = [
      await ann.post('/plain', { json: { evidence, maxAge: '24h', preset: 'relaxed' } }),
      await ann.post('/plain?maxAge=24h&mode=report'),
      await ann.post('/plain', { json: {}, headers: { 'x-step-up': 'satisfied', authorization: 'Bearer satisfied' } }),
    ]

    expect(replies.map(outcome)).toEqual(Array(3).fill([401, 'ERR_STEP_UP_REQUIRED']))
    expect(world.done).toEqual([])
  })

  test('F-37 STEP-01 names its user: who claims to be another acts for themselves', async () => {
    const { world, ann } = await signedIn()
    await ann.postProving('/plain', { json: { user: 'ben' }, headers: { 'x-user': 'ben' } })

    const allowed = await world.events('access.allowed')
    const actors = new Set(allowed.map(({ actor }) => actor?.id))
    const [found] = (await world.audit.query({ user: 'ann', type: 'access.allowed' })).events

    expect([...actors]).toEqual([found?.actor?.id])
    expect((await world.audit.query({ user: 'ben' })).events).toEqual([])
  })

  test('is nothing when the express-session points to another user, sign-in or handle', async () => {
    const pointAt = (app: Express): void => {
      app.post('/point', (req, res) => {
        Object.assign(req.session, { sallyport: { ...req.session.sallyport, ...req.body } })
        res.json({ ok: true })
      })
    }
    const world = await openWorld({ routes: pointAt })
    const states: unknown[] = []
    for (const pointer of [{ user: 'ben' }, { lineage: 'other' }, { handle: 'other' }, { lineage: null }]) {
      const ann = world.person()
      await ann.signIn()
      await ann.post('/point', { json: pointer })
      states.push(await stateOf(ann))
    }

    expect(states).toEqual(Array(4).fill('anonymous'))
  })

  test('WEB-02 v5.0.0-7.2.4 is never an id that the client made up, however well it is signed', async () => {
    const world = await openWorld()
    const ann = world.person()
    const signature = createHmac('sha256', 'only for tests').update('chosen').digest('base64').replace(/=+$/, '')
    const chosen = encodeURIComponent(`s:chosen.${signature}`)
    ann.sessionCookie = chosen
    const victim = ann.copy()
    await ann.signIn()

    expect(ann.sessionCookie).not.toBe(chosen)
    expect([await stateOf(ann), await stateOf(victim)]).toEqual(['live', 'anonymous'])
  })

  test('NB-10 NB-11 stands in a cookie that scripts cannot read and that says nothing about anybody', async () => {
    const world = await openWorld()
    const ann = world.person()

    const [cookie = ''] = (await ann.signIn()).headers.getSetCookie().filter((line) => line.startsWith('connect.sid'))

    expect(cookie).toContain('HttpOnly')
    expect(cookie).toContain('Path=/;')
    expect(cookie).not.toContain('ann')
    // When a session ends is the server's business: the cookie has no age of its own.
    expect(cookie).not.toMatch(/expires|max-age/i)
  })

  test('a login by a password is a session without evidence, and says so in the ledger', async () => {
    const world = await openWorld()
    const ann = world.person()
    await ann.signIn('ann', { amr: ['pwd'] })

    const [started] = await world.events('session.started')

    expect((await ann.get('/me')).body).toMatchObject({ state: 'live', evidence: [] })
    expect(started?.authn).toEqual({ amr: ['pwd'] })
    expect(outcome(await ann.post('/plain'))).toEqual([401, 'ERR_STEP_UP_REQUIRED'])
  })
})

describe('a restart', () => {
  test('F-36 v5.0.0-7.4.1 brings nothing back that was ended, and ends nothing that was not', async () => {
    const by = { administrator: 'root' }
    const before = await openWorld({ store: 'sqlite', sessions: 'ours' })
    const [ann, ben, cid, dan] = [before.person(), before.person(), before.person(), before.person()]
    await ann.signIn('ann')
    await ben.signIn('ben')
    await cid.signIn('cid')
    await dan.signIn('dan')
    const leaving = cid.copy()
    await leaving.post('/logout')
    await before.admin.endSessions('ann', by)
    await before.admin.lock('ben', by)
    await before.close()

    const after = await openWorld({ after: before, sessions: 'ours' })
    const states = await Promise.all([ann, ben, cid, dan].map(async (person) => await stateOf(after.person(person))))
    const again = await after.person().signIn('ben')

    expect(states).toEqual(['revoked', 'revoked', 'logout', 'live'])
    expect(outcome(again)).toEqual([403, 'ERR_ACCOUNT_LOCKED'])
  })
})
