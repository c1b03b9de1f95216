import type { LedgerEvent } from '@sallyport/audit/ledger'
import { describe, expect, test } from 'vitest'

import { createFaults } from '../../test/faults.ts'
import { keyFactor } from '../../test/key-factor.ts'
import { raceOf } from '../../test/race.ts'
import type { Person, Reply } from '../../test/person.ts'
import { providerFactor, tokenFor } from '../../test/provider-factor.ts'
import { askedAt, comeBack, openProviderWorld, proveAt, signedInBefore, type Asked } from '../../test/provider-world.ts'
import type { World, WorldOptions } from '../../test/world.ts'
import { LIMITS } from './limits.ts'

const DONE = { ok: true, more: false }

/** A person on the way to the provider, whose login is too old for what they want. */
async function onTheWay(
  path = '/again',
  options: WorldOptions = {},
): Promise<{ readonly world: World; readonly ann: Person; readonly asked: Asked }> {
  const world = await openProviderWorld(options)
  const ann = await signedInBefore(world)
  return { world, ann, asked: await askedAt(ann, path) }
}

/** What the provider says of a person who has signed in just now. */
function fresh(world: World, user = 'ann'): { readonly user: string; readonly at: number } {
  return { user, at: world.clock.now() }
}

function typesOf(events: readonly LedgerEvent[]): readonly string[] {
  return events.map(({ type }) => type)
}

async function outcomeOf(person: Person, path = '/again'): Promise<readonly unknown[]> {
  const { status, body } = await person.post(path)
  return [status, body['code'] ?? body['done']]
}

async function endsOf(world: World): Promise<readonly unknown[]> {
  const ends = await world.events('challenge.verified', 'challenge.failed', 'challenge.attempt_failed')
  return ends.map(({ type, reason }) => [type, reason])
}

async function handleOf(person: Person): Promise<unknown> {
  return (await person.get('/me')).body['handle']
}

describe('an answer that comes in by another way than its form', () => {
  test('opens the route, under a new session id whose cookie the caller sets', async () => {
    const { world, ann, asked } = await onTheWay()
    const before = await handleOf(ann)

    const back = await comeBack(ann, asked, fresh(world))

    expect([back.body, back.setsCookies]).toEqual([DONE, expect.arrayContaining(['connect.sid'])])
    expect(await outcomeOf(ann)).toEqual([200, 'again'])
    expect(await handleOf(ann)).not.toBe(before)
    expect((await world.verify()).verdict).toBe('good')
  })

  test('is one commit with its own events and those of the caller', async () => {
    const { world, ann, asked } = await onTheWay()

    await comeBack(ann, asked, fresh(world))

    const told = typesOf(await world.events()).slice(-4)
    expect(told).toEqual(['oidc.token.validated', 'challenge.verified', 'step_up.satisfied', 'session.rotated'])
  })

  test('has evidence at the time that the provider says, by its issuer, and of no authenticator', async () => {
    const { world, ann, asked } = await onTheWay()
    const at = world.clock.now() - 60_000

    await comeBack(ann, asked, { user: 'ann', at, acr: 'high', strength: ['phishing_resistant'] })

    const { evidence } = (await ann.get('/me')).body
    const proof = { factor: 'oidc', at, strong: false, issuer: 'https://idp.example', acr: 'high', amr: ['pwd'] }
    expect(evidence).toEqual([expect.anything(), { ...proof, strength: ['phishing_resistant'] }])
    expect((await world.events('challenge.verified'))[0]?.authn).toMatchObject({ acr: 'high', protocol: 'oidc' })
  })

  test('is taken when it comes in after a newer one, and leaves the newer one where it is', async () => {
    const { world, ann, asked } = await onTheWay()
    const other = await askedAt(ann, '/both-ways')
    await comeBack(ann, other, fresh(world))

    const back = await comeBack(ann, asked, { user: 'ann', at: world.clock.now() - 60_000 })

    const { evidence } = (await ann.get('/me')).body
    const newer = expect.objectContaining({ factor: 'oidc', at: world.clock.now() })
    expect([back.body, evidence]).toEqual([DONE, [expect.anything(), newer]])
  })

  test('proves an action for that action alone', async () => {
    const { world, ann, asked } = await onTheWay('/pay')

    await comeBack(ann, asked, fresh(world))

    expect(await outcomeOf(ann)).toEqual([401, 'ERR_STEP_UP_REQUIRED'])
    expect([await outcomeOf(ann, '/pay'), await outcomeOf(ann, '/pay')]).toEqual([
      [200, 'pay'],
      [401, 'ERR_STEP_UP_REQUIRED'],
    ])
  })

  test('says that more is to be proved where a second factor is demanded beside it', async () => {
    const world = await openProviderWorld()
    const ann = await signedInBefore(world)
    await ann.signIn()
    await ann.enrol('totp')
    world.clock.advance(600_000)

    const back = await proveAt(ann, fresh(world), '/both-ways')
    await ann.prove(await ann.post('/both-ways'), 'totp')

    expect(back.body).toEqual({ ok: true, more: true })
    expect(await outcomeOf(ann, '/both-ways')).toEqual([200, 'both-ways'])
  })
})

