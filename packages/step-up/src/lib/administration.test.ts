import { StoreError } from '@sallyport/store'
import { describe, expect, test, vi } from 'vitest'

import { door, holding } from '../../test/door.ts'
import type { Person, Reply } from '../../test/person.ts'
import { raceOf } from '../../test/race.ts'
import { openWorld, type World, type WorldOptions } from '../../test/world.ts'
import type { Administration } from './administration-contract.ts'

const BY = { administrator: 'root' }
const STORES = [{ store: 'memory' }, { store: 'sqlite', sessions: 'ours' }] as const

/** A world, and a person with a key whose last proof opens `/plain`. */
async function proved(options: WorldOptions = {}): Promise<{ readonly world: World; readonly ann: Person }> {
  const world = await openWorld(options)
  const ann = world.person()
  await ann.signIn()
  await ann.enrol()
  await ann.postProving('/plain', { json: {} })
  return { world, ann }
}

async function stateOf(person: Person, instance = 0): Promise<unknown> {
  const { body } = await person.get('/me', { instance })
  return body['because'] ?? body['state']
}

function outcome({ status, body }: Reply): readonly unknown[] {
  return [status, body['code']]
}

/** Signs all in on two instances, ten at a time so that some are always under way, and does something in the midst of it. */
async function withinRace(people: readonly Person[], deed: () => Promise<void>): Promise<readonly Reply[]> {
  const waiting = [...people.entries()]
  const replies: Reply[] = []
  let doing: Promise<void> | undefined
  await raceOf(10, async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [turn, person] = next
      replies.push(await person.post('/login', { json: { user: 'ann' }, instance: turn % 2 }))
      if (replies.length === 20) doing = deed()
    }
  })
  await doing
  return replies
}

/** Every change that an administrator can make, with a user who has one authenticator. */
function changes(admin: Administration, id: string): readonly (() => Promise<unknown>)[] {
  return [
    () => admin.removeAuthenticator('ann', id, BY),
    () => admin.resetAuthenticators('ann', BY),
    () => admin.endSessions('ann', BY),
    () => admin.lock('ann', BY),
    () => admin.unlock('ann', BY),
  ]
}

async function firstId({ admin }: World): Promise<string> {
  return (await admin.authenticators('ann'))[0]?.id ?? ''
}

