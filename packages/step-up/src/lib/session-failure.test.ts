import type { EventType } from '@sallyport/audit/vocabulary'
import { StoreError } from '@sallyport/store'
import type { Express } from 'express'
import { describe, expect, test } from 'vitest'

import type { Faults } from '../../test/faults.ts'
import type { Person, Reply } from '../../test/person.ts'
import { openWorld, type Instance, type World } from '../../test/world.ts'

/** Which step of express-session fails. */
type Failing = 'regenerate' | 'save'

const STORES = [{ store: 'memory' }, { store: 'sqlite', sessions: 'ours' }] as const

/** Makes the session store of a world fail until it is mended by what comes back. */
function breakStore({ blobs }: World, failing: Failing): () => void {
  const [destroy, set] = [blobs.destroy.bind(blobs), blobs.set.bind(blobs)]
  const fail = (done?: (error?: unknown) => void): void => done?.(new Error('The session store is down.'))
  if (failing === 'save') blobs.set = (_sid, _blob, done) => fail(done)
  else blobs.destroy = (_sid, done) => fail(done)
  return () => {
    blobs.set = set
    blobs.destroy = destroy
  }
}

async function liveSignIns(world: World, user = 'ann'): Promise<number> {
  return (await world.store.list(['lineage', user], { limit: 10 })).length
}

/** What the ledger tells of sessions. */
async function story(world: World): Promise<readonly unknown[]> {
  const told = await world.events('session.started', 'session.rotated', 'session.ended', 'step_up.satisfied')
  return told.map(({ type, data: { because } }) => (typeof because === 'string' ? `${type} ${because}` : type))
}

function outcome({ status, body }: Reply): readonly unknown[] {
  return [status, body['code']]
}

/** An application whose own part of a login fails. */
function failingLogIn(app: Express, { stepUp }: Instance): void {
  app.post('/login-failing', async (req) => {
    const about = { user: 'ann', account: 'ann', identity: {}, lineage: 'lineage-failing', flow: 'flow-failing' }
    const logIn = async (): Promise<void> => {
      Object.assign(req, { user: 'ann' })
      throw new Error('Nobody is deserialized today.')
    }
    await stepUp.sessions.start(req, about, { extra: [], logIn })
  })
}

/** An application that takes the express-session away in its own part of a login. */
function destroyingLogIn(app: Express, { stepUp }: Instance): void {
  app.post('/login-failing', async (req) => {
    const about = { user: 'ann', account: 'ann', identity: {}, lineage: 'lineage-failing', flow: 'flow-failing' }
    const logIn = async (): Promise<void> => {
      await new Promise<void>((resolve) => req.session.destroy(() => resolve()))
      throw new Error('Nobody is let in today.')
    }
    await stepUp.sessions.start(req, about, { extra: [], logIn })
  })
}

/** An application that takes it away before it begins a session. */
function destroyedBefore(app: Express, { stepUp }: Instance): void {
  app.post('/login-destroyed', async (req) => {
    await new Promise<void>((resolve) => req.session.destroy(() => resolve()))
    const about = { user: 'ann', account: 'ann', identity: {}, lineage: 'lineage-none', flow: 'flow-none' }
    await stepUp.sessions.start(req, about, { extra: [], logIn: async () => undefined })
  })
}

/** Lets the store fail once: with the first read of a session after the commit of an event. */
function readFailingAfter(type: EventType): Pick<Faults, 'spoil'> {
  return {
    spoil(options) {
      const { audit, store } = options
      let [isCommitted, hasFailed] = [false, false]
      const commit: typeof audit.commit = async (content) => {
        const committed = await audit.commit(content)
        isCommitted ||= content.events.some((event) => event.type === type)
        return committed
      }
      const get: typeof store.get = async (keys) => {
        if (!isCommitted || hasFailed || keys[0]?.[0] !== 'session') return await store.get(keys)
        hasFailed = true
        throw new StoreError('ERR_STORE_UNAVAILABLE', 'away')
      }
      return { ...options, audit: replacing(audit, { commit }), store: replacing(store, { get }) }
    },
  }
}

function replacing<T extends object>(target: T, methods: Partial<T>): T {
  return new Proxy(target, {
    get(object, name) {
      const method: unknown = Reflect.get(methods, name)
      if (method !== undefined) return method
      const member: unknown = Reflect.get(object, name)
      return typeof member === 'function' ? member.bind(object) : member
    },
  })
}

