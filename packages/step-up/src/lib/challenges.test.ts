import { describe, expect, test } from 'vitest'

import { raceOf } from '../../test/race.ts'
import { door, holding } from '../../test/door.ts'
import { formOf, PAGE, type PageForm } from '../../test/page-form.ts'
import type { Person, Reply } from '../../test/person.ts'
import { openWorld, type World, type WorldOptions } from '../../test/world.ts'
import { LIMITS } from './limits.ts'

/** A person with a key, at the challenge of one step-up. */
async function atChallenge(
  options: WorldOptions = {},
  factors: readonly string[] = ['webauthn'],
): Promise<{ readonly world: World; readonly ann: Person; readonly url: string; readonly verifyUrl: string }> {
  const world = await openWorld(options)
  const ann = world.person()
  await ann.signIn()
  for (const factor of factors) {
    await ann.enrol(factor)
    world.clock.advance(30_000)
  }
  const { body } = await ann.post('/plain')
  const url = String(body['challengeUrl'])
  const challenge = await ann.get(url)
  return { world, ann, url, verifyUrl: String(challenge.body['verifyUrl']) }
}

function answering(code: unknown): { readonly json: object } {
  return { json: { code } }
}

function outcome({ status, body }: Reply): readonly unknown[] {
  return [status, body['code']]
}

async function countOf(world: World, ...types: Parameters<World['events']>): Promise<number> {
  return (await world.events(...types)).length
}

/** Sends a challenge page's form with the right answer. */
async function submit(person: Person, { action, fields }: PageForm): Promise<Reply> {
  const code = person.code(action.includes('/totp/') ? 'totp' : 'webauthn')
  return await person.post(action, { form: { ...fields, code }, ...PAGE })
}

const ENDS = [
  'challenge.verified',
  'challenge.expired',
  'challenge.superseded',
  'challenge.cancelled',
  'challenge.locked',
] as const

