import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { openStepUpWorld, problemOf, signedIn, storyOf, wayOut } from '../../../test/step-up-world.ts'
import type { BrowserPage } from '@sallyport/testing'
import type { StepUpWorld, Visitor } from '../../../test/step-up-world.ts'

// What a step-up at the provider does not give. The world is the same for all; faults are cleared after each test.
let world: StepUpWorld
beforeAll(async () => {
  world = await openStepUpWorld()
})
afterEach(() => world.provider.clear())
afterAll(() => world.close())

const roundTrips = (): number => world.provider.requests.filter((path) => path === '/auth').length

/** Where all that a page leads to by itself or by its link ends, and how often the provider was reached on the way. */
async function followAll(visitor: Visitor, page: BrowserPage): Promise<{ next: BrowserPage; trips: number }> {
  const before = roundTrips()
  const next = await visitor.open(problemOf(page).link)
  return { next, trips: roundTrips() - before }
}

async function refusedBy(fault: Parameters<StepUpWorld['provider']['fault']>[0]): Promise<{
  ada: Visitor
  page: BrowserPage
}> {
  const ada = await signedIn(world)
  const challenge = await ada.ask()
  world.provider.fault(fault)
  const page = await ada.open(await ada.prove(challenge))
  return { ada, page }
}

describe('a step-up that the provider does not reach', () => {
  test('SU-04 OIDC-IDT-10 ends with a clear 403 after one round trip, for a lower level', async () => {
    const { ada, page } = await refusedBy('downgraded_acr')

    expect(problemOf(page)).toMatchObject({ status: 403, code: 'ERR_OIDC_ACR' })
    expect(page.text).toContain('You are still signed in as before.')
    expect(await storyOf(ada)).toEqual([
      'step_up.required factor_missing',
      'challenge.issued',
      'oidc.login.started',
      'oidc.login.failed level_not_reached',
      'challenge.failed level_not_reached',
    ])
    const { next, trips } = await followAll(ada, page)
    expect([next.status, next.location, /http-equiv="refresh"/i.test(next.text), trips]).toEqual([
      200,
      undefined,
      false,
      0,
    ])
    expect(wayOut(next)).toContain('/auth/step-up?ticket=')
    expect(world.done).toEqual([])
  })

  test('SU-04 F-40 ends the same way when the level is missing', async () => {
    const { ada, page } = await refusedBy('missing_acr')

    expect(problemOf(page)).toMatchObject({ status: 403, code: 'ERR_OIDC_ACR' })
    expect(await storyOf(ada)).toContain('challenge.failed level_not_reached')
    expect((await followAll(ada, page)).trips).toBe(0)
  })

  test('F-40 OIDC-IDT-11 ends the same way when the sign-in is old or of unknown time', async () => {
    const old = await refusedBy('stale_auth_time')
    world.provider.clear()
    const unknown = await refusedBy('missing_auth_time')

    expect(problemOf(old.page)).toMatchObject({ status: 403, code: 'ERR_OIDC_AUTH_TIME' })
    expect(problemOf(unknown.page)).toMatchObject({ status: 403, code: 'ERR_OIDC_AUTH_TIME' })
    expect(await storyOf(old.ada)).toContain('challenge.failed factor_too_old')
    expect(await storyOf(unknown.ada)).toContain('challenge.failed factor_too_old')
    expect((await followAll(old.ada, old.page)).trips).toBe(0)
  })

  test('leaves the session as it was: signed in, with its login and nothing more', async () => {
    const { ada } = await refusedBy('downgraded_acr')

    const { session } = await ada.me()

    expect(session['state']).toBe('live')
    expect(session['evidence']).toEqual([expect.objectContaining({ factor: 'oidc', strong: false })])
  })

  test('lets the same person try once more, when they want to', async () => {
    const { ada, page } = await refusedBy('downgraded_acr')
    world.provider.clear()

    const { next } = await followAll(ada, page)

    expect((await ada.open(await ada.prove(next))).text).toBe('shown')
  })
})

