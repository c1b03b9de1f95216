import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MFA, openStepUpWorld, problemOf, signedIn, wayOut } from '../../../test/step-up-world.ts'
import type { StepUpWorld } from '../../../test/step-up-world.ts'

// What a step-up at the provider gives, from the guarded page there and back; no test here disturbs the provider.
let world: StepUpWorld
beforeAll(async () => {
  world = await openStepUpWorld({
    pages: {
      '/fresh': { anyOf: ['oidc'], maxAge: '2m' },
      '/now': { anyOf: ['oidc'], maxAge: '30s' },
      '/level': { acr: [MFA], anyOf: ['oidc'] },
    },
  })
})
afterAll(() => world.close())

const withoutSecret = (url: string): string => new URL(url).pathname

describe('a step-up at the provider', () => {
  test('satisfies a route that wants any strong proof, for an account without any other authenticator', async () => {
    const ada = await signedIn(world)
    const challenge = await ada.ask()

    const page = await ada.open(await ada.prove(challenge))

    expect([challenge.status, withoutSecret(challenge.url).startsWith('/step-up/challenges/')]).toEqual([200, true])
    expect([page.status, withoutSecret(page.url), page.text]).toEqual([200, '/secret', 'shown'])
    expect((await ada.browser.get('/secret')).text).toBe('shown')
  })

  test('leaves req.user as it was, and asks the verify callback nothing', async () => {
    const ada = await signedIn(world)
    const before = await ada.me()
    const asked = world.verified.length

    await ada.open(await ada.prove(await ada.ask()))

    const after = await ada.me()
    expect(after.user).toEqual(before.user)
    expect(world.verified).toHaveLength(asked)
    expect([after.session['lineage'], after.session['handle'] === before.session['handle']]).toEqual([
      before.session['lineage'],
      false,
    ])
  })

  test('F-40 is as old as the provider’s sign-in, never as our clock', async () => {
    const ada = await signedIn(world)
    const callback = await ada.prove(await ada.ask())
    const proved = world.clock.now()
    world.clock.advance(20_000)

    await ada.open(callback)

    const { session } = await ada.me()
    expect(session['evidence']).toEqual([
      expect.objectContaining({ factor: 'oidc', strong: false, acr: 'urn:example:acr:password' }),
      expect.objectContaining({ factor: 'oidc', strong: true, acr: MFA, at: Math.floor(proved / 1_000) * 1_000 }),
    ])
  })

  test('v5.0.0-7.6.1 has the provider ask again once its own sign-in is too old', async () => {
    const ada = await signedIn(world)
    world.clock.advance(150_000)
    await ada.open(await ada.prove(await ada.ask('/fresh')))
    world.clock.advance(61_000)
    expect((await ada.browser.get('/fresh')).text).toBe('shown')
    world.clock.advance(60_000)

    const there = await ada.leave(await ada.ask('/fresh'))

    expect([there.status, there.location]).toEqual([200, undefined])
    const page = await ada.browser.follow(await ada.enter(there))
    expect(page.text).toBe('shown')
  })

  test('asks nothing of the person where the provider’s own sign-in is fresh and strong enough', async () => {
    const ada = await signedIn(world)
    await ada.open(await ada.prove(await ada.ask()))
    await ada.browser.post('/drop', {})
    world.clock.advance(30_000)

    const there = await ada.leave(await ada.ask())

    expect(there.location).toContain('/auth/callback')
    expect((await ada.open(there.location ?? '')).text).toBe('shown')
  })

  test('OIDC-REQ-05 asks for a new sign-in where the route gives little time', async () => {
    const ada = await signedIn(world)
    world.clock.advance(31_000)

    const page = await ada.open(await ada.prove(await ada.ask('/now')))

    expect(world.provider.authorizations.at(-1)).toMatchObject({ max_age: '0', prompt: 'login', acr_values: MFA })
    expect(page.text).toBe('shown')
  })

  test('OIDC-REQ-06 asks for the level that the route names, and says no more about its person', async () => {
    const ada = await signedIn(world)

    const page = await ada.open(await ada.prove(await ada.ask('/level')))

    const asked = world.provider.authorizations.at(-1) ?? {}
    expect(asked).toMatchObject({ acr_values: MFA, max_age: '150', scope: 'openid' })
    expect(Object.keys(asked).filter((name) => /hint|prompt|claims/.test(name))).toEqual([])
    expect(page.text).toBe('shown')
  })

  test('is gone with the elevation, while the login stays', async () => {
    const ada = await signedIn(world)
    await ada.open(await ada.prove(await ada.ask()))

    await ada.browser.post('/drop', {})

    const { session, user } = await ada.me()
    expect([session['state'], user]).toEqual(['live', expect.objectContaining({ name: 'ada' })])
    expect(session['evidence']).toEqual([expect.objectContaining({ factor: 'oidc', strong: false })])
    expect((await ada.ask()).url).toContain('/step-up/challenges/')
  })

  test('stands for one action only, when it was asked for one', async () => {
    const ada = await signedIn(world)
    const sent = await ada.browser.post('/transfer', { to: 'Ben' })
    const summary = await ada.open(await ada.prove(await ada.browser.follow(sent)))

    const transferred = await ada.browser.submit(summary.form('/transfer'))
    const again = await ada.browser.post('/transfer', { to: 'Ben' })

    expect(transferred.text).toBe('transferred')
    expect(again.status).toBe(303)
    expect((await ada.ask()).url).toContain('/step-up/challenges/')
    expect(world.done.filter((what) => what === 'transfer to Ben')).toHaveLength(1)
  })

  test('is told in the ledger as one story, in which no token stands', async () => {
    const ada = await signedIn(world)
    const { session } = await ada.me()
    const callback = await ada.prove(await ada.ask())
    const code = new URL(callback).searchParams.get('code') ?? ''
    await ada.open(callback)

    const story = (await world.events()).filter(({ lineage }) => lineage === session['lineage'])
    const types = story.map(({ type }) => type)
    const satisfied = story.find(({ type }) => type === 'step_up.satisfied')
    const proofs = story.filter(({ type }) => type === 'oidc.login.succeeded')
    expect(types.slice(types.indexOf('step_up.required'))).toEqual([
      'step_up.required',
      'challenge.issued',
      'oidc.login.started',
      'oidc.login.succeeded',
      'challenge.verified',
      'step_up.satisfied',
      'session.rotated',
      'access.allowed',
      'access.completed',
    ])
    expect(proofs.map(({ data }) => data)).toEqual([
      expect.objectContaining({ purpose: 'login' }),
      expect.objectContaining({ purpose: 'step_up' }),
    ])
    expect(proofs[1]?.flow).toBe(satisfied?.stepUp)
    const text = JSON.stringify(story)
    expect([code.length > 20, text.includes(code), /eyJ[\w-]{8}/.test(text)]).toEqual([true, false, false])
  })
})

