import type { RequestHandler } from 'express'
import { describe, expect, test } from 'vitest'

import { createFaults } from '../../test/faults.ts'
import type { Person, Reply } from '../../test/person.ts'
import { raceOf } from '../../test/race.ts'
import { openWorld, type Instance, type World, type WorldOptions } from '../../test/world.ts'
import { LIMITS } from './limits.ts'

const PASSWORD = 'right'

describe('the limiter of an application’s own sign-in', () => {
  test('lets the tries of one user through, and no more', async () => {
    const world = await openPasswordWorld()
    await tries(world, LIMITS.userAttempts, 'ann')

    const above = await attempt(world.person(), 'ann', 'wrong')

    expect(above.status).toBe(429)
  })

  test('refuses even the right password then, without looking at it', async () => {
    const world = await openPasswordWorld()
    await tries(world, LIMITS.userAttempts, 'ann')
    const looked = world.done.length

    const right = await attempt(world.person(), 'ann', PASSWORD)

    expect(right.status).toBe(429)
    expect(world.done.length).toBe(looked)
  })

  test('v5.0.0-15.4.2 looks at exactly as many passwords when fifty come at once, in memory', async () => {
    expect(await lookedInRace(await openPasswordWorld({ instances: 2 }))).toBe(LIMITS.userAttempts)
  })

  test('v5.0.0-15.4.2 looks at exactly as many passwords when fifty come at once, on SQLite', async () => {
    expect(await lookedInRace(await openPasswordWorld({ store: 'sqlite', instances: 2 }))).toBe(LIMITS.userAttempts)
  })

  test('gives the try of a right password back, once', async () => {
    const world = await openPasswordWorld()
    for (let turn = 0; turn < LIMITS.userAttempts + 5; turn += 1) await attempt(world.person(), 'ann', PASSWORD)
    await tries(world, LIMITS.userAttempts - 1, 'ann')

    const [last, above] = [await attempt(world.person(), 'ann', 'wrong'), await attempt(world.person(), 'ann', 'wrong')]

    expect([last.status, above.status]).toEqual([401, 429])
  })

  test('lets them try again when the window is over', async () => {
    const world = await openPasswordWorld()
    await tries(world, LIMITS.userAttempts, 'ann')
    world.clock.advance(LIMITS.userWindowMs)

    expect((await attempt(world.person(), 'ann', PASSWORD)).status).toBe(200)
  })

  test('v5.0.0-6.3.8 counts a name that nobody has like one that somebody has', async () => {
    const world = await openPasswordWorld()
    const known = await statusesOf(world, 'ann')
    const unknown = await statusesOf(world, 'nobody')

    expect(unknown).toEqual(known)
    expect(unknown.filter((status) => status === 401).length).toBe(LIMITS.userAttempts)
  })

  test('takes spellings of one unknown name for one name', async () => {
    const world = await openPasswordWorld()
    await tries(world, LIMITS.userAttempts, 'nobody')

    expect((await attempt(world.person(), 'NoBody', 'wrong')).status).toBe(429)
  })

  test('shows no typed name in the store', async () => {
    const world = await openPasswordWorld()

    await attempt(world.person(), 'typed-by-mistake', 'wrong')

    const counters = await world.store.list(['limit'], { limit: 100 })
    expect(counters.length).toBeGreaterThan(0)
    expect(JSON.stringify(counters)).not.toContain('typed-by-mistake')
    expect(JSON.stringify(await world.events())).not.toContain('typed-by-mistake')
  })

  test('stops an address that goes through names', async () => {
    const world = await openPasswordWorld()
    await raceOf(LIMITS.addressAttempts, async (turn) => await attempt(world.person(), `name-${turn}`, 'wrong'))

    const [stranger, ann] = [
      await attempt(world.person(), 'one-more', 'wrong'),
      await attempt(world.person(), 'ann', PASSWORD),
    ]

    expect([stranger.status, ann.status]).toEqual([429, 429])
  })

  test('leaves the tries of a browser in which the user has proved a factor to that user', async () => {
    const world = await openPasswordWorld()
    const owner = world.person()
    await attempt(owner, 'ann', PASSWORD)
    await owner.enrol('totp')
    world.clock.advance(60_000)
    await owner.prove(await owner.post('/plain'), 'totp')
    await tries(world, LIMITS.userAttempts, 'ann')

    const [strange, own] = [await attempt(world.person(), 'ann', PASSWORD), await attempt(owner, 'ann', PASSWORD)]

    expect([strange.status, own.status]).toEqual([429, 200])
  })

  test('says of every refusal in the ledger whose it was and why', async () => {
    const world = await openPasswordWorld({ flood: { whole: LIMITS.userAttempts } })
    await attempt(world.person(), 'ann', PASSWORD)
    await tries(world, LIMITS.userAttempts, 'ann')
    await attempt(world.person(), 'ann', PASSWORD)
    await attempt(world.person(), 'nobody', 'wrong')

    const denied = await world.events('access.denied')
    const [started] = await world.events('session.started')
    const [last, above, wrong] = denied.toReversed()
    expect(wrong).toMatchObject({ reason: 'wrong_code', data: { requirement: 'sign_in' }, actor: started?.actor })
    expect(above).toMatchObject({ reason: 'too_many_attempts', actor: started?.actor })
    expect(last).toMatchObject({ reason: 'wrong_code' })
    expect(last?.actor).toBeUndefined()
    expect(denied.length).toBe(LIMITS.userAttempts + 2)
  })

  test('keeps the door closed when it cannot count', async () => {
    const faults = createFaults()
    const world = await openPasswordWorld({ faults })
    faults.arm(1)

    const refused = await attempt(world.person(), 'ann', PASSWORD)

    expect(refused).toMatchObject({ status: 503, body: { code: 'ERR_STEP_UP_UNAVAILABLE' } })
    expect(world.done).toEqual([])
  })

  test('takes a name of any length and letters, and nothing that is no text', async () => {
    const world = await openPasswordWorld()

    const names = ['x'.repeat(50_000), '\ud800', '\u0000', '𝒶𝓃𝓃']
    const answers = await Promise.all(names.map(async (name) => await attempt(world.person(), name, 'wrong')))
    const wrong = await world.person().post('/password-login', { json: { name: ['ann'], password: PASSWORD } })

    expect(answers.map(({ status }) => status)).toEqual(names.map(() => 401))
    expect(wrong).toMatchObject({ status: 500, body: { code: 'ERR_STEP_UP_OPTION' } })
    expect(await attempt(world.person(), '', 'wrong')).toMatchObject({ body: { code: 'ERR_STEP_UP_OPTION' } })
  })
})

