import { promisify } from 'node:util'
import { createMemoryStore } from '@sallyport/store'
import type { Store } from '@sallyport/store'
import { Cookie } from 'express-session'
import type { SessionData } from 'express-session'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createSessionStore } from './session-store.ts'

const START = 1_800_000_000_000
const HOUR = 3_600_000

interface Sessions {
  get(sid: string): Promise<SessionData | null | undefined>
  set(sid: string, data: SessionData): Promise<void>
  touch(sid: string, data: SessionData): Promise<void>
  destroy(sid: string): Promise<void>
}

interface World {
  readonly store: Store
  readonly time: { now: number }
  readonly sessions: Sessions
}

function promised(store: Store, ttlMs?: number): Sessions {
  const sessions = createSessionStore({ store, ttlMs })
  return {
    get: (sid) => promisify<SessionData | null | undefined>((done) => sessions.get(sid, done))(),
    set: (sid, data) => promisify<void>((done) => sessions.set(sid, data, done))(),
    touch: (sid, data) => promisify<void>((done) => sessions.touch?.(sid, data, () => done(null)))(),
    destroy: (sid) => promisify<void>((done) => sessions.destroy(sid, done))(),
  }
}

function makeWorld(ttlMs?: number): World {
  const time = { now: START }
  const store = createMemoryStore({ clock: () => time.now })
  return { store, time, sessions: promised(store, ttlMs) }
}

function dataOf(count: number, cookie: Cookie = new Cookie()): SessionData {
  return Object.assign({ cookie }, { count })
}

function counting(store: Store): { readonly store: Store; readonly commits: () => number } {
  let commits = 0
  const commit: Store['commit'] = (one) => {
    commits++
    return store.commit(one)
  }
  return { store: { ...store, commit }, commits: () => commits }
}

describe('createSessionStore', () => {
  test('gives back what was saved last', async () => {
    const { sessions } = makeWorld()

    await sessions.set('s1', dataOf(1))
    await sessions.set('s1', dataOf(2))

    expect(await sessions.get('s1')).toMatchObject({ count: 2, cookie: { path: '/' } })
  })

  test('knows nothing of an id that was never saved', async () => {
    expect(await makeWorld().sessions.get('s1')).toBeNull()
  })

  test('keeps sessions apart', async () => {
    const { sessions } = makeWorld()

    await sessions.set('s1', dataOf(1))
    await sessions.set('s2', dataOf(2))
    await sessions.destroy('s1')

    expect(await sessions.get('s2')).toMatchObject({ count: 2 })
  })

  test('saves a session as it was when it was saved', async () => {
    const { sessions } = makeWorld()
    const data = { cookie: new Cookie(), count: 1 }

    const saving = sessions.set('s1', data)
    data.count = 2
    await saving

    expect(await sessions.get('s1')).toMatchObject({ count: 1 })
  })

  test('v5.0.0-16.2.5 writes the session id nowhere', async () => {
    const { sessions, store } = makeWorld()

    await sessions.set('the-session-id', dataOf(1))

    expect(JSON.stringify(await store.list(['express-session'], { limit: 10 }))).not.toContain('the-session-id')
  })

  test('refuses data of more than 64 kB and writes nothing', async () => {
    const { sessions } = makeWorld()

    const saving = sessions.set('s1', Object.assign(dataOf(1), { text: 'x'.repeat(65_537) }))

    await expect(saving).rejects.toMatchObject({ code: 'ERR_SESSION_STORE_TOO_LARGE' })
    expect(await sessions.get('s1')).toBeNull()
  })

  test('hands the errors of the database to the callback', async () => {
    const { sessions, store } = makeWorld()
    await store.close()

    await expect(sessions.get('s1')).rejects.toMatchObject({ code: 'ERR_STORE_CLOSED' })
    await expect(sessions.set('s1', dataOf(1))).rejects.toMatchObject({ code: 'ERR_STORE_CLOSED' })
    await expect(sessions.destroy('s1')).rejects.toMatchObject({ code: 'ERR_STORE_CLOSED' })
  })

  test('refuses a record that it did not write', async () => {
    const { sessions, store } = makeWorld()
    await sessions.set('s1', dataOf(1))
    const [found] = await store.list(['express-session'], { limit: 1 })
    const { key = [], version = null } = found ?? {}
    await store.commit({ id: 'damage', writes: [{ op: 'put', key, value: 7, expect: version }], entries: [] })

    await expect(sessions.get('s1')).rejects.toMatchObject({ code: 'ERR_SESSION_STORE_RECORD' })
  })

  test('works without callbacks', async () => {
    const { store, sessions } = makeWorld()

    createSessionStore({ store }).set('s1', dataOf(1))

    await expect.poll(() => sessions.get('s1')).toMatchObject({ count: 1 })
  })
})