/** Logs in, and tells in the same request what is known of the session; then ends it by what is known, if that is asked. */
function telling(app: Express, { stepUp: { sessions } }: Instance): void {
  app.post('/login-telling', async (req, res) => {
    const about = { user: 'ann', account: 'ann', identity: {}, lineage: 'lineage-told', flow: 'flow-told' }
    await sessions.start(req, about, { extra: [], logIn: async () => undefined })
    const told = sessions.current(req)
    if (req.body?.dropping === true) await sessions.dropElevation(req)
    res.json({ told, after: sessions.current(req) })
  })
  app.post('/drop', async (req, res) => {
    await sessions.dropElevation(req)
    res.json({ told: sessions.current(req) })
  })
}

/** A person at home with a key, whose elevation is asked for while the session store fails. */
async function stepUpFailing(world: World): Promise<{ readonly ann: Person; readonly refused: Reply }> {
  const ann = world.person()
  await ann.signIn()
  await ann.enrol()
  const asked = await ann.post('/plain')
  const { body } = await ann.get(`${String(asked.body['challengeUrl'])}?factor=webauthn`)
  const mend = breakStore(world, 'save')
  const refused = await ann.post(String(body['verifyUrl']), { json: { code: ann.code('webauthn') } })
  mend()
  return { ann, refused }
}

describe('a session that its browser has and that cannot be read just then', () => {
  test('F-27 has begun all the same, and is known as it was committed', async () => {
    const world = await openWorld({ routes: telling, faults: readFailingAfter('session.started') })
    const ann = world.person()

    const { status, body } = await ann.post('/login-telling', { json: {} })

    const { blob: _blob, ...found } = (await ann.get('/me')).body
    expect([status, body['told']]).toEqual([200, found])
    expect([await story(world), world.errors]).toEqual([['session.started'], []])
  })

  test('F-27 can be gone on with in the same request, by the versions of its commit', async () => {
    const world = await openWorld({ routes: telling, faults: readFailingAfter('session.started') })
    const ann = world.person()

    const { status, body } = await ann.post('/login-telling', { json: { dropping: true } })

    const { blob: _blob, ...found } = (await ann.get('/me')).body
    expect([status, body['after']]).toEqual([200, found])
    expect(await story(world)).toEqual(['session.started', 'session.rotated dropped'])
  })

  test('F-27 has gone on all the same with what was proved', async () => {
    const world = await openWorld({ faults: readFailingAfter('step_up.satisfied') })
    const ann = world.person()
    await ann.signIn()
    await ann.enrol()

    const done = await ann.postProving('/plain', { json: {} })

    expect([done.status, world.errors]).toEqual([200, []])
    expect(await story(world)).toEqual(['session.started', 'step_up.satisfied', 'session.rotated step_up'])
  })

  test('F-27 has dropped what was proved, and is known as it went on', async () => {
    const world = await openWorld({ routes: telling, faults: readFailingAfter('session.rotated') })
    const ann = world.person()
    await ann.signIn()

    const { status, body } = await ann.post('/drop', { json: {} })

    const { blob: _blob, ...found } = (await ann.get('/me')).body
    expect([status, body['told']]).toEqual([200, found])
  })
})