describe('wrong answers', () => {
  test('F-06 are counted: the fifth to one challenge ends it, and then even the right one is refused', async () => {
    const { world, ann, url, verifyUrl } = await atChallenge()

    const wrong = await raceless(5, () => ann.post(verifyUrl, answering('wrong')))
    const right = await ann.post(verifyUrl, answering(ann.code('webauthn')))
    const next = await ann.get(url)

    expect(wrong.map(outcome)).toEqual([...Array(4).fill([422, 'ERR_STEP_UP_WRONG_CODE']), [429, 'ERR_STEP_UP_LIMIT']])
    expect(outcome(right)).toEqual([410, 'ERR_STEP_UP_ENDED'])
    expect(await world.events('challenge.locked')).toMatchObject([{ outcome: 'failure', reason: 'too_many_attempts' }])
    expect([next.status, await countOf(world, 'challenge.issued')]).toEqual([200, 2])
  })

  test('F-06 a thousand of them use up no more than the ten tries of an authenticator, and then the right one waits', async () => {
    const { world, ann, url } = await atChallenge()
    const answers: Reply[] = []
    for (let turn = 0; turn < 200; turn += 1) {
      const { body } = await ann.get(url)
      answers.push(...(await raceOf(5, () => ann.post(String(body['verifyUrl']), answering('wrong')))))
    }
    const before = await ann.prove(await ann.post('/plain'))
    world.clock.advance(LIMITS.authenticatorWindowMs)
    const after = await ann.postProving('/plain', {})

    const tried = (await world.events('challenge.attempt_failed')).filter(({ reason }) => reason === 'wrong_code')
    expect(answers).toHaveLength(1_000)
    expect(tried).toHaveLength(LIMITS.authenticatorAttempts)
    expect(answers.every(({ status }) => status === 422 || status === 429 || status === 410)).toBe(true)
    expect([outcome(before), after.status]).toEqual([[429, 'ERR_STEP_UP_LIMIT'], 200])
    expect((await world.verify()).problems).toEqual([])
  }, 60_000)

  test('F-07 of a parallel burst are counted one by one', async () => {
    const { world, ann, verifyUrl } = await atChallenge()

    const answers = await raceOf(50, () => ann.copy().post(verifyUrl, answering('wrong')))

    const tried = (await world.events('challenge.attempt_failed')).filter(({ reason }) => reason === 'wrong_code')
    expect(tried).toHaveLength(LIMITS.challengeAttempts)
    expect(await countOf(world, 'challenge.locked')).toBe(1)
    expect(answers.every(({ status }) => status === 422 || status === 429 || status === 410)).toBe(true)
  })

  test('F-07 that were judged while the right one ended the challenge are no attempts on what has ended', async () => {
    const gate = door()
    const { world, ann, verifyUrl } = await atChallenge({ faults: holding('challenge.attempt_failed', gate) })
    const slow = ann.copy().post(verifyUrl, answering('wrong'))
    await gate.waiting
    await ann.post(verifyUrl, answering(ann.code('webauthn')))
    gate.open()

    expect((await slow).status).toBe(410)
    expect(await countOf(world, 'challenge.attempt_failed')).toBe(0)
    expect((await world.verify()).problems).toEqual([])
  })

  test('F-07 in several sessions count for the one user, and for nobody else', async () => {
    const { world, ann, url } = await atChallenge()
    const ben = world.person()
    await ben.signIn('ben')
    await ben.enrol()
    for (let turn = 0; turn < 4; turn += 1) {
      const { body } = await ann.get(url)
      await raceless(5, () => ann.post(String(body['verifyUrl']), answering('wrong')))
    }
    const elsewhere = world.person()
    await elsewhere.signIn('ann')

    const same = await elsewhere.prove(await elsewhere.post('/plain'), 'webauthn', ann.code('webauthn'))

    expect(outcome(same)).toEqual([429, 'ERR_STEP_UP_LIMIT'])
    expect((await ben.postProving('/plain', {})).status).toBe(200)
  })

  test('F-33 are not forgotten because a right one follows', async () => {
    const { ann } = await atChallenge()
    const answers: Reply[] = []
    for (let amount = 1; amount <= 7; amount += 1) {
      const refusal = await ann.post('/transfer', { json: { to: 'Bob', amount } })
      await raceless(4, () => ann.prove(refusal, 'webauthn', 'wrong'))
      answers.push(await ann.prove(refusal))
    }

    // The first four are a new browser's; after the first proof it is a known one, with twenty tries of its own.
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 429, 429])
  })

  test('F-17 v5.0.0-2.2.2 of a wrong form are turned away before they are judged, and never as our fault', async () => {
    const { world, ann, verifyUrl } = await atChallenge()
    const many = Object.fromEntries(Array.from({ length: 33 }, (_, at) => [`f${at}`, 'x']))
    const bodies: readonly unknown[] = [
      { code: ['123456'] },
      { code: { $ne: '' } },
      { code: 123_456 },
      { code: null },
      { code: true },
      { code: 'x'.repeat(32_769) },
      ['123456'],
      many,
    ]

    const replies = await Promise.all(bodies.map((json) => ann.copy().post(verifyUrl, { json })))
    const large = await ann.post(verifyUrl, { json: { code: 'x'.repeat(70_000) } })
    const broken = await ann.post(verifyUrl, { raw: { type: 'application/json', body: '{"code":' } })
    const twice = await ann.post(verifyUrl, {
      raw: { type: 'application/x-www-form-urlencoded', body: 'code=1&code=2' },
    })

    expect(replies.map(outcome)).toEqual(bodies.map(() => [400, 'ERR_STEP_UP_INPUT']))
    expect([large, broken].map(outcome)).toEqual([
      [413, 'ERR_STEP_UP_INPUT'],
      [400, 'ERR_STEP_UP_INPUT'],
    ])
    expect(twice.status).toBe(403)
    expect(await countOf(world, 'challenge.attempt_failed')).toBe(0)
  })
})

/** Does something several times, one after the other. */
async function raceless<T>(times: number, attempt: () => Promise<T>): Promise<readonly T[]> {
  const results: T[] = []
  for (let turn = 0; turn < times; turn += 1) results.push(await attempt())
  return results
}

