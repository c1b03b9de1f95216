import type { EventType } from '@sallyport/audit/vocabulary'
import { totp } from '@sallyport/totp'
import { describe, expect, test } from 'vitest'

import { keyFactor } from '../../test/key-factor.ts'
import type { Person, Reply } from '../../test/person.ts'
import { raceOf } from '../../test/race.ts'
import { openWorld, type World, type WorldOptions } from '../../test/world.ts'
import { LIMITS } from './limits.ts'

const STORES = ['memory', 'sqlite'] as const

interface Scene {
  readonly world: World
  readonly ann: Person
}

/** A person with a code and a key, whose browser has proved both. */
async function atHome(options: WorldOptions = {}): Promise<Scene> {
  const world = await openWorld(options)
  const ann = world.person()
  await ann.signIn()
  await ann.enrol('totp')
  world.clock.advance(30_000)
  await ann.enrol('webauthn')
  world.clock.advance(30_000)
  await ann.postProving('/strict', {}, 'webauthn')
  return { world, ann }
}

/** Somebody who knows the password, in a browser that was never seen before. */
async function stranger({ world }: Scene): Promise<Person> {
  const stranger = world.person()
  await stranger.signIn()
  return stranger
}

/** Answers wrongly, opening new challenges as often as it takes. */
async function answerWrongly(person: Person, times: number, factor = 'totp'): Promise<readonly Reply[]> {
  const replies: Reply[] = []
  for (let time = 0; time < times; time += 1) {
    const refusal = await person.post('/plain')
    replies.push(await person.prove(refusal, factor, '000000'))
  }
  return replies
}

async function reasonsOf(world: World, ...types: EventType[]): Promise<readonly unknown[]> {
  return (await world.events(...types)).map(({ reason }) => reason)
}

