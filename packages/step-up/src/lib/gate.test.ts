import { StoreError } from '@sallyport/store'
import { totp } from '@sallyport/totp'
import type { Express, RequestHandler } from 'express'
import { describe, expect, test, vi } from 'vitest'

import { authorityOf } from '../../test/authority.ts'
import { createFaults, LEAK, type Faults } from '../../test/faults.ts'
import { PAGE } from '../../test/page-form.ts'
import type { Person, Reply } from '../../test/person.ts'
import { doing } from '../../test/app.ts'
import { raceOf } from '../../test/race.ts'
import { openWorld, type Instance, type World, type WorldOptions } from '../../test/world.ts'
import { createGate } from './gate.ts'
import { createReports, type Reports } from './reports.ts'
import type { ActionDescription, StepUpOptions } from './requirement.ts'

const ORDER = { to: 'Bob', amount: 5 }

/** A world with one route, and a person who is signed in and has a key. */
async function withRoute(
  add: (app: Express, instance: Instance) => void,
  options: WorldOptions = {},
): Promise<{ readonly world: World; readonly ann: Person }> {
  const world = await openWorld({ ...options, routes: add })
  const ann = world.person()
  await ann.signIn()
  await ann.enrol()
  return { world, ann }
}

/** A world with routes in report mode, and what counts them. */
async function reporting(): Promise<{ readonly world: World; readonly reports: Reports }> {
  const reports = createReports(() => 0)
  const action = (): ActionDescription => ({ name: 'order', show: {} })
  const world = await openWorld({
    routes: (app, { stepUp, world: itself }) => {
      const gate = (options: StepUpOptions): RequestHandler =>
        createGate({ ...itself.core, reports }, authorityOf(stepUp), options)
      const reported = gate({ mode: 'report', name: 'reported', userVerified: true })
      const enforced = gate({ name: 'either', action })
      const tried = gate({ mode: 'report', name: 'either', action })
      app.post('/reported', reported, doing(itself, 'reported'))
      app.post('/calm', gate({ mode: 'report', name: 'calm', when: () => false }), doing(itself, 'calm'))
      app.post(
        '/either',
        (...step) => void ('report' in step[0].query ? tried : enforced)(...step),
        doing(itself, 'either'),
      )
    },
  })
  return { world, reports }
}

function outcome({ status, body }: Reply): readonly unknown[] {
  return [status, body['code']]
}

