import { contextOf } from '@sallyport/audit/context'
import { recordAccess } from '@sallyport/request-context'
import { describe, expect, test, vi } from 'vitest'

import { openWorld, type World } from '../../test/world.ts'

/** A bank that records every access to routes of its own, in front of the gate and without one. */
async function openRecorded(): Promise<World> {
  return await openWorld({
    routes: (app, { stepUp, world }) => {
      const record = recordAccess({ audit: world.audit })
      app.get('/who', (req, res) => void res.json(contextOf(req)?.who ?? null))
      app.post('/vault', record, stepUp.requireStepUp({ name: 'vault' }), (_req, res) => void res.json({}))
      app.get('/vault', record, stepUp.requireStepUp({ name: 'vault' }), (_req, res) => void res.json({}))
      app.get('/open', record, (_req, res) => void res.json({}))
      app.post('/leave', record, async (req, res) => {
        await stepUp.sessions.end(req, 'logout', [])
        res.json({})
      })
    },
  })
}

/** What was recorded of accesses to a route: the types of its events in alphabetical order. */
async function recordedOf(world: World, route: string): Promise<readonly string[]> {
  const events = await world.events('access.allowed', 'access.denied', 'access.completed', 'step_up.required')
  return events
    .filter(({ target }) => target?.route === route)
    .map(({ type }) => type)
    .toSorted()
}

describe('the session of a request', () => {
  test('leaves in the context who is asking and how they had proved it', async () => {
    const world = await openRecorded()
    const ann = world.person()
    await ann.signIn()
    const signedIn = await ann.get('/who')

    await ann.enrol()
    await ann.postProving('/vault', { json: {} })
    const proved = await ann.get('/who')

    const lineage: unknown = expect.stringContaining('lineage-ann')
    expect(signedIn.body).toEqual({ user: 'ann', lineage, authn: { factor: 'oidc', protocol: 'oidc' } })
    expect(proved.body).toMatchObject({ user: 'ann', lineage, authn: { factor: 'webauthn' } })
  })

  test('leaves nobody for a stranger, nor for whoever has signed out', async () => {
    const world = await openRecorded()
    const ann = world.person()
    const before = await ann.get('/who')
    await ann.signIn()
    const copy = world.person(ann)
    await ann.post('/logout')

    expect([before.body, (await ann.get('/who')).body, (await copy.get('/who')).body]).toEqual([null, null, null])
  })

  test('is on record as that of the person who ends it', async () => {
    const world = await openRecorded()
    const [ann, bob] = [world.person(), world.person()]
    await ann.signIn('ann')
    await bob.signIn('bob')

    await ann.post('/leave')
    await bob.get('/open')

    await vi.waitFor(async () => {
      const [left, opened] = await world.events('access.completed')
      expect(left).toMatchObject({ target: { route: '/leave' }, lineage: expect.stringContaining('lineage-ann') })
      expect(opened).toMatchObject({ target: { route: '/open' }, lineage: expect.stringContaining('lineage-bob') })
    })
  })
})

describe('the gate of a route whose accesses are recorded', () => {
  test('has turned a stranger away once, and the end is recorded once', async () => {
    const world = await openRecorded()

    await world.person().post('/vault')

    await vi.waitFor(async () => {
      expect(await recordedOf(world, '/vault')).toEqual(['access.completed', 'access.denied'])
    })
  })

  test('has turned away a page of a stranger, which did not succeed though it is answered with a redirect', async () => {
    const world = await openRecorded()

    const { status } = await world.person().get('/vault', { headers: { accept: 'text/html' } })

    expect(status).toBe(303)
    await vi.waitFor(async () => {
      expect(await world.events('access.completed')).toMatchObject([
        { outcome: 'failure', reason: 'login_required', data: { status: 303 } },
      ])
    })
  })

  test('asks for a proof without denying access, and lets pass with one end on record', async () => {
    const world = await openRecorded()
    const ann = world.person()
    await ann.signIn()
    await ann.enrol()

    await ann.postProving('/vault', { json: {} })

    await vi.waitFor(async () => {
      expect(await recordedOf(world, '/vault')).toEqual([
        'access.allowed',
        'access.completed',
        'access.completed',
        'step_up.required',
      ])
    })
  })
})
