import { describe, expect, test } from 'vitest'

import { raceOf } from '../../test/race.ts'
import { answer, begin, nonceOf, openSignInWorld, passkeyOf, signInWith } from '../../test/sign-in-world.ts'
import { LIMITS } from './limits.ts'

describe('signing in with a passkey', () => {
  test('signs in whoever proves a passkey, without saying who they are, and counts it as strong', async () => {
    const world = await openSignInWorld()
    const passkey = await passkeyOf(world)
    const ann = world.person()

    const signedIn = await signInWith(ann, passkey)
    const me = await ann.get('/me')

    expect(signedIn).toMatchObject({ status: 200, body: { ok: true, returnTo: '/' } })
    expect(me.body).toMatchObject({ state: 'live', user: 'ann', account: 'ann@example.com' })
    expect(me.body['evidence']).toMatchObject([
      { factor: 'webauthn', strong: true, strength: ['phishing_resistant', 'user_verified'] },
    ])
    expect((await ann.get('/secret')).status).toBe(200)
  })

  test('writes down the session and what proves it in one story', async () => {
    const world = await openSignInWorld()
    const passkey = await passkeyOf(world)
    const begun = await begin(world.person())
    const ann = world.person()
    await signInWith(ann, passkey)

    const [allowed] = (await world.events('access.allowed')).slice(-1)
    const [started] = (await world.events('session.started')).slice(-1)

    expect(allowed).toMatchObject({
      outcome: 'success',
      data: { requirement: 'sign_in' },
      authn: { factor: 'webauthn' },
    })
    expect(allowed?.flow).toBe(started?.flow)
    expect(allowed?.lineage).toBe(started?.lineage)
    expect(allowed && (await world.audit.reveal(allowed))).toHaveProperty('detail.signature')
    expect(JSON.stringify(await world.events())).not.toContain(nonceOf(begun))
    expect(await world.verify()).toMatchObject({ verdict: 'good' })
  })

  test('F-01 v5.0.0-7.2.4 gives the session a new id, and none of the old one works', async () => {
    const world = await openSignInWorld()
    const passkey = await passkeyOf(world)
    const ann = world.person()
    await ann.signIn('ben')
    const before = ann.copy()

    await signInWith(ann, passkey)

    expect(ann.sessionCookie).not.toBe(before.sessionCookie)
    expect((await ann.get('/me')).body).toMatchObject({ user: 'ann' })
    expect((await before.get('/me')).body).toMatchObject({ state: 'ended', because: 'replaced' })
  })

  test('v5.0.0-7.6.2 begins no session by a visit, and writes nothing for a stranger', async () => {
    const world = await openSignInWorld()
    const person = world.person()
    const before = await world.store.size()

    const begun = await begin(person)

    expect(begun.status).toBe(200)
    expect(begun.setsCookies).not.toContain('connect.sid')
    expect(person.sessionCookie).toBeUndefined()
    expect(await world.store.size()).toBe(before)
    expect(await world.store.list(['sign-in'], { limit: 10 })).toEqual([])
  })

  test('F-43 opens nothing while the sign-in is pending', async () => {
    const world = await openSignInWorld()
    const person = world.person()

    await begin(person)

    expect((await person.get('/me')).body).toMatchObject({ state: 'anonymous' })
    expect((await person.get('/secret')).status).toBe(401)
    expect((await person.get('/step-up/authenticators')).status).toBe(401)
  })

  test('F-18 takes a second answer to no challenge, though the first one was wrong', async () => {
    const world = await openSignInWorld()
    const passkey = await passkeyOf(world)
    const person = world.person()
    const begun = await begin(person)

    const wrong = await answer(person, begun, { passkey, changed: { code: 'wrong' } })
    const right = await answer(person, begun, { passkey })

    expect(wrong).toMatchObject({ status: 422, body: { code: 'ERR_STEP_UP_PASSKEY' } })
    expect(right).toMatchObject({ status: 410, body: { code: 'ERR_STEP_UP_ENDED' } })
    expect((await person.get('/me')).body).toMatchObject({ state: 'anonymous' })
  })

  test('F-18 takes the cookie of a challenge that was answered for no second sign-in', async () => {
    const world = await openSignInWorld()
    const passkey = await passkeyOf(world)
    const person = world.person()
    const begun = await begin(person)
    const thief = person.copy()
    await answer(person, begun, { passkey })

    const again = await answer(thief, begun, { passkey })

    expect(again.status).toBe(410)
    expect((await thief.get('/me')).body).toMatchObject({ state: 'anonymous' })
  })

  test('F-14 refuses a passkey that did not verify its user', async () => {
    const world = await openSignInWorld()
    const passkey = await passkeyOf(world)
    const person = world.person()

    const refused = await signInWith(person, passkey, { verified: 'no' })

    expect(refused).toMatchObject({ status: 422, body: { code: 'ERR_STEP_UP_PASSKEY' } })
    expect(await world.events('access.denied')).toMatchObject([{ reason: 'user_not_verified' }])
  })

  test('takes an answer only from the browser that opened the sign-in', async () => {
    const world = await openSignInWorld()
    const passkey = await passkeyOf(world)
    const begun = await begin(world.person())

    const refused = await answer(world.person(), begun, { passkey })

    expect(refused).toMatchObject({ status: 410, body: { code: 'ERR_STEP_UP_ENDED' } })
    expect(await world.events('access.denied')).toMatchObject([{ reason: 'transaction_unknown' }])
  })

  test('takes no answer after five minutes', async () => {
    const world = await openSignInWorld()
    const passkey = await passkeyOf(world)
    const person = world.person()
    const begun = await begin(person)
    world.clock.advance(LIMITS.signInMs)

    const late = await answer(person, begun, { passkey })

    expect(late.status).toBe(410)
    expect(await world.events('access.denied')).toMatchObject([{ reason: 'expired' }])
  })

  test('hands the request with its fresh session to the application', async () => {
    const seen: string[] = []
    const logIn = async (req: { sessionID: string }, user: string): Promise<void> => void seen.push(user, req.sessionID)
    const world = await openSignInWorld({}, { logIn })
    const passkey = await passkeyOf(world)
    const person = world.person()

    await signInWith(person, passkey)

    expect(seen[0]).toBe('ann')
    expect(person.sessionCookie).toContain(seen[1])
  })

  test('lets one passkey sign in to several browsers at once, each use counted', async () => {
    const world = await openSignInWorld()
    const passkey = await passkeyOf(world)

    const answers = await raceOf(4, async () => await signInWith(world.person(), passkey))

    const [found] = await world.store.list(['authenticator', 'ann'], { limit: 1 })
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200])
    expect(found?.value).toMatchObject({ uses: 4 })
  })
})