describe('requireStepUp', () => {
  test('v5.0.0-7.5.3 keeps its route closed to strangers, to the merely signed in, and opens it on fresh proof', async () => {
    const world = await openWorld()
    const ann = world.person()

    const stranger = await ann.post('/plain')
    await ann.signIn()
    await ann.enrol()
    const signedIn = await ann.post('/plain')
    const proved = await ann.postProving('/plain', {})
    world.clock.advance(300_000)
    const fiveMinutes = await ann.post('/plain')
    world.clock.advance(1)
    const older = await ann.post('/plain')

    expect([stranger, signedIn, proved, fiveMinutes, older].map(outcome)).toEqual([
      [401, 'ERR_LOGIN_REQUIRED'],
      [401, 'ERR_STEP_UP_REQUIRED'],
      [200, undefined],
      [200, undefined],
      [401, 'ERR_STEP_UP_REQUIRED'],
    ])
    expect(world.done).toEqual(['plain', 'plain'])
  })

  test('tells a program with a problem of RFC 9457 where to go and what for, and stores nothing in caches', async () => {
    const { ann } = await withRoute(() => undefined)

    const { status, headers, body } = await ann.post('/strict')

    expect(status).toBe(401)
    expect(headers.get('content-type')).toContain('application/problem+json')
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('www-authenticate')).toBe(`StepUp challenge="${String(body['challengeUrl'])}", max_age=300`)
    expect(body).toMatchObject({
      type: 'about:blank',
      status: 401,
      code: 'ERR_STEP_UP_REQUIRED',
      factors: ['webauthn'],
      maxAgeMs: 300_000,
      reason: 'missing',
    })
  })

  test('sends a person to the page of the step-up, which brings them back', async () => {
    const { world, ann } = await withRoute(() => undefined)

    const { status, headers } = await ann.get('/secret?tab=2', PAGE)
    const challenge = await ann.get(headers.get('location') ?? '', PAGE)

    expect(status).toBe(303)
    expect(headers.get('location')).toMatch(/^\/step-up\/challenges\/[0-9A-Z]{26}\?return_to=%2Fsecret%3Ftab%3D2$/)
    expect(challenge.text).toContain('/webauthn/verify?return_to=%2Fsecret%3Ftab%3D2')
    expect(world.done).toEqual([])
  })

  test('sends a stranger to the login, which brings them back', async () => {
    const world = await openWorld()

    const { status, headers } = await world.person().get('/secret?tab=2', PAGE)

    expect([status, headers.get('location')]).toEqual([303, '/auth/login?return_to=%2Fsecret%3Ftab%3D2'])
    expect(await world.events('access.denied')).toMatchObject([{ outcome: 'failure', reason: 'login_required' }])
  })

  test('answers a form of a stranger with a page, since a login would lose it', async () => {
    const world = await openWorld()

    const reply = await world.person().post('/transfer', { form: { to: 'Bob', amount: '5' }, ...PAGE })

    expect([reply.status, reply.text.includes('Please sign in')]).toEqual([401, true])
    expect(reply.text).toContain('what you entered was not kept')
    expect(reply.text).toMatch(/href="\/auth\/login"[^>]*>Sign in</)
    expect(reply.text).not.toContain('Bob')
  })

  test('shares one step-up among equal refusals, and none among others', async () => {
    const { world, ann } = await withRoute(() => undefined)

    const refusals = await Promise.all([
      ann.post('/plain'),
      ann.post('/plain'),
      ann.post('/strict'),
      ann.post('/transfer', { json: ORDER }),
      ann.post('/transfer', { json: ORDER }),
      ann.post('/transfer', { json: { ...ORDER, amount: 6 } }),
    ])
    const [one, same, strict, order, sameOrder, otherOrder] = refusals.map(({ body }) => body['stepUp'])

    expect([one, order]).toEqual([same, sameOrder])
    expect(new Set([one, strict, order, otherOrder]).size).toBe(4)
    expect(await world.events('step_up.required')).toHaveLength(6)
  })

  test('v5.0.0-6.3.3 does not open for a weaker proof, and says so', async () => {
    const world = await openWorld()
    const ann = world.person()
    await ann.signIn()
    await ann.enrol('totp')
    world.clock.advance(30_000)
    await ann.prove(await ann.post('/plain'), 'totp')

    const [plain, strict] = [await ann.post('/plain'), await ann.post('/strict')]

    expect(plain.status).toBe(200)
    expect([strict.status, strict.body['reason'], strict.body['factors']]).toEqual([401, 'too_weak', ['webauthn']])
  })

  test('F-21 opens a route that asks for two factors only when both were proved', async () => {
    const world = await openWorld()
    const ann = world.person()
    await ann.signIn()
    await ann.enrol('totp')
    world.clock.advance(30_000)
    await ann.enrol('webauthn')
    world.clock.advance(30_000)

    const none = await ann.post('/both')
    const first = await ann.prove(none, 'totp')
    const half = await ann.post('/both')
    const second = await ann.prove(none, 'webauthn')
    const both = await ann.post('/both')

    expect([first.body, second.body]).toEqual([
      { ok: true, more: true },
      { ok: true, more: false },
    ])
    expect([none.body['factors'], half.status, half.body['factors']]).toEqual([['totp', 'webauthn'], 401, ['webauthn']])
    expect([both.status, world.done]).toEqual([200, ['both']])
  })

  test('sends who has no authenticator that would do to add one first', async () => {
    const world = await openWorld()
    const ann = world.person()
    await ann.signIn()
    await ann.enrol('totp')

    const { body } = await ann.post('/strict')
    const [program, page] = [
      await ann.get(String(body['challengeUrl'])),
      await ann.get(String(body['challengeUrl']), PAGE),
    ]

    expect(outcome(program)).toEqual([403, 'ERR_STEP_UP_REQUIRED'])
    expect(program.body['authenticatorsUrl']).toMatch(/^\/step-up\/authenticators\?return_to=/)
    expect([page.status, page.text.includes('Set up a second factor first')]).toEqual([200, true])
    expect(await world.events('challenge.issued')).toEqual([])
  })

  test('does not go round in circles where no factor could ever be enough', async () => {
    const world = await openWorld({ stepUp: { factors: [totp()] } })
    const ann = world.person()
    await ann.signIn()
    await ann.enrol('totp')

    const { body } = await ann.post('/strict')
    const [program, page] = [
      await ann.get(String(body['challengeUrl'])),
      await ann.get(String(body['challengeUrl']), PAGE),
    ]

    expect([outcome(program), page.status]).toEqual([[403, 'ERR_STEP_UP_REQUIRED'], 403])
    expect(page.text).toContain('This cannot be confirmed here')
  })

  test('in report mode lets every signed-in person through and writes down what would have happened', async () => {
    const { world, ann } = await withRoute((app, { stepUp, world: { done } }) => {
      app.post('/reported', stepUp.requireStepUp({ mode: 'report', name: 'reported' }), (_req, res) => {
        done.push('reported')
        res.end()
      })
    })

    const stranger = await world.person().post('/reported')
    await ann.post('/reported')
    await ann.postProving('/plain', {})
    await ann.post('/reported')

    expect(outcome(stranger)).toEqual([401, 'ERR_LOGIN_REQUIRED'])
    expect(world.done).toEqual(['reported', 'plain', 'reported'])
    expect((await world.events('step_up.reported')).map(({ data }) => data)).toEqual([
      { requirement: 'reported', would: 'challenge' },
      { requirement: 'reported', would: 'allow' },
    ])
  })

  test('in report mode counts exactly, per requirement: who would pass, be asked, or have nothing to pass with', async () => {
    const { world, reports } = await reporting()
    const [ann, ben] = [world.person(), world.person()]
    await ben.signIn('ben')
    await ben.enrol('totp')
    await ben.post('/reported')
    await ann.signIn()
    await raceOf(50, async () => await ann.post('/reported'))
    await ann.enrol()
    await ann.post('/reported')
    await ann.postProving('/plain', {})
    await ann.post('/reported')

    const told = (await world.events('step_up.reported')).map(({ data }) => data['would'])

    expect(reports.list()).toMatchObject([{ requirement: 'reported', allow: 1, challenge: 1, refuse: 51 }])
    expect(told.filter((would) => would === 'refuse')).toHaveLength(51)
    expect(world.done.filter((what) => what === 'reported')).toHaveLength(53)
  })

  test('in report mode consumes nothing: an approval stays good for where it is enforced', async () => {
    const { world } = await reporting()
    const ann = world.person()
    await ann.signIn()
    await ann.enrol()
    const order = { json: ORDER }
    await ann.prove(await ann.post('/either', order))
    await ann.post('/either?report=1', order)
    await ann.post('/either?report=1', order)
    const consumed = await world.events('step_up.grant.consumed')

    expect([consumed, (await ann.post('/either', order)).status]).toEqual([[], 200])
    expect(await world.events('step_up.grant.consumed')).toHaveLength(1)
  })

  test('in report mode says of a request that would not be asked for a step-up that it would pass', async () => {
    const { world, reports } = await reporting()
    const ann = world.person()
    await ann.signIn()

    await ann.post('/calm')

    expect(reports.list()).toMatchObject([{ requirement: 'calm', allow: 1, challenge: 0, refuse: 0 }])
  })

  test('takes a preset, and what stands beside it', async () => {
    const { world, ann } = await withRoute((app, { stepUp, world: itself }) => {
      app.post('/hourly', stepUp.requireStepUp({ preset: 'relaxed' }), doing(itself, 'hourly'))
      app.post('/preset', stepUp.requireStepUp({ preset: 'strict', maxAge: '1m' }), doing(itself, 'preset'))
    })
    await ann.postProving('/preset', {})
    world.clock.advance(60_001)

    const [hourly, strict] = [await ann.post('/hourly'), await ann.post('/preset')]

    expect([hourly.status, strict.status, strict.body['maxAgeMs']]).toEqual([200, 401, 60_000])
  })

  test('asks only when the risk is said to be high', async () => {
    const { world, ann } = await withRoute((app, { stepUp, world: itself }) => {
      const when = async (req: { readonly query: object }): Promise<boolean> => 'risky' in req.query
      app.post('/maybe', stepUp.requireStepUp({ when, name: 'maybe' }), doing(itself, 'maybe'))
    })

    const [calm, risky] = [await ann.post('/maybe'), await ann.post('/maybe?risky=1')]

    expect([calm.status, risky.status, world.done]).toEqual([200, 401, ['maybe']])
  })

  test('recognises that it was passed on without being called', async () => {
    const { world, ann } = await withRoute((app, { stepUp, world: itself }) => {
      app.post('/uncalled', (...step) => void Reflect.apply(stepUp.requireStepUp, stepUp, step), doing(itself, 'no'))
    })

    const reply = await ann.post('/uncalled')

    expect([outcome(reply), world.done]).toEqual([[500, 'ERR_STEP_UP_OPTION'], []])
  })

  test('records access only where it is asked to, but always the use of a grant', async () => {
    const { world, ann } = await withRoute(() => undefined, { stepUp: { accessEvents: false } })
    await ann.postProving('/plain', {})
    await ann.postProving('/transfer', { json: ORDER })

    const events = await world.events('access.allowed', 'access.completed')

    expect(events.map(({ type, data }) => [type, data['requirement']])).toEqual([
      ['access.allowed', 'transfer'],
      ['access.completed', undefined],
    ])
  })

  test('v5.0.0-16.3.2 tells the ledger who passed, where, by what, and how it ended', async () => {
    const { world, ann } = await withRoute((app, { stepUp }) => {
      app.post('/orders/:id', stepUp.requireStepUp(), (_req, res) => void res.status(503).end())
    })
    const { body } = await ann.post('/orders/4711')
    await ann.prove({ ...(await ann.post('/orders/4711')), body })
    await ann.post('/orders/4711')

    const [allowed, completed] = (await world.events('access.allowed', 'access.completed')).slice(-2)

    expect(allowed).toMatchObject({
      outcome: 'success',
      target: { app: 'bank', route: '/orders/:id', method: 'POST' },
      authn: { factor: 'webauthn', strength: ['phishing_resistant', 'user_verified'] },
      data: { requirement: '/orders/:id' },
    })
    expect(completed).toMatchObject({ outcome: 'failure', data: { status: 503, aborted: false } })
    expect(JSON.stringify([allowed, completed])).not.toContain('4711')
  })
})