describe('a right answer', () => {
  /** Sends one right code fifty times at once. */
  async function race(options: WorldOptions): Promise<readonly unknown[]> {
    const { world, ann, verifyUrl } = await atChallenge(options, ['totp'])
    const code = ann.code('totp')
    const replies = await raceOf(50, (turn) =>
      ann.copy().post(verifyUrl, { ...answering(code), instance: turn % (options.instances ?? 1) }),
    )
    return [
      replies.filter(({ status }) => status === 200).length,
      replies.filter(({ status }) => status >= 500).length,
      await countOf(world, 'challenge.verified'),
      await countOf(world, 'session.rotated'),
      (await world.verify()).verdict,
    ]
  }

  test('F-09 v5.0.0-6.5.1 sent fifty times at once counts exactly once, in memory', async () => {
    expect(await race({ store: 'memory' })).toEqual([1, 0, 1, 1, 'good'])
  })

  test('F-09 v5.0.0-6.5.1 sent fifty times at once counts exactly once, on sqlite', async () => {
    expect(await race({ store: 'sqlite' })).toEqual([1, 0, 1, 1, 'good'])
  })

  test('F-09 v5.0.0-6.5.1 sent fifty times at once counts exactly once, on two instances', async () => {
    expect(await race({ store: 'sqlite', sessions: 'ours', instances: 2 })).toEqual([1, 0, 1, 1, 'good'])
  })

  test('F-08 v5.0.0-6.5.1 counts once, in no other session and on no other instance again', async () => {
    const { world, ann, verifyUrl } = await atChallenge({ instances: 2 }, ['totp'])
    const elsewhere = world.person()
    await elsewhere.signIn()
    const other = await elsewhere.get(String((await elsewhere.post('/plain')).body['challengeUrl']))
    const code = ann.code('totp')

    const first = await ann.post(verifyUrl, answering(code))
    const again = await elsewhere.post(String(other.body['verifyUrl']), { ...answering(code), instance: 1 })

    expect([first.status, outcome(again)]).toEqual([200, [422, 'ERR_STEP_UP_CODE_REUSED']])
  })

  test('F-08 to the enrolment of an app is used up for challenges too', async () => {
    const world = await openWorld()
    const ann = world.person()
    await ann.signIn()
    await ann.enrol('totp')

    const reply = await ann.prove(await ann.post('/plain'), 'totp')

    expect(outcome(reply)).toEqual([422, 'ERR_STEP_UP_CODE_REUSED'])
  })

  test('F-18 v5.0.0-2.3.1 STEP-04 is refused a second time, though the challenge was open a moment ago', async () => {
    const { ann, verifyUrl } = await atChallenge()

    const [first, second] = [
      await ann.post(verifyUrl, answering(ann.code('webauthn'))),
      await ann.post(verifyUrl, answering(ann.code('webauthn'))),
    ]

    expect([first.status, outcome(second)]).toEqual([200, [410, 'ERR_STEP_UP_ENDED']])
  })

  test('F-16 by the authenticator of another user is a wrong one', async () => {
    const { world, ann, verifyUrl } = await atChallenge()
    const ben = world.person()
    await ben.signIn('ben')
    await ben.enrol()

    const reply = await ann.post(verifyUrl, answering(ben.code('webauthn')))

    expect(outcome(reply)).toEqual([422, 'ERR_STEP_UP_WRONG_CODE'])
  })
})

