import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startDropInWorld } from '../../test/drop-in-world.ts'
import type { Case, DropInWorld, Outcome, Side } from '../../test/drop-in-world.ts'

// The same verify callback and the same options of Passport, once behind passport-openidconnect and once behind ours.

let world: DropInWorld
beforeAll(async () => {
  world = await startDropInWorld()
})
afterAll(() => world.close())

type Done = (error: unknown, user?: unknown, info?: unknown) => void
const PERSON = { id: 'ada', name: 'Ada' }

/** A verify callback of three parameters that answers so. */
function answering(answer: (done: Done) => unknown): (issuer: string, profile: object, done: Done) => unknown {
  return (_issuer, _profile, done) => answer(done)
}

interface Ended extends Outcome {
  /** What Passport left in the session for the next page. */
  readonly messages: unknown
}

async function ends(side: Side, one: Case): Promise<Ended> {
  world.serve(one)
  const browser = world.browser()
  const outcome = await world.signIn(side, browser)
  const messages: unknown = JSON.parse((await browser.get('/messages')).text)
  const { authInfo, ...seen } = outcome.seen
  // The one thing that ours adds.
  const { oidc: _, ...rest }: { readonly oidc?: unknown } = Object(authInfo)
  return { ...outcome, seen: { ...seen, ...(authInfo === undefined ? {} : { authInfo: rest }) }, messages }
}

/** Runs both and gives how it ended, after comparing. */
async function bothEnd(one: Case): Promise<Ended> {
  const parent = await ends('parent', one)

  expect(await ends('ours', one)).toEqual(parent)

  return parent
}

describe('as behind passport-openidconnect, a verify callback', () => {
  test('that gives a user signs them in', async () => {
    const ended = await bothEnd({ verify: answering((done) => done(null, PERSON)) })

    expect([ended.status, ended.seen['user']]).toEqual([200, PERSON])
  })

  test('that says something beside the user is found in req.authInfo', async () => {
    const ended = await bothEnd({ verify: answering((done) => done(null, PERSON, { greeting: 'Welcome' })) })

    expect(ended.seen['authInfo']).toEqual({ greeting: 'Welcome' })
  })

  test('that says it as text has it shown as a message', async () => {
    const verify = answering((done) => done(null, PERSON, { message: 'Welcome' }))
    const asText = answering((done) => done(null, PERSON, 'Welcome'))
    const callback = { successMessage: true, successRedirect: '/home' }

    expect((await bothEnd({ verify, callback })).messages).toEqual(['Welcome'])
    expect([
      await ends('parent', { verify: asText, callback }),
      await ends('ours', { verify: asText, callback }),
    ]).toEqual([
      expect.objectContaining({ messages: ['Welcome'], location: `${world.url}/home` }),
      expect.objectContaining({ messages: ['Welcome'], location: `${world.url}/home` }),
    ])
  })

  test('that gives no user but a reason sends people where failureRedirect says, with the reason', async () => {
    const verify = answering((done) => done(null, false, { message: 'Not on the list' }))

    const ended = await bothEnd({ verify, callback: { failureRedirect: '/sorry', failureMessage: true } })

    expect(ended).toMatchObject({ location: `${world.url}/sorry`, messages: ['Not on the list'] })
  })

  test('that gives no user and text as the reason has it as the message too', async () => {
    const verify = answering((done) => done(null, false, 'Not on the list'))

    const ended = await bothEnd({ verify, callback: { failureRedirect: '/sorry', failureMessage: true } })

    expect(ended.messages).toEqual(['Not on the list'])
  })

  test('that gives no user leaves the words to failureMessage where that is text', async () => {
    const verify = answering((done) => done(null, false))

    const ended = await bothEnd({ verify, callback: { failureRedirect: '/sorry', failureMessage: 'Ask the office.' } })

    expect(ended.messages).toEqual(['Ask the office.'])
  })

  test('that gives a status with no user decides on the answer', async () => {
    expect((await bothEnd({ verify: answering((done) => done(null, false, 429)) })).status).toBe(429)
  })

  test('that gives an error hands this very error to the error handler', async () => {
    const error = new RangeError('the directory is down')

    const ended = await bothEnd({ verify: answering((done) => done(error)) })

    expect([ended.status, ended.seen['error']]).toEqual([500, error])
  })

  test('that throws is called once, and its error goes to the error handler', async () => {
    const error = new RangeError('the directory is down')
    let calls = 0
    const verify = answering(() => {
      calls += 1
      throw error
    })

    const ended = await bothEnd({ verify })

    expect([ended.status, ended.seen['error'], calls]).toEqual([500, error, 2])
  })

  test('that is async and answers later signs in, too', async () => {
    const verify = answering(async (done) => {
      await new Promise((resolve) => void setImmediate(resolve))
      done(null, PERSON)
    })

    expect((await bothEnd({ verify })).seen['user']).toEqual(PERSON)
  })
})

