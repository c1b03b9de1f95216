import type { Express } from 'express'
import { describe, expect, test } from 'vitest'

import type { Person } from '../../test/person.ts'
import { openWorld, type Instance, type World } from '../../test/world.ts'

const BY = { administrator: 'root' }

/** A change that is committed only while its session lives: what is done to that session comes right before the commit. */
async function openHolding(
  meanwhile: (ann: Person, world: World) => Promise<unknown> = async () => undefined,
): Promise<{
  readonly world: World
  readonly ann: Person
  readonly change: () => Promise<unknown>
}> {
  const world = await openWorld({ instances: 2, routes: (app, instance) => addChange(app, instance, () => during()) })
  const ann = world.person()
  const during = (): Promise<unknown> => meanwhile(ann.copy(), world)
  await ann.signIn()
  return { world, ann, change: async () => (await ann.post('/change')).body['done'] }
}

function addChange(app: Express, { stepUp: { sessions }, world }: Instance, during: () => Promise<unknown>): void {
  app.post('/change', async (req, res) => {
    const before = sessions.current(req)
    const held = await sessions.hold(req)
    await during()
    if (held === undefined) return void res.json({ done: 'not held' })
    const { ok } = await world.audit.commit({ writes: held.writes, events: [] })
    res.json({ done: ok ? held.current.state === before.state : 'conflict' })
  })
}

describe('sessions.hold', () => {
  test('lets a change happen while its session lives', async () => {
    expect(await (await openHolding()).change()).toBe(true)
  })

  test('F-08 F-29 lets none happen once the session was ended on another instance', async () => {
    const { world, change } = await openHolding((ann) => ann.post('/logout', { json: {}, instance: 1 }))

    expect([await change(), (await world.events('session.ended')).length]).toEqual(['conflict', 1])
  })

  test('F-29 lets none happen once all sessions of the user were ended', async () => {
    const { change } = await openHolding((_, { admin }) => admin.endSessions('ann', BY))

    expect(await change()).toBe('conflict')
  })

  test('F-29 lets none happen once the account was locked', async () => {
    const { change } = await openHolding((_, { admin }) => admin.lock('ann', BY))

    expect(await change()).toBe('conflict')
  })

  test('gives nothing where nobody is signed in', async () => {
    const { world } = await openHolding()

    expect((await world.person().post('/change')).body['done']).toBe('not held')
  })
})