describe('a session that cannot be handed to its browser', () => {
  test.each(STORES)(
    'ends at once, and the ledger says that it did, when express-session does not save: %o',
    async (options) => {
      const world = await openWorld(options)
      const ann = world.person()
      const mend = breakStore(world, 'save')

      const refused = await ann.signIn()

      mend()
      expect(outcome(refused)).toEqual([503, 'ERR_STEP_UP_UNAVAILABLE'])
      expect(await story(world)).toEqual(['session.started', 'session.ended failed'])
      expect(await liveSignIns(world)).toBe(0)
      expect((await ann.get('/me')).body['state']).toBe('anonymous')
    },
  )

  test.each(STORES)('ends at once when express-session makes no new id: %o', async (options) => {
    const world = await openWorld(options)
    const ann = world.person()
    await ann.post('/remember', { json: { cart: 'tea' } })
    const mend = breakStore(world, 'regenerate')

    const refused = await ann.signIn()

    mend()
    expect(refused.status).toBe(503)
    expect(await story(world)).toEqual(['session.started', 'session.ended failed'])
    expect(await liveSignIns(world)).toBe(0)
  })

  test('ends at once when the application cannot log its person in, and leaves no user behind', async () => {
    const world = await openWorld({ routes: failingLogIn })
    const ann = world.person()

    const refused = await ann.post('/login-failing')

    expect([refused.status, world.errors]).toEqual([503, ['ERR_STEP_UP_UNAVAILABLE']])
    expect(await story(world)).toEqual(['session.started', 'session.ended failed'])
    expect((await ann.get('/me')).body).toEqual({ state: 'anonymous', blob: {} })
  })

  test('takes the one that it was to replace with it, and the next login begins anew', async () => {
    const world = await openWorld()
    const ann = world.person()
    await ann.signIn()
    const mend = breakStore(world, 'save')
    await ann.signIn()
    mend()
    const between = (await ann.get('/me')).body

    await ann.signIn()

    expect(between).toMatchObject({ state: 'ended', because: 'failed' })
    expect(await story(world)).toEqual([
      'session.started',
      'session.started',
      'session.ended replaced',
      'session.ended failed',
      'session.started',
    ])
    expect([(await ann.get('/me')).body['state'], await liveSignIns(world)]).toEqual(['live', 1])
  })

  test.each(STORES)(
    'does not go on unseen when it got a new handle: whoever has the old one signs in: %o',
    async (options) => {
      const world = await openWorld(options)

      const { ann, refused } = await stepUpFailing(world)

      expect(outcome(refused)).toEqual([503, 'ERR_STEP_UP_UNAVAILABLE'])
      expect(await story(world)).toEqual([
        'session.started',
        'step_up.satisfied',
        'session.rotated step_up',
        'session.ended failed',
      ])
      expect((await ann.get('/me')).body).toMatchObject({ state: 'ended', because: 'failed' })
      expect(outcome(await ann.post('/plain'))).toEqual([401, 'ERR_LOGIN_REQUIRED'])
      expect(await liveSignIns(world)).toBe(0)
    },
  )

  test('is no finding when its person comes back with the old cookie, however late', async () => {
    const world = await openWorld()
    const { ann } = await stepUpFailing(world)
    world.clock.advance(60_000)

    await ann.get('/me')

    expect(await world.events('session.reused_after_end')).toEqual([])
  })

  test('is no finding either when it took the place of an older one, whose cookie is still there', async () => {
    const world = await openWorld()
    const ann = world.person()
    await ann.signIn()
    const thief = ann.thief()
    const mend = breakStore(world, 'save')
    await ann.signIn()
    mend()
    world.clock.advance(300_000)

    await ann.get('/me')
    const own = await world.events('session.reused_after_end')
    await thief.get('/me')

    expect([own, (await world.events('session.reused_after_end')).length]).toEqual([[], 1])
  })

  test('ends also when the application has taken the express-session away', async () => {
    const world = await openWorld({ routes: destroyingLogIn })
    const ann = world.person()

    const refused = await ann.post('/login-failing')

    expect(refused.status).toBe(503)
    expect(await story(world)).toEqual(['session.started', 'session.ended failed'])
    expect(await liveSignIns(world)).toBe(0)
  })

  test('does not begin where the application has taken the express-session away before', async () => {
    const world = await openWorld({ routes: destroyedBefore })

    const refused = await world.person().post('/login-destroyed')

    expect(outcome(refused)).toEqual([500, 'ERR_STEP_UP_NO_SESSION'])
    expect([await story(world), await liveSignIns(world)]).toEqual([[], 0])
  })

  test('is told of with the first error, where its end cannot be written down either', async () => {
    const world = await openWorld({
      faults: {
        spoil: (options) => {
          const { audit } = options
          const commit: typeof audit.commit = async (content) => {
            if (content.events.some(({ type }) => type === 'session.ended')) throw new Error('The ledger is down.')
            return await audit.commit(content)
          }
          return { ...options, audit: Object.assign(Object.create(audit), { commit }) }
        },
      },
      routes: failingLogIn,
    })
    const ann = world.person()

    const refused = await ann.post('/login-failing')

    expect([refused.status, await story(world)]).toEqual([503, ['session.started']])
    expect((await ann.get('/me')).body['state']).toBe('anonymous')
  })
})
