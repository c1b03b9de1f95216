import type { RequestHandler } from 'express'
import { describe, expect, test } from 'vitest'

import { doing } from '../../test/app.ts'
import { door, type Door } from '../../test/door.ts'
import type { Faults } from '../../test/faults.ts'
import type { Reply } from '../../test/person.ts'
import { openWorld, type World } from '../../test/world.ts'

/** Holds the next listing of authenticators, when told to, from after its answer until the door opens. */
function holdingLists(gate: Door, isDue: () => boolean): Pick<Faults, 'spoil'> {
  return {
    spoil(options) {
      const { store } = options
      const list: typeof store.list = async (prefix, page) => {
        const found = await store.list(prefix, page)
        if (prefix[0] === 'authenticator' && isDue()) {
          gate.arrive()
          await gate.opened
        }
        return found
      }
      const held = new Proxy(store, {
        get: (target, name) => {
          if (name === 'list') return list
          const member: unknown = Reflect.get(target, name)
          return typeof member === 'function' ? member.bind(target) : member
        },
      })
      return { ...options, store: held }
    },
  }
}

/** Pretends to be an upload parser: fields in the body, files beside it. */
const upload: RequestHandler = (req, _res, next) => {
  Object.assign(req, { files: [{ buffer: String(req.body?.content) }] })
  next()
}

async function both(): Promise<{ readonly world: World; readonly ann: ReturnType<World['person']> }> {
  const world = await openWorld({
    routes: (app, { stepUp, world: inside }) => {
      const allOf = ['totp', 'webauthn'] as const
      const action = stepUp.requireStepUp({ name: 'two', allOf, action: () => ({ name: 'two', show: {} }) })
      app.post('/two', action, doing(inside, 'two'))
    },
  })
  const ann = world.person()
  await ann.signIn()
  await ann.enrol('totp')
  world.clock.advance(30_000)
  await ann.enrol('webauthn')
  world.clock.advance(30_000)
  return { world, ann }
}

function outcome({ status, body }: Reply): readonly unknown[] {
  return [status, body['code']]
}

describe('attacks on the second door', () => {
  test('F-11 an old session enrols nothing while the first authenticator is being added elsewhere', async () => {
    const gate = door()
    let due = false
    const take = (): boolean => [due, (due = false)][0] === true
    const world = await openWorld({ faults: holdingLists(gate, take) })
    const stolen = world.person()
    await stolen.signIn()
    world.clock.advance(20 * 60_000)
    const ann = world.person()
    await ann.signIn()
    const started = await ann.startEnrolment('webauthn')

    due = true
    const racing = stolen.startEnrolment('totp')
    await gate.waiting
    await ann.post(String(started.body['finishUrl']), { json: { code: ann.secret('webauthn') } })
    gate.open()

    expect((await racing).status).toBe(410)
    expect((await world.admin.authenticators('ann')).map(({ factor }) => factor)).toEqual(['webauthn'])
  })

  test('"this was not me" ends every session, also when the thief has cancelled before', async () => {
    const { world, ann } = await both()
    const elsewhere = world.person()
    await elsewhere.signIn()
    world.clock.advance(400_000)
    const { body } = await ann.post('/plain')
    const url = String(body['challengeUrl'])
    await ann.copy().post(`${url}/cancel`)

    const denied = await ann.post(`${url}/deny`)

    expect(denied.status).toBe(200)
    expect([(await ann.get('/secret')).status, (await elsewhere.get('/secret')).status]).toEqual([401, 401])
    expect(await world.events('session.revoked')).toMatchObject([{ reason: 'user_denied', data: { all: true } }])
    expect(world.notices.at(-1)).toMatchObject({ about: 'challenge.denied' })
  })

  test('F-41 passwords tried by strangers block none of the codes of whoever is signed in', async () => {
    const world = await openWorld({
      routes: (app, { stepUp }) =>
        app.post('/password', async (req, res) => {
          const attempt = await stepUp.attempts.take(req, { name: 'ann', user: 'ann' })
          await attempt?.failed()
          res.sendStatus(attempt === undefined ? 429 : 401)
        }),
    })
    const ann = world.person()
    await ann.signIn()
    await ann.enrol('totp')
    world.clock.advance(400_000)
    for (let time = 0; time < 21; time += 1) await world.person().post('/password')

    expect((await world.person().post('/password')).status).toBe(429)
    expect((await ann.prove(await ann.post('/plain'), 'totp')).status).toBe(200)
  })

  test('a dropped elevation leaves no half of a step-up and no enrolment behind', async () => {
    const { world, ann } = await both()
    await ann.postProving('/strict', {}, 'webauthn')
    const other = ann.copy()
    const enrolment = await other.startEnrolment('webauthn')
    const asked = await ann.post('/two')
    await ann.prove(asked, 'totp')
    await ann.post('/step-up/elevation/drop')
    world.clock.advance(30_000)

    const half = await ann.prove(await ann.post('/two'), 'webauthn')
    const finished = await ann.post(String(enrolment.body['finishUrl']), { json: { code: other.secret('webauthn') } })

    expect(half.body).toMatchObject({ ok: true, more: true })
    expect((await ann.post('/two')).status).toBe(401)
    expect(outcome(finished)).toEqual([410, 'ERR_STEP_UP_ENDED'])
    expect(world.done).not.toContain('two')
  })

  test('report mode turns nothing away for its form, and counts what it would have refused', async () => {
    const world = await openWorld({
      routes: (app, { stepUp, world: inside }) => {
        const action = stepUp.requireStepUp({
          name: 'tried',
          mode: 'report',
          action: (req) => ({ name: 'tried', show: { To: req.body?.to } }),
        })
        app.post('/tried', action, doing(inside, 'tried'))
        app.get('/reports', (_req, res) => void res.json({ reports: stepUp.reports() }))
      },
    })
    const ann = world.person()
    await ann.signIn()

    const replies = [
      await ann.post('/tried', { json: { to: ['a'] } }),
      await ann.post('/tried', { raw: { type: 'text/plain', body: 'x' } }),
      await ann.post('/tried', { json: { to: 'Bob', _sallyport_resume: '0'.repeat(26) } }),
    ]

    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200])
    expect((await ann.get('/reports')).body['reports']).toMatchObject([{ requirement: 'tried', refuse: 3 }])
  })

  test('nobody signs in whom no administrator could lock', async () => {
    const world = await openWorld()

    const login = await world.person().signIn('jürgen')

    expect(outcome(login)).toEqual([400, 'ERR_STEP_UP_INPUT'])
  })

  test('F-17 what the digest does not cover is not approved: files beside the body, a query left unparsed', async () => {
    const world = await openWorld({
      routes: (app, { stepUp, world: inside }) => {
        const action = stepUp.requireStepUp({ name: 'paper', action: () => ({ name: 'paper', show: {} }) })
        app.post('/paper', upload, action, doing(inside, 'paper'))
      },
    })
    const ann = world.person()
    await ann.signIn()

    expect(outcome(await ann.post('/paper', { json: { content: 'A' } }))).toEqual([400, 'ERR_STEP_UP_BODY_UNBOUND'])
  })
})
