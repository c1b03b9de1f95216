import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openStepUpWorld, problemOf, signedIn, storyOf, wayOut } from '../../../test/step-up-world.ts'
import type { StepUpWorld, Visitor } from '../../../test/step-up-world.ts'

let world: StepUpWorld
beforeAll(async () => {
  world = await openStepUpWorld()
})
afterAll(() => world.close())

/** Opens addresses all at once, each with the cookies that the browser has now, and gives what they are answered. */
async function atOnce(visitor: Visitor, addresses: readonly string[]): Promise<readonly number[]> {
  const cookie = visitor.browser.cookies().map(({ name, value }) => `${name}=${value}`)
  const headers = { cookie: cookie.join('; '), accept: 'text/html' }
  const answers = addresses.map(async (address) => await fetch(address, { headers, redirect: 'manual' }))
  return (await Promise.all(answers)).map(({ status }) => status)
}

describe('two tabs', () => {
  test('F-24 the answer for one action never satisfies another, wherever it is said to lead', async () => {
    const ada = await signedIn(world)
    const one = await ada.browser.follow(await ada.browser.post('/transfer', { to: 'one' }))
    const two = await ada.browser.follow(await ada.browser.post('/transfer', { to: 'two' }))
    const [first, second] = [wayOut(one), wayOut(two)].map((address) => new URL(address, world.url).searchParams)
    const crossed = new URLSearchParams({
      ticket: first?.get('ticket') ?? '',
      return_to: second?.get('return_to') ?? '',
    })

    const there = await ada.browser.follow(await ada.browser.get(`/auth/step-up?${crossed.toString()}`))
    const landed = await ada.browser.follow(await ada.enter(there))

    expect(landed.url).toContain(new URL(two.url).pathname)
    expect(wayOut(landed)).toContain('ticket=')
    const done = await ada.open(one.url)
    expect((await ada.browser.submit(done.form('/transfer'))).text).toBe('transferred')
    expect(world.done.filter((what) => what === 'transfer to two')).toEqual([])
  })

  test('F-24 finish in either order', async () => {
    const ada = await signedIn(world)
    const one = await ada.browser.follow(await ada.browser.post('/transfer', { to: 'three' }))
    const two = await ada.browser.follow(await ada.browser.post('/transfer', { to: 'four' }))
    const [first, second] = [await ada.prove(one), await ada.prove(two)]

    const late = await ada.browser.submit((await ada.open(second)).form('/transfer'))
    const early = await ada.browser.submit((await ada.open(first)).form('/transfer'))

    expect([late.text, early.text]).toEqual(['transferred', 'transferred'])
    expect(world.done.filter((what) => /three|four/.test(what))).toEqual(['transfer to four', 'transfer to three'])
  })

  test('the code of one tab is worthless with the state of the other', async () => {
    const ada = await signedIn(world)
    const one = await ada.browser.follow(await ada.browser.post('/transfer', { to: 'five' }))
    const two = await ada.browser.follow(await ada.browser.post('/transfer', { to: 'six' }))
    const [first, second] = [new URL(await ada.prove(one)), new URL(await ada.prove(two))]
    first.searchParams.set('state', second.searchParams.get('state') ?? '')

    const page = await ada.open(first.href)

    expect(page.status).toBe(403)
    expect((await storyOf(ada)).filter((told) => told.startsWith('step_up.satisfied'))).toEqual([])
  })
})

describe('the callback of a step-up', () => {
  test('v5.0.0-10.1.2 counts once', async () => {
    const ada = await signedIn(world)
    const callback = await ada.prove(await ada.ask())
    await ada.open(callback)
    const before = await world.events('challenge.verified')

    const again = await ada.browser.get(callback)

    expect([again.status, await world.events('challenge.verified')]).toEqual([400, before])
  })

  test('signs nobody in who has the transaction but no session', async () => {
    const ada = await signedIn(world)
    const callback = await ada.prove(await ada.ask())
    const [transaction] = ada.browser.cookies().filter(({ name }) => name.includes('sallyport-tx'))
    const stranger = world.browser()

    const page = await stranger.get(callback, { cookie: `${transaction?.name}=${transaction?.value}` })

    expect(problemOf(page)).toMatchObject({ status: 403, code: 'ERR_OIDC_SESSION_CHANGED' })
    expect(JSON.parse((await stranger.get('/me')).text)).toMatchObject({ user: null, session: { state: 'anonymous' } })
  })
})

describe('a step-up at the provider, answered many times at once', () => {
  test('v5.0.0-10.1.2 counts once when fifty callbacks bring the same answer', async () => {
    const ada = await signedIn(world)
    const { session } = await ada.me()
    const callback = await ada.prove(await ada.ask())

    const statuses = await atOnce(
      ada,
      Array.from({ length: 50 }, () => callback),
    )

    expect(statuses.filter((status) => status === 303)).toHaveLength(1)
    expect(statuses.filter((status) => status !== 303 && status !== 400 && status !== 403)).toEqual([])
    const told = await storyOf(ada, session['lineage'])
    expect(told.filter((one) => /verified|satisfied|rotated/.test(one))).toEqual([
      'challenge.verified',
      'step_up.satisfied',
      'session.rotated',
    ])
  })

  test('F-18 counts once when several round trips bring proof for the same challenge', async () => {
    const ada = await signedIn(world)
    const challenge = await ada.ask()
    const callbacks = [await ada.prove(challenge)]
    for (let trip = 0; trip < 3; trip += 1) callbacks.push(await ada.prove(challenge))
    const before = await world.events('challenge.verified')

    const statuses = await atOnce(ada, callbacks)

    expect(statuses.filter((status) => status === 303)).toHaveLength(1)
    expect(await world.events('challenge.verified')).toHaveLength(before.length + 1)
  })
})