describe('a step-up that was not finished', () => {
  test('stays open when the person says no at the provider', async () => {
    const { ada, page } = await refusedBy('access_denied')
    world.provider.clear()

    expect(problemOf(page)).toMatchObject({ status: 403, code: 'ERR_OIDC_DENIED' })
    expect((await storyOf(ada)).at(-1)).toBe('oidc.login.failed user_denied')
    const { next, trips } = await followAll(ada, page)
    expect([trips, (await ada.open(await ada.prove(next))).text]).toEqual([0, 'shown'])
    expect((await storyOf(ada)).filter((told) => told === 'challenge.issued')).toHaveLength(1)
  })

  test('stays open when the provider cannot be reached, before and after', async () => {
    const ada = await signedIn(world)
    const challenge = await ada.ask()
    const callback = await ada.prove(challenge)
    world.provider.fault('down')

    const [after, before] = [await ada.browser.get(callback), await ada.browser.get(wayOut(challenge))]
    world.provider.clear()

    expect(problemOf(after)).toMatchObject({ status: 503, code: 'ERR_OIDC_PROVIDER_UNAVAILABLE' })
    expect(before.status).toBe(503)
    expect(problemOf(before).link).toBe(problemOf(after).link)
    const { next } = await followAll(ada, after)
    expect((await ada.open(await ada.prove(next))).text).toBe('shown')
  })

  test('is over when it took longer than its challenge', async () => {
    const ada = await signedIn(world)
    const callback = await ada.prove(await ada.ask())
    world.clock.advance(300_001)

    const page = await ada.open(callback)

    expect(problemOf(page)).toMatchObject({ status: 400, code: 'ERR_OIDC_STEP_UP_ENDED' })
    expect((await followAll(ada, page)).next.status).toBe(200)
  })

  test('is over when it was cancelled in another tab', async () => {
    const ada = await signedIn(world)
    const challenge = await ada.ask()
    const callback = await ada.prove(challenge)
    const { action, fields } = challenge.form('/cancel')
    await ada.browser.post(action, fields, { origin: world.url, 'sec-fetch-site': 'same-origin' })

    const page = await ada.open(callback)

    expect(problemOf(page)).toMatchObject({ status: 400, code: 'ERR_OIDC_STEP_UP_ENDED' })
    expect(await storyOf(ada)).not.toContain('step_up.satisfied')
  })
})

describe('whose step-up it is', () => {
  test('OIDC-IDT-14 F-16 refuses another person of the provider, and leaves the session alone', async () => {
    const ada = await signedIn(world)
    const before = await ada.me()
    const there = await ada.leave(await ada.ask())

    const page = await ada.open(await ada.answer(there, 'ben'))

    expect(problemOf(page)).toMatchObject({ status: 403, code: 'ERR_OIDC_WRONG_SUBJECT' })
    expect(await ada.me()).toEqual(before)
    expect((await storyOf(ada)).slice(-2)).toEqual([
      'oidc.login.failed wrong_subject',
      'challenge.failed wrong_subject',
    ])
    expect((await followAll(ada, page)).trips).toBe(0)
  })

  test('has a way out when the provider’s own session is somebody else’s: next time, people choose there', async () => {
    const ada = await signedIn(world)
    const there = await ada.leave(await ada.ask())
    const { next } = await followAll(ada, await ada.open(await ada.answer(there, 'ben')))

    const chooses = await ada.leave(next)

    expect(world.provider.authorizations.at(-1)?.['prompt']).toBe('select_account')
    expect((await ada.open(await ada.answer(chooses, 'ada'))).text).toBe('shown')
  })

  test('stands in every event of it, also where somebody else signed in', async () => {
    const ada = await signedIn(world)
    const there = await ada.leave(await ada.ask())
    await ada.open(await ada.answer(there, 'ben'))

    const told = await world.events('challenge.issued', 'oidc.login.started', 'oidc.login.failed', 'challenge.failed')
    const last = told.slice(-4)
    expect(last.map(({ type }) => type).toSorted()).toEqual([
      'challenge.failed',
      'challenge.issued',
      'oidc.login.failed',
      'oidc.login.started',
    ])
    expect([last[0]?.actor?.id === undefined, new Set(last.map(({ actor }) => actor?.id)).size]).toEqual([false, 1])
  })

  test('refuses a session that ended meanwhile, and signs nobody in', async () => {
    const ada = await signedIn(world)
    const { session } = await ada.me()
    const callback = await ada.prove(await ada.ask())
    await ada.browser.post('/end', {})

    const page = await ada.open(callback)

    expect(problemOf(page)).toMatchObject({ status: 403, code: 'ERR_OIDC_SESSION_CHANGED' })
    expect((await ada.me()).user).toBeNull()
    expect((await storyOf(ada, session['lineage'])).at(-1)).toBe('oidc.login.failed session_ended')
  })

  test('refuses the same person in another session of theirs', async () => {
    const ada = await signedIn(world)
    const { session } = await ada.me()
    const callback = await ada.prove(await ada.ask())
    await ada.browser.post('/end', {})
    await ada.browser.follow(await ada.browser.get('/auth/login?return_to=/me'))

    const page = await ada.open(callback)

    expect(problemOf(page)).toMatchObject({ status: 403, code: 'ERR_OIDC_SESSION_CHANGED' })
    expect((await ada.me()).session['state']).toBe('live')
    expect(await storyOf(ada, session['lineage'])).not.toContain('step_up.satisfied')
  })

  test('accepts the same session under a new id', async () => {
    const ada = await signedIn(world)
    const callback = await ada.prove(await ada.ask())
    await ada.browser.post('/drop', {})

    expect((await ada.open(callback)).text).toBe('shown')
  })
})