describe('a door that cannot be guarded', () => {
  test('F-27 v5.0.0-16.5.3 stays closed when the description or the risk throws, and leaves the error to the application', async () => {
    const { world, ann } = await withRoute((app, { stepUp, world: itself }) => {
      const fails = (): never => {
        throw new Error(LEAK)
      }
      app.post('/action', stepUp.requireStepUp({ action: fails }), doing(itself, 'action'))
      app.post('/when', stepUp.requireStepUp({ when: fails }), doing(itself, 'when'))
      app.post('/rejects', stepUp.requireStepUp({ when: async () => fails() }), doing(itself, 'rejects'))
    })

    const replies = [await ann.post('/action'), await ann.post('/when'), await ann.post('/rejects')]

    expect(replies.map(({ status }) => status)).toEqual([500, 500, 500])
    expect(replies.every(({ text }) => !text.includes('hunter2'))).toBe(true)
    expect(world.done).toEqual([])
  })

  test('F-27 stays closed when the ledger cannot be written, and says so', async () => {
    const { world, ann } = await withRoute(() => undefined)
    await ann.postProving('/plain', {})
    vi.spyOn(world.store, 'commit').mockRejectedValue(new StoreError('ERR_STORE_UNAVAILABLE', LEAK))

    const reply = await ann.post('/plain')
    vi.restoreAllMocks()

    expect(outcome(reply)).toEqual([503, 'ERR_STEP_UP_UNAVAILABLE'])
    expect(world.done).toEqual(['plain'])
  })

  test('F-27 stays closed when the store holds something else than this package wrote', async () => {
    const { world, ann } = await withRoute(() => undefined)
    await ann.postProving('/plain', {})
    const [found] = await world.store.list(['user'], { limit: 1 })
    const write = { op: 'put', key: ['user', 'ann'], value: { epoch: 1 }, expect: found?.version ?? null } as const
    await world.store.commit({ id: 'by-hand', writes: [write], entries: [] })

    expect(outcome(await ann.post('/plain'))).toEqual([500, 'ERR_STEP_UP_RECORD'])
    expect(world.done).toEqual(['plain'])
  })

  test('F-27 v5.0.0-16.5.3 STEP-04 runs no handler without its commit, whichever call of the whole walk fails', async () => {
    const all = createFaults()
    all.arm(0)
    await walk(await openWorld({ faults: all }))
    const results: Walk[] = []
    for (let call = 1; call <= all.calls(); call += 1) results.push(await walkWithFault(call))

    expect(all.calls()).toBeGreaterThan(40)
    expect(results.filter(({ isSafe }) => !isSafe)).toEqual([])
    expect(results.filter(({ isAlive }) => !isAlive)).toEqual([])
    expect(results.filter(({ leaks }) => leaks)).toEqual([])
  }, 120_000)
})