describe('tries', () => {
  test.each(STORES)('F-07 are exact when fifty wrong codes come at once to two instances, on %s', async (store) => {
    const { world, ann } = await atHome({ store, instances: 2 })
    world.clock.advance(300_001)
    const { body } = await ann.post('/plain')
    const challenge = await ann.get(`${String(body['challengeUrl'])}?factor=totp`)
    const url = String(challenge.body['verifyUrl'])

    let turn = 0
    await raceOf(50, () => ann.post(url, { json: { code: '000000' }, instance: (turn += 1) % 2 }))

    const judged = (await reasonsOf(world, 'challenge.attempt_failed')).filter((reason) => reason === 'wrong_code')
    expect(judged).toHaveLength(LIMITS.challengeAttempts)
    expect(await world.events('challenge.locked')).toHaveLength(1)
  })

  test('v5.0.0-6.3.1 STEP-07 C-04 lock an authenticator after ten wrong codes in a row, and the right one is refused too', async () => {
    const { world, ann } = await atHome()
    world.clock.advance(300_001)
    await answerWrongly(ann, LIMITS.authenticatorAttempts)

    const locked = await ann.prove(await ann.post('/plain'), 'totp')
    world.clock.advance(LIMITS.authenticatorWindowMs)
    const later = await ann.prove(await ann.post('/plain'), 'totp')

    expect([locked.status, locked.body['code']]).toEqual([429, 'ERR_STEP_UP_LIMIT'])
    expect(later.status).toBe(200)
    expect(await reasonsOf(world, 'challenge.attempt_failed')).toContain('authenticator_locked')
  })

  test('F-33 NB-15 of one authenticator begin anew after a right code of its own, and of no other', async () => {
    const { world, ann } = await atHome()
    world.clock.advance(300_001)
    await answerWrongly(ann, 9)
    await ann.prove(await ann.post('/plain'), 'totp')
    world.clock.advance(300_001)
    await answerWrongly(ann, 9)
    await ann.prove(await ann.post('/plain'), 'webauthn')
    world.clock.advance(300_001)

    const [tenth] = await answerWrongly(ann, 1)
    const eleventh = await ann.prove(await ann.post('/plain'), 'totp')

    expect([tenth?.status, eleventh.status]).toEqual([422, 429])
  })

  test('v5.0.0-6.1.1 F-41 of a stranger are the strangers’: the owner’s own browser goes on with codes and key', async () => {
    const scene = await atHome()
    const { world, ann } = scene
    const eve = await stranger(scene)
    await answerWrongly(eve, LIMITS.userAttempts + 5)
    world.clock.advance(300_001)

    const shutOut = await eve.prove(await eve.post('/plain'), 'totp', ann.code('totp'))
    const byCode = await ann.prove(await ann.post('/plain'), 'totp')
    const byKey = await ann.postProving('/strict', {}, 'webauthn')

    expect([shutOut.status, byCode.status, byKey.status]).toEqual([429, 200, 200])
  })

  test('F-41 of codes do not block a passkey, not even in a browser that is new', async () => {
    const world = await openWorld({ stepUp: { factors: [totp(), keyFactor({ guessable: false })] } })
    const ann = world.person()
    await ann.signIn()
    await ann.enrol('totp')
    world.clock.advance(30_000)
    await ann.enrol('webauthn')
    const scene = { world, ann }
    const eve = await stranger(scene)
    await answerWrongly(eve, LIMITS.userAttempts + 5)

    const other = ann.thief()
    await other.signIn()
    const byKey = await other.postProving('/strict', {}, 'webauthn')

    expect(byKey.status).toBe(200)
  })

  test('NB-14 TOTP-07 of a hundred wrong codes in a row disable an authenticator, which says so and is told', async () => {
    const { world, ann } = await atHome()
    for (let round = 0; round < 10; round += 1) {
      world.clock.advance(LIMITS.authenticatorWindowMs)
      await ann.signIn()
      await answerWrongly(ann, LIMITS.authenticatorAttempts)
    }
    world.clock.advance(LIMITS.authenticatorWindowMs)
    await ann.signIn()

    const right = await ann.prove(await ann.post('/plain'), 'totp')
    const { body } = await ann.get('/step-up/authenticators')

    expect(right.status).not.toBe(200)
    expect(await world.events('authenticator.disabled')).toMatchObject([{ authn: { factor: 'totp' } }])
    expect(body['authenticators']).toMatchObject([
      { factor: 'totp', disabled: true },
      { factor: 'webauthn', disabled: false },
    ])
    expect(world.notices.map(({ about }) => about)).toContain('authenticator.disabled')
  })

  test('LOG-12 that end a challenge are told to the person through another channel', async () => {
    const { world, ann } = await atHome()
    world.clock.advance(300_001)
    const { body } = await ann.post('/plain')
    const challenge = await ann.get(`${String(body['challengeUrl'])}?factor=totp`)
    for (let time = 0; time < LIMITS.challengeAttempts; time += 1)
      await ann.post(String(challenge.body['verifyUrl']), { json: { code: '000000' } })

    expect(world.notices.at(-1)).toMatchObject({ about: 'challenge.locked', factor: 'totp', user: 'ann' })
  })

  test('F-18 are one for an answer that is signed: a wrong one ends its challenge, and the next has another', async () => {
    const { world, ann } = await atHome({ stepUp: { factors: [keyFactor({ guessable: false })] } })
    world.clock.advance(300_001)
    const { body } = await ann.post('/plain')
    const first = await ann.get(String(body['challengeUrl']))

    const wrong = await ann.post(String(first.body['verifyUrl']), { json: { code: 'wrong' } })
    const right = await ann.post(String(first.body['verifyUrl']), { json: { code: ann.code('webauthn') } })

    expect([wrong.status, right.status]).toEqual([422, 410])
    expect(await reasonsOf(world, 'challenge.failed')).toEqual(['wrong_code'])
    expect((await world.verify()).lifecycle).toMatchObject({ open: 0 })
  })

  test('F-32 from one address are bounded over all users, in browsers that nobody knows', async () => {
    const world = await openWorld()
    const people: Person[] = []
    for (let number = 0; number < 6; number += 1) {
      const person = world.person()
      await person.signIn(`user-${number}`)
      await person.enrol('totp')
      people.push(person.thief())
    }
    const replies: Reply[] = []
    for (const [number, person] of people.entries()) {
      await person.signIn(`user-${number}`)
      replies.push(...(await answerWrongly(person, LIMITS.userAttempts)))
    }

    const judged = (await reasonsOf(world, 'challenge.attempt_failed')).filter((reason) => reason === 'wrong_code')
    expect(judged.length).toBeLessThanOrEqual(LIMITS.addressAttempts)
    expect(replies.at(-1)?.status).toBe(429)
  })
})