describe('what the caller has to write down together with it', () => {
  const KEY = ['links', 'ann']

  test('is committed with a success', async () => {
    const { world, ann, asked } = await onTheWay()
    const writes = [{ op: 'put', key: KEY, value: 'seen', expect: null }]
    const json = { stepUp: asked.stepUp, input: tokenFor(asked.nonce, fresh(world)), writes }

    expect((await ann.post('/callback', { json })).body).toEqual(DONE)
    expect((await world.store.get([KEY]))[0]?.value).toBe('seen')
  })

  test('refuses it where it does not hold any more: the challenge has failed, and nothing is proved', async () => {
    const { world, ann, asked } = await onTheWay()
    await world.store.commit({
      id: 'else',
      writes: [{ op: 'put', key: KEY, value: 'else', expect: null }],
      entries: [],
    })
    const writes = [{ op: 'check', key: KEY, expect: null }]
    const json = { stepUp: asked.stepUp, input: tokenFor(asked.nonce, fresh(world)), writes }

    expect((await ann.post('/callback', { json })).body).toEqual({ ok: false, reason: 'not_permitted' })
    expect(await endsOf(world)).toEqual([['challenge.failed', 'not_permitted']])
    expect(await outcomeOf(ann)).toEqual([401, 'ERR_STEP_UP_REQUIRED'])
  })

  test('is not written where the answer is refused', async () => {
    const { world, ann, asked } = await onTheWay()
    const writes = [{ op: 'put', key: KEY, value: 'seen', expect: null }]
    const json = { stepUp: asked.stepUp, input: tokenFor(asked.nonce, fresh(world, 'ben')), writes }

    expect((await ann.post('/callback', { json })).body).toEqual({ ok: false, reason: 'wrong_subject' })
    expect((await world.store.get([KEY]))[0]).toBeUndefined()
  })
})

describe('proofs of several levels', () => {
  test('stay beside each other: routes that demand different ones do not take them from each other', async () => {
    const { world, ann } = await onTheWay()
    await proveAt(ann, { ...fresh(world), acr: 'high' }, '/high')
    await proveAt(ann, { ...fresh(world), acr: 'middle' }, '/middle')

    expect([await outcomeOf(ann, '/high'), await outcomeOf(ann, '/middle')]).toEqual([
      [200, 'high'],
      [200, 'middle'],
    ])
  })
})

describe('a proof that is not what was demanded', () => {
  async function refusedWith(path: string, said: object): Promise<unknown> {
    const { world, ann, asked } = await onTheWay(path)
    const before = await handleOf(ann)
    const back = await comeBack(ann, asked, { ...fresh(world), ...said })
    const [end] = await world.events('challenge.failed')
    const isSame = before === (await handleOf(ann))
    return [back.body, end?.reason, isSame, await outcomeOf(ann, path)]
  }
  const refused = (reason: string): unknown => [{ ok: false, reason }, reason, true, [401, 'ERR_STEP_UP_REQUIRED']]

  test('OIDC-IDT-11 ends the challenge as too old when the provider did not ask the person again', async () => {
    expect(await refusedWith('/again', { at: 1 })).toEqual(refused('factor_too_old'))
  })

  test('F-40 ends the challenge when the provider does not say when it asked', async () => {
    expect(await refusedWith('/again', { at: 0 })).toEqual(refused('factor_too_old'))
  })

  test('ends the challenge when the provider is ahead of our clock', async () => {
    expect(await refusedWith('/again', { at: 4_000_000_000_000 })).toEqual(refused('factor_too_old'))
  })

  test('F-40 OIDC-IDT-10 ends the challenge when the provider gave another level, or none', async () => {
    expect(await refusedWith('/high', { acr: 'middle' })).toEqual(refused('level_not_reached'))
    expect(await refusedWith('/high', {})).toEqual(refused('level_not_reached'))
  })

  test('ends the challenge when it is no second factor and one is demanded', async () => {
    expect(await refusedWith('/plain', { strong: false })).toEqual(refused('factor_too_weak'))
  })

  test('ends the challenge when it does not show the strength that is demanded', async () => {
    expect(await refusedWith('/strict', { strong: true })).toEqual(refused('factor_too_weak'))
  })

  test('SU-04 sends nobody round again: the ledger has one challenge with one end, and the level that was reached', async () => {
    const { world, ann, asked } = await onTheWay('/high')

    const first = await comeBack(ann, asked, { ...fresh(world), acr: 'middle' })
    const again = await comeBack(ann, asked, { ...fresh(world), acr: 'high' })

    const told = (await world.events('challenge.issued', 'challenge.failed')).map(({ type, authn }) => [type, authn])
    expect([first.body['reason'], again.body['reason']]).toEqual(['level_not_reached', 'challenge_ended'])
    expect(told).toEqual([
      ['challenge.issued', { factor: 'oidc' }],
      ['challenge.failed', { acr: 'middle', amr: ['pwd'], factor: 'oidc', protocol: 'oidc' }],
    ])
  })

  test('SU-04 ends the challenge also where wrong answers could be given again', async () => {
    const factors = [{ ...providerFactor(), guessable: true }]
    const { world, ann, asked } = await onTheWay('/high', { stepUp: { factors: [...factors, keyFactor()] } })

    const wrong = await comeBack(ann, asked, fresh(world, 'ben'))
    const weak = await comeBack(ann, asked, fresh(world))

    expect([wrong.body['reason'], weak.body['reason']]).toEqual(['wrong_subject', 'level_not_reached'])
    expect(await endsOf(world)).toEqual([
      ['challenge.attempt_failed', 'wrong_subject'],
      ['challenge.failed', 'level_not_reached'],
    ])
  })

  test('does as much as it can where it is strong enough', async () => {
    const { world, ann, asked } = await onTheWay('/strict')

    const said = { ...fresh(world), strong: true, strength: ['phishing_resistant'] } as const
    const back = await comeBack(ann, asked, said)

    expect([back.body, await outcomeOf(ann, '/strict')]).toEqual([DONE, [200, 'strict']])
  })
})