describe('GET /step-up', () => {
  test('sends whoever has no session to sign in, and begins nothing', async () => {
    const ada = await signedIn(world)
    const address = wayOut(await ada.ask())

    const page = await world.browser().get(address)

    expect([page.status, page.location]).toEqual([303, expect.stringContaining('/auth/login')])
  })

  test('refuses a ticket that is not this person’s, and leads back to the challenge', async () => {
    const [ada, ben] = [await signedIn(world), await signedIn(world, 'ben')]
    const address = wayOut(await ada.ask())

    const page = await ben.browser.get(address)

    const { link, ...problem } = problemOf(page)
    expect(problem).toEqual({ status: 400, code: 'ERR_OIDC_TICKET' })
    expect(link).toBe(new URL(address, world.url).searchParams.get('return_to'))
    expect(ben.browser.cookies().filter(({ name }) => name.includes('sallyport-tx'))).toEqual([])
  })

  test('refuses a ticket that is old, missing, doubled or made up', async () => {
    const ada = await signedIn(world)
    const address = wayOut(await ada.ask())
    const ticket = new URL(address, world.url).searchParams.get('ticket') ?? ''
    const open = async (query: string): Promise<unknown> => problemOf(await ada.browser.get(`/auth/step-up${query}`))
    const refused = { status: 400, code: 'ERR_OIDC_TICKET', link: '/' }

    expect(await open('')).toEqual(refused)
    expect(await open('?ticket=made.up')).toEqual(refused)
    expect(await open(`?ticket=${ticket}&ticket=${ticket}`)).toEqual(refused)
    expect(await open(`?ticket=${ticket}`)).toMatchObject({ status: 303 })
    world.clock.advance(300_001)
    expect(await open(`?ticket=${ticket}&return_to=//evil.example`)).toEqual(refused)
  })
})