describe('as behind passport-openidconnect, Passport', () => {
  const verify = answering((done) => done(null, PERSON, { greeting: 'Welcome' }))

  test('keeps an account that passport.authorize links apart from the user', async () => {
    const ended = await bothEnd({ verify, authorize: true })

    expect(ended.seen).toEqual({ account: PERSON, user: undefined, authInfo: { greeting: 'Welcome' } })
  })

  test('goes where successRedirect says', async () => {
    expect((await bothEnd({ verify, callback: { successRedirect: '/home' } })).location).toBe(`${world.url}/home`)
  })

  test('goes where the person was going, as successReturnToOrRedirect finds it in the session', async () => {
    const callback = { successReturnToOrRedirect: '/home' }

    expect((await bothEnd({ verify, callback, returnTo: '/wanted' })).location).toBe(`${world.url}/wanted`)
    expect((await bothEnd({ verify, callback })).location).toBe(`${world.url}/home`)
  })

  test('puts the user where assignProperty says, with no session', async () => {
    const ended = await bothEnd({ verify, callback: { assignProperty: 'account' } })

    expect([ended.seen['account'], ended.seen['user']]).toEqual([PERSON, undefined])
  })

  test('leaves req.authInfo alone when authInfo is false', async () => {
    expect((await bothEnd({ verify, callback: { authInfo: false } })).seen).toEqual({ user: PERSON })
  })

  test('hands a failure on as an error when failWithError says so', async () => {
    const refusing = answering((done) => done(null, false, 418))

    const ended = await bothEnd({ verify: refusing, callback: { failWithError: true } })

    expect(ended.seen['error']).toMatchObject({ name: 'AuthenticationError', status: 418 })
  })

  test('gives the state of the login route back in req.authInfo', async () => {
    const login = { state: { basket: [1, 2], from: '/checkout' } }

    const ended = await bothEnd({ verify, login })

    expect(ended.seen['authInfo']).toEqual({ greeting: 'Welcome', state: login.state })
  })

  test('gives a state that is text back as text', async () => {
    expect((await bothEnd({ verify, login: { state: 'checkout' } })).seen['authInfo']).toMatchObject({
      state: 'checkout',
    })
  })

  test('v5.0.0-10.1.2 never sends that state to the provider', async () => {
    world.serve({ verify, login: { state: 'checkout' }, options: { pushedRequests: 'never' } })

    expect(Object.values(await world.asks('ours')).join(' ')).not.toContain('checkout')
  })
})

describe('as behind passport-openidconnect, skipUserProfile', () => {
  const email = { id: 'u', email: 'ada@example.test' }
  const none = { id: 'u', email: undefined }
  const verify = (_issuer: string, profile: { emails?: { value: string }[] }, done: Done): void =>
    done(null, { id: 'u', email: profile.emails?.[0]?.value })
  const skipping = (skipUserProfile: unknown): Case => ({ verify, options: { scope: 'email', skipUserProfile } })

  test('left out asks UserInfo for no callback of three parameters', async () => {
    expect((await bothEnd(skipping(undefined))).seen['user']).toEqual(none)
  })

  test('as a constant asks or does not', async () => {
    expect((await bothEnd(skipping(false))).seen['user']).toEqual(email)
    expect((await bothEnd(skipping(true))).seen['user']).toEqual(none)
  })

  test('as a function is asked with the request and the claims', async () => {
    const skip = (req: { path: string }, claims: { sub: string }): boolean =>
      !req.path.endsWith('/callback') || claims.sub !== 'ada'

    expect((await bothEnd(skipping(skip))).seen['user']).toEqual(email)
  })

  test('as a function of three parameters answers through the third', async () => {
    const skip = (_req: unknown, _claims: unknown, done: (error: null, skip: boolean) => void): void =>
      done(null, false)

    expect((await bothEnd(skipping(skip))).seen['user']).toEqual(email)
  })

  test('that fails is an error', async () => {
    const skip = (_req: unknown, _claims: unknown, done: (error: Error) => void): void => done(new RangeError('no'))
    world.serve(skipping(skip))

    expect([(await world.signIn('parent')).status, (await world.signIn('ours')).status]).toEqual([500, 500])
  })
})