describe('createSessionStore expiry', () => {
  test('forgets a session 24 hours after its last use when its cookie has no age', async () => {
    const { sessions, time } = makeWorld()
    await sessions.set('s1', dataOf(1))

    time.now = START + 24 * HOUR - 1
    expect(await sessions.get('s1')).not.toBeNull()

    time.now = START + 24 * HOUR
    expect(await sessions.get('s1')).toBeNull()
  })

  test('v5.0.0-7.3.1 forgets a session when its cookie ends', async () => {
    const { sessions, time } = makeWorld()
    const cookie = new Cookie()
    cookie.maxAge = HOUR
    await sessions.set('s1', dataOf(1, cookie))

    time.now = START + HOUR

    expect(await sessions.get('s1')).toBeNull()
  })

  test('prolongs a session that is touched, and keeps its data', async () => {
    const { sessions, time } = makeWorld(HOUR)
    await sessions.set('s1', dataOf(1))
    time.now = START + HOUR / 2

    await sessions.touch('s1', dataOf(99))
    time.now = START + HOUR + 1

    expect(await sessions.get('s1')).toMatchObject({ count: 1 })
  })

  test('shows the new end of the cookie after a touch', async () => {
    const { sessions, time } = makeWorld()
    await sessions.set('s1', dataOf(1))
    const cookie = new Cookie()
    cookie.maxAge = 2 * HOUR
    time.now = START + HOUR

    await sessions.touch('s1', dataOf(1, cookie))

    expect(await sessions.get('s1')).toMatchObject({ cookie: { originalMaxAge: 2 * HOUR } })
  })

  test('does not write for a touch that moves the end by less than a minute', async () => {
    const { store, time } = makeWorld()
    const counted = counting(store)
    const sessions = promised(counted.store)
    await sessions.set('s1', dataOf(1))

    time.now = START + 59_999
    await sessions.touch('s1', dataOf(1))
    expect(counted.commits()).toBe(1)

    time.now = START + 60_000
    await sessions.touch('s1', dataOf(1))
    expect(counted.commits()).toBe(2)
  })

  test('ends a session whose cookie is already over', async () => {
    const { sessions } = makeWorld()
    await sessions.set('s1', dataOf(1))
    const cookie = new Cookie()
    cookie.maxAge = -1

    await sessions.touch('s1', dataOf(1, cookie))
    await sessions.set('s2', dataOf(1, cookie))

    expect([await sessions.get('s1'), await sessions.get('s2')]).toEqual([null, null])
  })

  test('does not make a session by touching', async () => {
    const { sessions } = makeWorld()

    await sessions.touch('s1', dataOf(1))

    expect(await sessions.get('s1')).toBeNull()
  })

  test('does not bring back an expired session by touching', async () => {
    const { sessions, time } = makeWorld(HOUR)
    await sessions.set('s1', dataOf(1))
    time.now = START + HOUR

    await sessions.touch('s1', dataOf(1))

    expect(await sessions.get('s1')).toBeNull()
  })
})

describe('createSessionStore destroy', () => {
  test('F-35 v5.0.0-7.4.1 refuses a late save and a late touch of a destroyed session, silently', async () => {
    const { sessions } = makeWorld()
    await sessions.set('s1', dataOf(1))
    await sessions.destroy('s1')

    await sessions.set('s1', dataOf(2))
    await sessions.touch('s1', dataOf(3))

    expect(await sessions.get('s1')).toBeNull()
  })

  test('F-35 keeps refusing for 24 hours', async () => {
    const { sessions, time } = makeWorld()
    await sessions.destroy('s1')
    time.now = START + 24 * HOUR - 1

    await sessions.set('s1', dataOf(1))

    expect(await sessions.get('s1')).toBeNull()
  })

  test('forgets the tombstone after 24 hours', async () => {
    const { sessions, store, time } = makeWorld()
    await sessions.destroy('s1')

    time.now = START + 24 * HOUR

    expect(await store.list(['express-session'], { limit: 10 })).toEqual([])
  })

  test('F-35 refuses the late save on another instance', async () => {
    const { sessions, store } = makeWorld()
    await sessions.set('s1', dataOf(1))
    await sessions.destroy('s1')

    await promised(store).set('s1', dataOf(2))

    expect(await promised(store).get('s1')).toBeNull()
  })

  test('destroys again without complaint and without writing', async () => {
    const { store } = makeWorld()
    const counted = counting(store)
    const sessions = promised(counted.store)

    await sessions.destroy('s1')
    await sessions.destroy('s1')

    expect(counted.commits()).toBe(1)
  })

  test('F-35 leaves no session after destroy, however 50 saves and touches race with it', async () => {
    const { sessions } = makeWorld()
    await sessions.set('s1', dataOf(0))
    const writing = Array.from({ length: 50 }, (_, count) =>
      count % 2 === 0 ? sessions.set('s1', dataOf(count)) : sessions.touch('s1', dataOf(count)),
    )

    await Promise.all([...writing, sessions.destroy('s1')])

    expect(await sessions.get('s1')).toBeNull()
  })

  test('lets 50 requests save one session at once', async () => {
    const { sessions } = makeWorld()

    await Promise.all(Array.from({ length: 50 }, (_, count) => sessions.set('s1', dataOf(count))))

    expect(await sessions.get('s1')).toMatchObject({ count: expect.any(Number) })
  })

  test('says so when it finds no turn to write', async () => {
    const { store } = makeWorld()
    const commit: Store['commit'] = async () => ({ ok: false, code: 'conflict', key: ['session', 's1'] })
    const sessions = promised({ ...store, commit })

    await expect(sessions.set('s1', dataOf(1))).rejects.toMatchObject({ code: 'ERR_SESSION_STORE_BUSY' })
  })

  test('F-35 never shows a session after its destroy, in any order of writes (property)', async () => {
    const step = fc.constantFrom('set', 'touch', 'destroy')
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const { sessions } = makeWorld()
        for (const name of steps) {
          if (name === 'destroy') await sessions.destroy('s1')
          else await sessions[name]('s1', dataOf(1))
        }

        const live = !steps.includes('destroy') && steps.includes('set')
        expect((await sessions.get('s1')) === null).toBe(!live)
      }),
    )
  })
})