describe('an administrator', () => {
  test('sees what a user can prove themselves by and where they are signed in, the newest first', async () => {
    const { world } = await proved()
    const { startedAt } = (await world.admin.sessions('ann'))[0] ?? {}
    world.clock.advance(1_000)
    await world.person().signIn()

    const [authenticators, sessions] = [await world.admin.authenticators('ann'), await world.admin.sessions('ann')]

    expect(authenticators).toMatchObject([{ factor: 'webauthn', disabled: false, lastUsedAt: expect.any(Number) }])
    expect(sessions.map((each) => each.startedAt)).toEqual([world.clock.now(), startedAt])
    expect(await world.admin.authenticators('nobody')).toEqual([])
    expect(await world.admin.sessions('nobody')).toEqual([])
  })

  test('v5.0.0-6.4.6 never sees or chooses a secret, a code or a handle', async () => {
    const { world, ann } = await proved()
    const handle = String((await ann.get('/me')).body['handle'])
    const id = await firstId(world)
    const shown: unknown[] = [await world.admin.authenticators('ann'), await world.admin.sessions('ann')]
    for (const change of changes(world.admin, id)) shown.push(await change())
    shown.push(await world.admin.reseal())

    const text = JSON.stringify(shown)

    expect([ann.secret('webauthn'), handle, 'seal0000'].filter((secret) => text.includes(secret))).toEqual([])
    expect(text).not.toMatch(/state|secret|sealed|handle|code/)
  })

  test('v5.0.0-7.4.5 ends all sessions of one user, on every instance, and nobody else’s', async () => {
    const { world, ann } = await proved({ instances: 2, sessions: 'ours' })
    const [phone, ben] = [world.person(), world.person()]
    await phone.signIn()
    await ben.signIn('ben')
    await world.admin.endSessions('ann', BY)

    const states = [await stateOf(ann, 1), await stateOf(phone), await stateOf(ben)]
    await ann.signIn()

    expect(states).toEqual(['revoked', 'revoked', 'live'])
    expect(outcome(await phone.post('/plain'))).toEqual([401, 'ERR_LOGIN_REQUIRED'])
    expect(await stateOf(ann)).toBe('live')
    expect(world.notices.at(-1)).toMatchObject({ user: 'ann', about: 'sessions.revoked' })
  })

  test('v5.0.0-7.4.2 F-36 locks a user out, sessions and logins alike, until they unlock', async () => {
    const { world, ann } = await proved({ instances: 2 })
    await world.admin.lock('ann', BY)
    await world.admin.lock('ann', BY)
    const [state, locked] = [await stateOf(ann, 1), await world.person().signIn()]
    await world.admin.unlock('ann', BY)
    await world.admin.unlock('ann', BY)

    expect([state, outcome(locked)]).toEqual(['revoked', [403, 'ERR_ACCOUNT_LOCKED']])
    // Unlocked, nothing of before comes back.
    expect(await stateOf(ann)).toBe('revoked')
    expect((await world.person().signIn()).status).toBe(200)
    const events = await world.events('account.locked', 'session.revoked', 'account.unlocked')
    expect(events.map(({ type }) => type)).toEqual(['account.locked', 'session.revoked', 'account.unlocked'])
  })

  test('v5.0.0-8.3.1 v5.0.0-8.3.2 STEP-02 removes an authenticator: what it proved counts no more at the next request', async () => {
    const { world, ann } = await proved({ instances: 2 })
    const before = await ann.post('/plain', { json: {}, instance: 1 })
    const id = await firstId(world)

    const removed = [await world.admin.removeAuthenticator('ann', id, BY), await firstId(world)]

    expect([before.status, removed]).toEqual([200, [true, '']])
    expect(outcome(await ann.post('/plain', { json: {}, instance: 1 }))).toEqual([401, 'ERR_STEP_UP_REQUIRED'])
    expect(await stateOf(ann)).toBe('live')
    expect(world.notices.at(-1)).toMatchObject({ user: 'ann', about: 'authenticator.removed', factor: 'webauthn' })
    expect(await world.admin.removeAuthenticator('ann', id, BY)).toBe(false)
  })

  test('STEP-02 NB-38 resets a user: no authenticator, no evidence and no session is left, and they begin anew', async () => {
    const { world, ann } = await proved()
    world.clock.advance(60_000)

    const removed = await world.admin.resetAuthenticators('ann', BY)
    const state = await stateOf(ann)
    await ann.signIn()

    expect([removed, state, await world.admin.authenticators('ann')]).toEqual([1, 'revoked', []])
    expect((await ann.enrol()).status).toBe(201)
    expect(world.notices.some(({ about }) => about === 'authenticator.reset')).toBe(true)
    expect(await world.events('authenticator.reset')).toMatchObject([{ data: { removed: 1 } }])
  })

  test('v5.0.0-16.2.1 stands in the ledger as who did it, beside the one to whom it was done, with their request', async () => {
    const world = await openWorld({
      routes: (app, instance) =>
        void app.post('/admin/lock', async (req, res) => {
          await instance.world.admin.lock('ann', { administrator: 'root', req })
          res.json({ ok: true })
        }),
    })
    await world.person().signIn()
    await world.person().post('/admin/lock')

    const [locked] = await world.events('account.locked')
    const [asActor, asSubject] = [
      await world.audit.query({ user: 'root' }),
      await world.audit.query({ subject: 'ann' }),
    ]

    expect(locked?.net).toBeDefined()
    expect(asActor.events.map(({ type }) => type)).toContain('account.locked')
    expect(asSubject.events.map(({ type }) => type).toSorted()).toEqual(['account.locked', 'session.revoked'])
    expect(JSON.stringify(locked)).not.toMatch(/"ann"|"root"/)
  })

  test('is refused a user that could be none', async () => {
    const { admin } = await openWorld()
    const refused = expect.objectContaining({ code: 'ERR_STEP_UP_INPUT', status: 400 })

    await expect(admin.lock('', BY)).rejects.toThrow(refused)
    await expect(admin.sessions('x'.repeat(129))).rejects.toThrow(refused)
    await expect(admin.endSessions('a\u0000b', BY)).rejects.toThrow(refused)
  })

  test('F-27 is told when the store is away, and nothing has changed then', async () => {
    const { world, ann } = await proved()
    const id = await firstId(world)
    const told = world.notices.length
    vi.spyOn(world.store, 'commit').mockRejectedValue(new StoreError('ERR_STORE_UNAVAILABLE', 'away'))
    const results = await Promise.allSettled(changes(world.admin, id).map((change) => change()))
    vi.restoreAllMocks()

    const failed = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
    expect(failed).toMatchObject(Array(4).fill({ code: 'ERR_STEP_UP_UNAVAILABLE', status: 503 }))
    expect([await stateOf(ann), await firstId(world), world.notices.length]).toEqual(['live', id, told])
  })

  test('is not held up by a notice that cannot be sent', async () => {
    const notify = async (): Promise<void> => {
      throw new Error('no mail today')
    }
    const { world, ann } = await proved({ stepUp: { notify } })
    await world.admin.endSessions('ann', BY)

    expect(await stateOf(ann)).toBe('revoked')
    expect((await world.events('notification.failed')).at(-1)?.data).toEqual({ about: 'sessions.revoked' })
  })
})

