import { describe, expect, test } from 'vitest'

import { authorityOf } from '../../test/authority.ts'
import type { Person } from '../../test/person.ts'
import { openProviderWorld, proveAt, signedInBefore } from '../../test/provider-world.ts'
import { raceOf } from '../../test/race.ts'
import type { World } from '../../test/world.ts'
import { readRecord, writeRecord } from './records.ts'

const DROP = '/step-up/elevation/drop'

async function evidenceOf(person: Person): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const { evidence } = (await person.get('/me')).body
  return Array.isArray(evidence) ? evidence : []
}

async function timesOf(person: Person): Promise<readonly unknown[]> {
  return (await evidenceOf(person)).map(({ at }) => at)
}

async function handleOf(person: Person): Promise<string> {
  return String((await person.get('/me')).body['handle'])
}

/** Writes the session as it was written before the login's evidence was kept apart. */
async function makeOld({ store }: World, person: Person): Promise<void> {
  const key = ['session', await handleOf(person)]
  const [found] = await store.get([key])
  const session = readRecord('session', found)
  if (session?.value.state !== 'live') throw new Error('makeOld: no live session')
  const { login, ...old } = session.value
  const value = writeRecord('session', { ...old, evidence: [...(login === undefined ? [] : [login]), ...old.evidence] })
  await store.commit({
    id: 'made-old',
    writes: [{ op: 'put', key, value, expect: session.version, expiresAt: old.until, atExpiry: 'drop' }],
    entries: [],
  })
}

describe("the login's own evidence", () => {
  test('stays beside a newer proof at the same provider, also one that the provider says is older', async () => {
    const world = await openProviderWorld()
    const ann = await signedInBefore(world)
    const [login] = await timesOf(ann)
    const older = Number(login) - 1_000
    await proveAt(ann, { user: 'ann', at: world.clock.now(), strong: true }, '/plain')
    const both = await timesOf(ann)
    world.clock.advance(600_000)

    const weak = await proveAt(ann, { user: 'ann', at: older, strong: true }, '/plain')

    expect(both).toEqual([login, Number(login) + 600_000])
    expect([weak.body['reason'], await timesOf(ann)]).toEqual(['factor_too_old', both])
  })

  test('F-35 is all that is left when the elevation is dropped, whatever times the provider gave', async () => {
    const world = await openProviderWorld({
      routes: (app, { stepUp }) => {
        app.post('/lasting', stepUp.requireStepUp({ anyOf: ['oidc'], maxAge: '24h', acr: ['high'] }), (_req, res) => {
          res.json({})
        })
      },
    })
    const ann = await signedInBefore(world)
    const [login] = await evidenceOf(ann)
    // Said to be older than the session itself, and gained in it all the same.
    const early = Number(login?.['at']) - 60_000
    const back = await proveAt(ann, { user: 'ann', at: early, acr: 'high' }, '/lasting')
    const [open, gained] = [(await ann.post('/lasting')).status, await timesOf(ann)]

    const list = await ann.get('/step-up/authenticators')
    await ann.post(DROP)

    expect([back.body['ok'], open, gained]).toEqual([true, 200, [login?.['at'], early]])
    expect(list.body['dropUrl']).toBe(DROP)
    expect([await evidenceOf(ann), (await ann.post('/lasting')).status]).toEqual([[login], 401])
    expect((await ann.get('/step-up/authenticators')).body['dropUrl']).toBeUndefined()
  })

  test('keeps its issuer through every rotation, for the sign-out there', async () => {
    const world = await openProviderWorld()
    const ann = await signedInBefore(world)
    await proveAt(ann, { user: 'ann', at: world.clock.now(), issuer: 'https://other.example', strong: true }, '/plain')

    const issuers = (await evidenceOf(ann)).map(({ issuer }) => issuer)

    expect(issuers).toEqual(['https://idp.example', 'https://other.example'])
  })

  test('is one, and of each way to prove it one more: evidence does not grow with time', async () => {
    const world = await openProviderWorld()
    const ann = await signedInBefore(world)
    for (let turn = 0; turn < 10; turn += 1) {
      world.clock.advance(600_000)
      await ann.get('/me')
      await proveAt(ann, { user: 'ann', at: world.clock.now(), strong: true }, '/plain')
    }

    expect(await evidenceOf(ann)).toHaveLength(2)
  })

  test('is nothing in a session that began before it was kept apart: dropping leaves no proof in it', async () => {
    const world = await openProviderWorld()
    const ann = await signedInBefore(world)
    const [login] = await timesOf(ann)
    await makeOld(world, ann)
    const old = await timesOf(ann)
    await proveAt(ann, { user: 'ann', at: Number(login), strong: true }, '/plain')
    await proveAt(ann, { user: 'ann', at: world.clock.now(), strong: true }, '/plain')
    const gained = await timesOf(ann)

    await ann.post(DROP)

    expect([old, gained, await timesOf(ann)]).toEqual([[login], [login, world.clock.now()], []])
  })

  test('goes with a change of authenticators where it hung on one, and is not revived by a proof', async () => {
    const world = await openProviderWorld({
      routes: (app, { stepUp, world: bank }) => {
        app.post('/login-by-key', async (req, res) => {
          const at = bank.clock.now()
          const evidence = { factor: 'webauthn', at, strong: true, strength: [], authenticator: 'key' } as const
          const login = { user: 'ann', account: 'ann', identity: {}, evidence, lineage: `by-key-${at}`, flow: 'f' }
          await authorityOf(stepUp).start(req, login, { extra: [], logIn: async () => undefined })
          res.json({})
        })
      },
    })
    const ann = world.person()
    await ann.post('/login-by-key')
    const before = await evidenceOf(ann)
    await ann.enrol('totp')
    const after = await evidenceOf(ann)
    world.clock.advance(30_000)
    await ann.prove(await ann.post('/plain'), 'totp')

    expect([before.length, after, (await evidenceOf(ann)).map(({ factor }) => factor)]).toEqual([1, [], ['totp']])
  })

  test('F-09 is what fifty drops at once leave: never less, and never twice', async () => {
    const world = await openProviderWorld({ store: 'sqlite' })
    const ann = await signedInBefore(world)
    const [login] = await evidenceOf(ann)
    await proveAt(ann, { user: 'ann', at: world.clock.now(), strong: true }, '/plain')

    const copies = await raceOf(50, async () => {
      const copy = ann.copy()
      return { copy, reply: await copy.post(DROP) }
    })

    const winner = copies.find(({ reply }) => reply.status === 200)?.copy ?? ann
    expect(await evidenceOf(winner)).toEqual([login])
  })
})