/** A bank whose people sign in by password, at `/password-login`; what it did with a password stands in `done`. */
async function openPasswordWorld(options: WorldOptions = {}): Promise<World> {
  return await openWorld({ ...options, routes: (app, instance) => void app.post('/password-login', login(instance)) })
}

function login({ stepUp, world }: Instance): RequestHandler {
  return async (req, res) => {
    const { name, password } = req.body
    const user = ['ann', 'ben', ''].find((known) => known === name)
    const taken = await stepUp.attempts.take(req, { name, user })
    if (taken === undefined) return void res.status(429).json({ ok: false })

    world.done.push(`looked at the password of ${name}`)
    if (user === undefined || password !== PASSWORD) {
      await taken.failed()
      return void res.status(401).json({ ok: false })
    }
    await taken.succeeded()
    // A second word changes nothing.
    await taken.succeeded()
    const id = `${user}-${world.done.length}-${performance.now()}`
    const about = { user, account: user, identity: {}, amr: ['pwd'], lineage: `lineage-${id}`, flow: `flow-${id}` }
    await stepUp.sessions.start(req, about, { extra: [], logIn: async () => undefined })
    res.json({ ok: true })
  }
}

async function attempt(person: Person, name: string, password: string): Promise<Reply> {
  return await person.post('/password-login', { json: { name, password } })
}

/** Wrong passwords, each from a browser that nobody knows. */
async function tries(world: World, times: number, name: string): Promise<void> {
  for (let turn = 0; turn < times; turn += 1) await attempt(world.person(), name, 'wrong')
}

async function statusesOf(world: World, name: string): Promise<readonly number[]> {
  const replies = await raceOf(LIMITS.userAttempts + 5, async () => await attempt(world.person(), name, 'wrong'))
  return replies.map(({ status }) => status).toSorted((a, b) => a - b)
}

async function lookedInRace(world: World): Promise<number> {
  await raceOf(50, async (turn) => {
    const json = { name: 'ann', password: 'wrong' }
    await world.person().post('/password-login', { json, instance: turn % 2 })
  })
  return world.done.length
}