describe('an answer that is refused', () => {
  async function reasonOf(reply: Promise<Reply>): Promise<unknown> {
    const { status, body } = await reply
    return status === 200 ? body['reason'] : body['code']
  }

  test('OIDC-IDT-14 tells the events of the caller all the same, also when somebody else came back', async () => {
    const { world, ann, asked } = await onTheWay()
    const stranger = world.person()

    const reasons = [
      await reasonOf(comeBack(stranger, asked, fresh(world))),
      await reasonOf(comeBack(ann, { ...asked, stepUp: 'none' }, fresh(world))),
      await reasonOf(comeBack(ann, asked, fresh(world, 'ben'))),
      await reasonOf(comeBack(ann, asked, fresh(world))),
    ]

    expect(reasons).toEqual(['login_required', 'challenge_ended', 'wrong_subject', 'challenge_ended'])
    expect(await world.events('oidc.token.validated')).toHaveLength(4)
    expect(await endsOf(world)).toEqual([['challenge.failed', 'wrong_subject']])
  })

  test('F-16 is refused in another session of the same person, and in that of another', async () => {
    const { world, ann, asked } = await onTheWay()
    const [other, ben] = [world.person(), world.person()]
    await other.signIn()
    await ben.signIn('ben')

    expect(await reasonOf(comeBack(other, asked, fresh(world)))).toBe('challenge_ended')
    expect(await reasonOf(comeBack(ben, asked, fresh(world)))).toBe('challenge_ended')
    expect((await comeBack(ann, asked, fresh(world))).body).toEqual(DONE)
  })

  test('F-18 is refused when another factor took its place meanwhile, and in its own next challenge', async () => {
    const world = await openProviderWorld()
    const ann = await signedInBefore(world)
    await ann.signIn()
    await ann.enrol('totp')
    world.clock.advance(600_000)
    const asked = await askedAt(ann, '/both-ways')
    await ann.get(`${asked.url}?factor=totp`)

    const superseded = await reasonOf(comeBack(ann, asked, fresh(world)))
    const next = await ann.get(`${asked.url}?factor=oidc`)
    const before = await reasonOf(comeBack(ann, asked, fresh(world)))

    expect([superseded, next.status, before]).toEqual(['challenge_ended', 200, 'token_invalid'])
    expect(await endsOf(world)).toEqual([['challenge.failed', 'token_invalid']])
  })

  test('comes too late when the challenge has run out, or was cancelled', async () => {
    const { world, ann, asked } = await onTheWay()
    world.clock.advance(LIMITS.challengeMs)
    const late = await reasonOf(comeBack(ann, asked, fresh(world)))
    const next = await askedAt(ann)
    await ann.post(`${next.url}/cancel`)

    expect([late, await reasonOf(comeBack(ann, next, fresh(world)))]).toEqual(['expired', 'challenge_ended'])
  })

  test('F-01 changes nothing when the session went on under a new id in another tab, or has ended', async () => {
    const { world, ann, asked } = await onTheWay()
    const first = ann.copy()
    await ann.post('/step-up/elevation/drop')
    const second = ann.copy()

    const rotated = await reasonOf(comeBack(first, asked, fresh(world)))
    await ann.post('/logout')
    const ended = await reasonOf(comeBack(second, asked, fresh(world)))

    expect([rotated, ended]).toEqual(['session_rotated', 'session_ended'])
    expect((await world.events('session.rotated')).map(({ data }) => data)).toEqual([{ because: 'dropped' }])
    expect(await endsOf(world)).toEqual([])
  })

  test('F-17 is refused for more or longer texts than a factor may get', async () => {
    const { ann, asked } = await onTheWay()
    const many = Object.fromEntries(Array.from({ length: 33 }, (_, place) => [`field${place}`, '']))
    const sent = (input: object): Promise<Reply> => ann.post('/callback', { json: { stepUp: asked.stepUp, input } })

    expect(await reasonOf(sent(many))).toBe('invalid_input')
    expect(await reasonOf(sent({ token: 'a'.repeat(32_769) }))).toBe('invalid_input')
    expect(await reasonOf(sent({ token: 7 }))).toBe('invalid_input')
  })

  test('F-06 is counted: over the limit of the user even the right one waits', async () => {
    const { world, ann } = await onTheWay()
    for (let turn = 0; turn < LIMITS.userAttempts; turn += 1) await proveAt(ann, fresh(world, 'ben'))

    expect((await proveAt(ann, fresh(world))).body).toEqual({ ok: false, reason: 'too_many_attempts' })
    expect(await outcomeOf(ann)).toEqual([401, 'ERR_STEP_UP_REQUIRED'])
  })

  test('is a fault of the mounting for a factor that is not on offer, and where no session was resolved', async () => {
    const world = await openProviderWorld({
      routes: (app, { stepUp }) => {
        const answer = { stepUp: '', input: {} }
        app.post('/unoffered', async (req) => void (await stepUp.answer(req, { ...answer, factor: 'otp_sms' })))
        app.post('/unresolved', async (req) => {
          await stepUp.answer(Object.create(req), { ...answer, factor: 'oidc' })
        })
      },
    })

    const replies = [await world.person().post('/unoffered'), await world.person().post('/unresolved')]

    expect(replies.map(({ status }) => status)).toEqual([500, 500])
    expect(world.errors).toEqual(['ERR_STEP_UP_OPTION', 'ERR_STEP_UP_NO_RESOLVER'])
  })

  test('is 503 and changes nothing when the store fails, at whichever call', async () => {
    const faults = createFaults()
    const { world, ann, asked } = await onTheWay('/again', { faults })
    const codes: unknown[] = []
    for (let call = 1; call <= 200; call += 1) {
      faults.arm(call)
      const { status, body } = await comeBack(ann, asked, fresh(world))
      if (status === 200) break
      codes.push(body['code'])
    }
    faults.arm(0)

    expect([codes.length > 3, new Set(codes)]).toEqual([true, new Set(['ERR_STEP_UP_UNAVAILABLE'])])
    expect(await endsOf(world)).toEqual([['challenge.verified', undefined]])
    expect(await outcomeOf(ann)).toEqual([200, 'again'])
  })
})

