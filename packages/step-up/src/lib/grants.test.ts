import { describe, expect, test } from 'vitest'

import { raceOf } from '../../test/race.ts'
import type { Person } from '../../test/person.ts'
import { openWorld, type World, type WorldOptions } from '../../test/world.ts'

const ORDER = { json: { to: 'Bob', amount: 5 } }

/** A person who has approved one transfer and not yet made it. */
async function approved(options: WorldOptions = {}): Promise<{ readonly world: World; readonly ann: Person }> {
  const world = await openWorld(options)
  const ann = world.person()
  await ann.signIn()
  await ann.enrol()
  await ann.prove(await ann.post('/transfer', ORDER))
  return { world, ann }
}

/** Sends the approved transfer fifty times at once, by turns to each instance. */
async function race(options: WorldOptions): Promise<readonly unknown[]> {
  const { world, ann } = await approved(options)
  const statuses = await raceOf(50, async (turn) => {
    const reply = await ann.copy().post('/transfer', { ...ORDER, instance: turn % (options.instances ?? 1) })
    return reply.status
  })
  const consumed = await world.events('step_up.grant.consumed')
  return [world.done.length, consumed.length, statuses.filter((status) => status === 200).length]
}

describe('a grant', () => {
  test('v5.0.0-2.3.4 lets exactly one of fifty parallel requests through, in memory', async () => {
    expect(await race({ store: 'memory' })).toEqual([1, 1, 1])
  })

  test('v5.0.0-2.3.4 lets exactly one of fifty parallel requests through, on sqlite', async () => {
    expect(await race({ store: 'sqlite' })).toEqual([1, 1, 1])
  })

  test('v5.0.0-2.3.4 lets exactly one of fifty parallel requests through, on two instances', async () => {
    expect(await race({ store: 'sqlite', sessions: 'ours', instances: 2 })).toEqual([1, 1, 1])
  })

  test('STEP-03 is used up by one request, whatever its handler makes of it', async () => {
    const { world, ann } = await approved()

    const [first, second] = [await ann.post('/transfer', ORDER), await ann.post('/transfer', ORDER)]

    expect([first.status, second.status, second.body['reason']]).toEqual([200, 401, 'missing'])
    expect(world.done).toEqual(['transfer'])
  })

  test('STEP-03 is good for no other body, route, method, query or session', async () => {
    const { world, ann } = await approved()
    const elsewhere = world.person()
    await elsewhere.signIn()

    const others = [
      await ann.post('/transfer', { json: { to: 'Bob', amount: 6 } }),
      await ann.post('/transfer', { json: { to: 'Bob', amount: '5' } }),
      await ann.post('/transfer', { json: { to: 'Bob', amount: 5, fast: true } }),
      await ann.post('/transfer?fast=1', ORDER),
      await ann.post('/Transfer', ORDER),
      await ann.post('/plain', ORDER),
      await elsewhere.post('/transfer', ORDER),
    ]

    expect(others.map(({ status }) => status)).toEqual(Array(7).fill(401))
    expect(world.done).toEqual([])
  })

  test('gives the session no evidence for anything else', async () => {
    const { ann } = await approved()

    expect((await ann.post('/plain')).status).toBe(401)
    expect((await ann.get('/me')).body['evidence']).toMatchObject([{ factor: 'oidc' }])
  })

  test('is not given by evidence that the session has: an action is always approved by itself', async () => {
    const world = await openWorld()
    const ann = world.person()
    await ann.signIn()
    await ann.enrol()
    await ann.postProving('/plain', {})

    expect((await ann.post('/transfer', ORDER)).status).toBe(401)
  })

  test('is over when the proof is older than the route allows', async () => {
    const { world, ann } = await approved()
    world.clock.advance(300_001)

    expect((await ann.post('/transfer', ORDER)).status).toBe(401)
    expect(world.done).toEqual([])
  })

  test('v5.0.0-6.5.6 dies with the authenticator that it was given by', async () => {
    const { world, ann } = await approved()
    const elsewhere = world.person()
    await elsewhere.signIn()
    await elsewhere.prove(await elsewhere.post('/strict'), 'webauthn', ann.code('webauthn'))
    const { authenticators } = (await elsewhere.get('/step-up/authenticators')).body
    const [only] = Array.isArray(authenticators) ? authenticators : []
    await elsewhere.post(`/step-up/authenticators/${only.id}/remove`)

    expect((await ann.post('/transfer', ORDER)).status).toBe(401)
    expect(world.done).toEqual([])
  })

  test('is told of in the ledger: what was approved, that it was used, and how it ended, in one flow', async () => {
    const { world, ann } = await approved()
    await ann.post('/transfer', ORDER)

    const story = await world.events(
      'step_up.satisfied',
      'step_up.grant.consumed',
      'access.allowed',
      'access.completed',
    )
    const [satisfied, consumed, allowed, completed] = story.slice(-4)

    expect(story.slice(-4).map(({ type }) => type)).toEqual([
      'step_up.satisfied',
      'step_up.grant.consumed',
      'access.allowed',
      'access.completed',
    ])
    expect(consumed?.data).toEqual({ action: 'transfer', digest: satisfied?.data['digest'] })
    expect(allowed).toMatchObject({
      authn: { factor: 'webauthn' },
      data: { requirement: 'transfer', action: 'transfer' },
    })
    expect(completed?.data).toMatchObject({ status: 200, aborted: false })
    expect(new Set([satisfied, consumed, allowed, completed].map((event) => event?.flow)).size).toBe(1)
    expect(JSON.stringify(story)).not.toContain('Bob')
  })
})