describe('an administrator’s word', () => {
  test.each(STORES)(
    'locks out also whose login is on its way to the store, and was let in before: %o',
    async (stores) => {
      const gate = door()
      const world = await openWorld({ ...stores, faults: holding('session.started', gate) })
      const ann = world.person()
      const late = ann.signIn()
      await gate.waiting
      await world.admin.lock('ann', BY)
      gate.open()

      expect(outcome(await late)).toEqual([403, 'ERR_ACCOUNT_LOCKED'])
      expect([await stateOf(ann), await world.events('session.started')]).toEqual(['anonymous', []])
    },
  )

  test.each(STORES)('leaves no session alive of fifty logins around a lock: %o', async (stores) => {
    const world = await openWorld({ ...stores, instances: 2 })
    const people = Array.from({ length: 50 }, () => world.person())

    const replies = await withinRace(people, async () => await world.admin.lock('ann', BY))
    const states = await Promise.all(people.map(async (person) => await stateOf(person)))

    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200, 403]))
    expect(states.filter((state) => state === 'live')).toEqual([])
    expect(await world.admin.sessions('ann')).toEqual([])
  })

  test.each(STORES)('ends every session that began before it, and none after it, of fifty: %o', async (stores) => {
    const world = await openWorld({ ...stores, instances: 2 })
    const people = Array.from({ length: 50 }, () => world.person())
    await withinRace(people, async () => await world.admin.endSessions('ann', BY))
    const events = await world.events('session.started', 'session.revoked')
    const before = events.findIndex(({ type }) => type === 'session.revoked')

    const states = await Promise.all(people.map(async (person) => await stateOf(person)))

    expect([before > 0, before < 50]).toEqual([true, true])
    expect(states.filter((state) => state === 'revoked')).toHaveLength(before)
    expect(states.filter((state) => state === 'live')).toHaveLength(50 - before)
    expect(await world.admin.sessions('ann')).toHaveLength(50 - before)
  })

  test.each(STORES)('removes an authenticator once, of fifty that say so at once: %o', async (stores) => {
    const { world } = await proved(stores)
    const id = await firstId(world)

    const removed = await raceOf(50, async () => await world.admin.removeAuthenticator('ann', id, BY))

    expect(removed.filter(Boolean)).toHaveLength(1)
    expect(await world.events('authenticator.removed')).toHaveLength(1)
  })

  test.each(STORES)('locks and unlocks in turns, with an event for each that changed something: %o', async (stores) => {
    const world = await openWorld(stores)
    await raceOf(
      20,
      async (turn) => await (turn % 2 === 0 ? world.admin.lock('ann', BY) : world.admin.unlock('ann', BY)),
    )

    const types = (await world.events('account.locked', 'account.unlocked')).map(({ type }) => type)

    expect(types.length).toBeGreaterThan(0)
    expect(types).toEqual(types.map((_, place) => (place % 2 === 0 ? 'account.locked' : 'account.unlocked')))
    expect((await world.person().signIn()).status).toBe(types.length % 2 === 0 ? 200 : 403)
  })

  test('never lets a proof that is under way outlive it', async () => {
    const { world, ann } = await proved()
    world.clock.advance(300_001)
    const refusal = await ann.post('/plain')
    const proofs = raceOf(20, async () => await ann.copy().prove(refusal))
    await world.admin.resetAuthenticators('ann', BY)
    await proofs

    expect(await stateOf(ann)).toBe('revoked')
    expect(outcome(await ann.post('/plain'))).toEqual([401, 'ERR_LOGIN_REQUIRED'])
    expect(world.done).toEqual(['plain'])
  })
})