describe.each(['memory', 'sqlite'] as const)('fifty at once, on %s', (store) => {
  test('F-09 of one answer are one success, and the others change nothing', async () => {
    const { world, ann, asked } = await onTheWay('/again', { store, instances: 2 })
    const json = { stepUp: asked.stepUp, input: tokenFor(asked.nonce, fresh(world)) }

    const replies = await raceOf(50, (turn) => ann.copy().post('/callback', { json, instance: turn % 2 }))

    const reasons = new Set(replies.flatMap(({ body }) => (body['ok'] === true ? [] : [body['reason']])))
    expect(replies.filter(({ body }) => body['ok'] === true)).toHaveLength(1)
    expect([...reasons].filter((reason) => reason !== 'challenge_ended' && reason !== 'session_rotated')).toEqual([])
    expect([await endsOf(world), (await world.events('session.rotated')).length]).toEqual([
      [['challenge.verified', undefined]],
      1,
    ])
  })

  test('F-09 of one answer that is not enough are one end, and all are told', async () => {
    const { world, ann, asked } = await onTheWay('/high', { store, instances: 2 })
    const json = { stepUp: asked.stepUp, input: tokenFor(asked.nonce, fresh(world)) }

    const replies = await raceOf(50, (turn) => ann.copy().post('/callback', { json, instance: turn % 2 }))

    expect(replies.filter(({ body }) => body['reason'] === 'level_not_reached')).toHaveLength(1)
    expect(await endsOf(world)).toEqual([['challenge.failed', 'level_not_reached']])
    expect(await world.events('oidc.token.validated')).toHaveLength(50)
  })
})