describe('a refused sign-in', () => {
  test('WA-AUTH-10 v5.0.0-6.3.8 WEB-14 looks the same for an unknown passkey, a wrong answer, and whoever may not sign in', async () => {
    const world = await openSignInWorld({}, { load: async () => undefined })
    const passkey = await passkeyOf(world)

    const unknown = await signInWith(world.person(), { name: 'nobody', secret: 'x' })
    const wrong = await signInWith(world.person(), passkey, { code: 'wrong' })
    const unverified = await signInWith(world.person(), passkey, { verified: 'no' })
    const unwanted = await signInWith(world.person(), passkey)
    const shapeless = await signInWith(world.person(), passkey, { name: '' })

    const seen = [unknown, wrong, unverified, unwanted, shapeless].map(({ status, text }) => ({ status, text }))
    expect(new Set(seen.map((one) => JSON.stringify(one))).size).toBe(1)
    expect(seen[0]?.status).toBe(422)
  })

  test('says in the ledger why, and who it would have been when the passkey is known', async () => {
    const world = await openSignInWorld()
    const passkey = await passkeyOf(world)

    await signInWith(world.person(), { name: 'nobody', secret: 'x' })
    await signInWith(world.person(), passkey, { code: 'wrong' })

    const denied = await world.events('access.denied')
    const [started] = await world.events('session.started')
    expect(denied.map(({ reason }) => reason)).toEqual(['authenticator_unknown', 'signature_invalid'])
    expect(denied.map(({ actor }) => actor?.id)).toEqual([undefined, started?.actor?.id])
    expect(denied[1]?.authn?.authenticator).toMatch(/^[0-9A-Z]{26}$/)
  })

  test('is what a locked user and a disabled passkey get', async () => {
    const world = await openSignInWorld()
    const [ann, ben] = [await passkeyOf(world, 'ann'), await passkeyOf(world, 'ben')]
    await change(world, ['user', 'ann'], { locked: true })
    await change(world, ['authenticator', 'ben'], { disabled: true })

    const answers = [await signInWith(world.person(), ann), await signInWith(world.person(), ben)]

    expect(answers.map(({ status, body }) => [status, body['code']])).toEqual([
      [422, 'ERR_STEP_UP_PASSKEY'],
      [422, 'ERR_STEP_UP_PASSKEY'],
    ])
    expect((await world.events('access.denied')).map(({ reason }) => reason)).toEqual([
      'account_locked',
      'authenticator_disabled',
    ])
  })
})

type SignInWorld = Awaited<ReturnType<typeof openSignInWorld>>

/** Changes a record as an administrator's work would. */
async function change(
  world: SignInWorld,
  prefix: readonly string[],
  members: Readonly<Record<string, boolean>>,
): Promise<void> {
  const [found] = prefix[0] === 'user' ? await world.store.get([prefix]) : await world.store.list(prefix, { limit: 1 })
  if (found === undefined || typeof found.value !== 'object' || found.value === null)
    throw new Error('change: no record')
  const value = Object.assign({}, found.value, members)
  const write = { op: 'put', key: found.key, value, expect: found.version } as const
  await world.store.commit({ id: `change-${prefix.join('-')}`, writes: [write], entries: [] })
}