/** What came of a walk in which one call failed. */
interface Walk {
  readonly call: number
  /** Whether the handler ran only after its grant was used up in the ledger, and refusals were refusals. */
  readonly isSafe: boolean
  readonly isAlive: boolean
  readonly leaks: boolean
}

async function walkWithFault(call: number): Promise<Walk> {
  const faults: Faults = createFaults()
  const world = await openWorld({ faults })
  faults.arm(call)
  const replies = await walk(world)
  faults.arm(0)

  const consumed = await world.events('step_up.grant.consumed')
  const transfers = world.done.filter((what) => what === 'transfer').length
  const ben = world.person()
  await ben.signIn('ben')
  return {
    call,
    isSafe:
      transfers <= 1 && consumed.length === transfers && replies.every(({ status }) => status < 300 || status >= 400),
    isAlive: (await ben.get('/me')).body['user'] === 'ben',
    leaks: replies.some(({ text }) => text.includes('hunter2') || text.includes('node_modules')),
  }
}

/** Through both doors, as far as the faults let it. */
async function walk(world: World): Promise<readonly Reply[]> {
  const ann = world.person()
  const replies = [await ann.signIn(), await ann.enrol()]
  const refusal = await ann.post('/transfer', { json: ORDER })
  replies.push(refusal)
  if (refusal.body['challengeUrl'] === undefined) return replies
  replies.push(await ann.prove(refusal, 'webauthn', 'wrong'), await ann.prove(refusal))
  replies.push(await ann.post('/transfer', { json: ORDER }), await ann.post('/transfer', { json: ORDER }))
  return replies
}