describe('a challenge', () => {
  test('F-04 does not exist for any other session, and gives no elevation there', async () => {
    const { world, ann, url, verifyUrl } = await atChallenge()
    const ben = world.person()
    await ben.signIn('ben')
    const elsewhere = world.person()
    await elsewhere.signIn('ann')

    const replies = await Promise.all([
      ben.get(url),
      ben.copy().post(verifyUrl, answering(ann.code('webauthn'))),
      elsewhere.get(url),
      elsewhere.copy().post(verifyUrl, answering(ann.code('webauthn'))),
      elsewhere.copy().post(`${url}/cancel`),
    ])
    const strangers = await world.person().get(url)

    expect(replies.map(outcome)).toEqual(Array(5).fill([404, 'ERR_STEP_UP_UNKNOWN']))
    expect(outcome(strangers)).toEqual([401, 'ERR_LOGIN_REQUIRED'])
    expect(await countOf(world, ...ENDS)).toBe(0)
  })

  test('of an id that nobody gave does not exist', async () => {
    const { ann } = await atChallenge()
    const ids = ['01ARZ3NDEKTSV4RRFFQ69G5FAV', 'x', '..', '%00', '01ARZ3NDEKTSV4RRFFQ69G5FAV%0A', '__proto__']

    const replies = await Promise.all(ids.map((id) => ann.copy().get(`/step-up/challenges/${id}`)))

    expect(replies.every(({ status }) => status === 404)).toBe(true)
  })

  test('is the same in all tabs of its step-up; when one tab has answered, the other goes on to its own place', async () => {
    const { world, ann } = await atChallenge()
    const tabs = [await ann.get('/secret?tab=1', PAGE), await ann.get('/secret?tab=2', PAGE)]
    const [one, two] = tabs.map(({ headers }) => headers.get('location') ?? '')
    const [here, there] = [await ann.get(one ?? '', PAGE), await ann.get(two ?? '', PAGE)]
    const issued = await countOf(world, 'challenge.issued')

    const first = await submit(ann, formOf(here, '/verify'))
    const second = await submit(ann, formOf(there, '/verify'))

    expect(issued).toBe(2)
    expect([first, second].map(({ status, headers }) => [status, headers.get('location')])).toEqual([
      [303, '/secret?tab=1'],
      [303, '/secret?tab=2'],
    ])
    expect(await countOf(world, 'challenge.verified')).toBe(1)
  })

  test('is issued by a form as well: a page comes back to its address, a program gets the challenge', async () => {
    const { ann, url } = await atChallenge({}, ['totp', 'webauthn'])
    const page = formOf(await ann.get(`${url}?return_to=%2Fsecret`, PAGE), '/verify')
    const action = page.action.replace('/totp/verify', '/webauthn/start')

    const form = await ann.post(action, { form: page.fields, ...PAGE })
    const program = await ann.post(`${url}/webauthn/start`)

    expect([form.status, form.headers.get('location')]).toEqual([303, `${url}?return_to=%2Fsecret&factor=webauthn`])
    expect(program.body).toMatchObject({ factor: 'webauthn', factors: ['webauthn', 'totp'] })
  })

  test('ends when another factor is chosen, and its late answer is not judged', async () => {
    const { world, ann, url, verifyUrl } = await atChallenge({}, ['totp', 'webauthn'])

    const other = await ann.get(`${url}?factor=webauthn`)
    const late = await ann.post(verifyUrl, answering(ann.code('totp')))
    const done = await ann.post(String(other.body['verifyUrl']), answering(ann.code('webauthn')))

    expect([verifyUrl.includes('/totp/'), other.body['factor']]).toEqual([true, 'webauthn'])
    expect([outcome(late), done.status]).toEqual([[410, 'ERR_STEP_UP_ENDED'], 200])
    expect(await world.events('challenge.superseded')).toMatchObject([
      { reason: 'replaced', authn: { factor: 'totp' } },
    ])
  })

  test('answered on a page after another took its place, is shown again instead of losing the way', async () => {
    const { ann, url } = await atChallenge({}, ['totp', 'webauthn'])
    const page = await ann.get(`${url}?factor=totp&return_to=%2Fsecret`, PAGE)
    await ann.get(`${url}?factor=webauthn`)

    const late = await submit(ann, formOf(page, '/verify'))

    expect(late.status).toBe(422)
    expect(late.text).toContain('/totp/verify?return_to=%2Fsecret')
  })

  test('is cancelled by the person, with its step-up', async () => {
    const { world, ann, url, verifyUrl } = await atChallenge()

    const cancelled = await ann.post(`${url}/cancel`)
    const replies = [
      await ann.post(`${url}/cancel`),
      await ann.get(url),
      await ann.post(verifyUrl, answering(ann.code('webauthn'))),
    ]

    expect(cancelled.status).toBe(200)
    expect(replies.map(outcome)).toEqual(Array(3).fill([410, 'ERR_STEP_UP_ENDED']))
    expect((await world.events('challenge.cancelled', 'step_up.refused')).map(({ reason }) => reason)).toEqual([
      'cancelled',
      'cancelled',
    ])
    expect((await ann.post('/plain')).body['challengeUrl']).not.toBe(url)
  })

  test('can be answered for five minutes and ends with the closer', async () => {
    const { world, ann, url, verifyUrl } = await atChallenge()
    world.clock.advance(LIMITS.challengeMs - 1)
    const inTime = await ann.post(verifyUrl, answering('wrong'))
    world.clock.advance(1)
    const late = await ann.post(verifyUrl, answering(ann.code('webauthn')))
    await world.closeOverdue()
    const again = await ann.get(url)

    expect([outcome(inTime), outcome(late)]).toEqual([
      [422, 'ERR_STEP_UP_WRONG_CODE'],
      [410, 'ERR_STEP_UP_ENDED'],
    ])
    expect(await world.events('challenge.expired')).toMatchObject([{ outcome: 'failure', reason: 'expired' }])
    expect([again.status, await countOf(world, 'challenge.issued')]).toEqual([200, 2])
  })

  test('that the page finds overdue before the closer does still ends once', async () => {
    const { world, ann, url } = await atChallenge()
    world.clock.advance(LIMITS.challengeMs)
    await Promise.all([ann.get(url), ann.copy().get(url), world.closeOverdue(), world.closeOverdue()])

    expect(await countOf(world, 'challenge.expired')).toBe(1)
    expect(await countOf(world, 'challenge.issued')).toBe(2)
    expect((await world.verify()).lifecycle).toEqual({ issued: 2, ended: 1, open: 1 })
  })

  test('belongs to a step-up that is open for fifteen minutes and is then refused', async () => {
    const { world, ann, url } = await atChallenge()
    world.clock.advance(LIMITS.stepUpMs)
    await world.closeOverdue()
    await world.closeOverdue()

    expect(outcome(await ann.get(url))).toEqual([404, 'ERR_STEP_UP_UNKNOWN'])
    expect(await world.events('step_up.refused')).toMatchObject([{ outcome: 'failure', reason: 'expired' }])
  })

  test('is one of at most fifty step-ups that a session opens in their time', async () => {
    const world = await openWorld()
    const ann = world.person()
    await ann.signIn()
    let amount = 0
    const ask = async (): Promise<Reply> => await ann.post('/transfer', { json: { to: 'Bob', amount: (amount += 1) } })

    const replies = await raceless(LIMITS.stepUpsOfSession, ask)
    const tooMany = await ask()
    world.clock.advance(LIMITS.stepUpMs)

    expect(replies.every(({ status }) => status === 401)).toBe(true)
    expect(outcome(tooMany)).toEqual([429, 'ERR_STEP_UP_LIMIT'])
    expect((await ask()).status).toBe(401)
  })
})
