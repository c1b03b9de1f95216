import { describe, expect, test } from 'vitest'

import { raceOf } from '../../test/race.ts'
import { answer, begin, openSignInWorld, passkeyOf, signInWith } from '../../test/sign-in-world.ts'
import type { World } from '../../test/world.ts'
import { LIMITS } from './limits.ts'

const STRANGER = { name: 'nobody', secret: 'x' }

describe('the limits of signing in', () => {
  test('F-18 v5.0.0-15.4.2 begins one session for fifty right answers at once, in memory', async () => {
    expect(await sessionsOfRace(await openSignInWorld({ instances: 2 }))).toEqual({ ok: 1, started: 1 })
  })

  test('F-18 v5.0.0-15.4.2 begins one session for fifty right answers at once, on SQLite', async () => {
    expect(await sessionsOfRace(await openSignInWorld({ store: 'sqlite', instances: 2 }))).toEqual({
      ok: 1,
      started: 1,
    })
  })

  test('counts fifty wrong answers at once exactly, in memory', async () => {
    expect(await countsOfRace(await openSignInWorld({ instances: 2 }))).toEqual({
      signature_invalid: LIMITS.userAttempts,
      too_many_attempts: 50 - LIMITS.userAttempts,
    })
  })

  test('counts fifty wrong answers at once exactly, on SQLite', async () => {
    expect(await countsOfRace(await openSignInWorld({ store: 'sqlite', instances: 2 }))).toEqual({
      signature_invalid: LIMITS.userAttempts,
      too_many_attempts: 50 - LIMITS.userAttempts,
    })
  })

  test('refuses even a right answer above the limit, until the window is over', async () => {
    const world = await openSignInWorld()
    const passkey = await passkeyOf(world)
    await wrongAnswers(world, LIMITS.userAttempts)

    const above = await signInWith(world.person(), passkey)
    world.clock.advance(LIMITS.userWindowMs)
    const afterwards = await signInWith(world.person(), passkey)

    expect(above).toMatchObject({ status: 429, body: { code: 'ERR_STEP_UP_LIMIT' } })
    expect(afterwards.status).toBe(200)
  })

  test('leaves the tries of a browser that has signed in before to its owner', async () => {
    const world = await openSignInWorld()
    const passkey = await passkeyOf(world)
    const owner = world.person()
    await signInWith(owner, passkey)
    await wrongAnswers(world, LIMITS.userAttempts)

    const strange = await signInWith(world.person(), passkey)
    const own = await signInWith(owner, passkey)

    expect([strange.status, own.status]).toEqual([429, 200])
  })

  test('v5.0.0-6.3.8 says nothing of a limit that is one user’s own to whoever cannot sign', async () => {
    const world = await openSignInWorld()
    const passkey = await passkeyOf(world)
    await wrongAnswers(world, LIMITS.userAttempts)

    const known = await signInWith(world.person(), passkey, { code: 'wrong' })
    const unknown = await signInWith(world.person(), STRANGER)

    expect([known.status, known.text]).toEqual([unknown.status, unknown.text])
    expect((await world.events('access.denied')).at(-2)).toMatchObject({ reason: 'too_many_attempts' })
  })

  test('stops an address that keeps trying, whatever passkeys it names', async () => {
    const world = await openSignInWorld()
    const passkey = await passkeyOf(world)
    await raceOf(LIMITS.addressAttempts, async () => await signInWith(world.person(), STRANGER))

    const another = await signInWith(world.person(), STRANGER)
    const known = await signInWith(world.person(), passkey)

    expect([another.status, known.status]).toEqual([429, 429])
  })
})

async function sessionsOfRace(world: World): Promise<{ readonly ok: number; readonly started: number }> {
  const passkey = await passkeyOf(world)
  const person = world.person()
  const begun = await begin(person)
  const before = (await world.events('session.started')).length

  const answers = await raceOf(50, async (turn) => {
    const sending = { headers: { 'x-instance': String(turn % 2) } }
    return await answer(person.copy(), begun, { passkey, sending })
  })

  const started = (await world.events('session.started')).length - before
  return { ok: answers.filter(({ status }) => status === 200).length, started }
}

async function countsOfRace(world: World): Promise<Readonly<Record<string, number>>> {
  const passkey = await passkeyOf(world)
  const people = await raceOf(50, async () => {
    const person = world.person()
    return { person, begun: await begin(person) }
  })

  await Promise.all(
    people.map(async ({ person, begun }, turn) => {
      const sending = { headers: { 'x-instance': String(turn % 2) } }
      await answer(person, begun, { passkey, changed: { code: 'wrong' }, sending })
    }),
  )

  const counts: Record<string, number> = {}
  for (const { reason = '' } of await world.events('access.denied')) counts[reason] = (counts[reason] ?? 0) + 1
  return counts
}

/** Wrong answers about the one passkey that is enrolled, each from a browser that nobody knows. */
async function wrongAnswers(world: World, times: number): Promise<void> {
  const [found] = await world.store.list(['unique', 'webauthn'], { limit: 1 })
  const name = found?.key[2] ?? ''
  for (let turn = 0; turn < times; turn += 1) await signInWith(world.person(), { name, secret: 'wrong' })
}
