import { describe, expect, test } from 'vitest'

import { formOf, PAGE } from '../../test/page-form.ts'
import type { Person, Reply } from '../../test/person.ts'
import { raceOf } from '../../test/race.ts'
import { openWorld, type World } from '../../test/world.ts'
import { LIMITS } from './limits.ts'

function outcome({ status, body }: Reply): readonly unknown[] {
  return [status, body['code']]
}

async function signedIn(user = 'ann'): Promise<{ readonly world: World; readonly ann: Person }> {
  const world = await openWorld()
  const ann = world.person()
  await ann.signIn(user)
  return { world, ann }
}

/** The authenticators of a person, as their own list shows them. */
async function listOf(person: Person): Promise<readonly { readonly id: string; readonly label: string }[]> {
  const { authenticators } = (await person.get('/step-up/authenticators')).body
  return Array.isArray(authenticators) ? authenticators : []
}

async function idOf(person: Person): Promise<string> {
  return (await listOf(person)).at(0)?.id ?? 'none'
}

describe('the first authenticator', () => {
  test('NB-31 is added in a fresh session, told to the ledger and to the person', async () => {
    const { world, ann } = await signedIn()

    const enrolled = await ann.enrol()

    expect(enrolled.status).toBe(201)
    expect((await ann.get('/step-up/authenticators')).body).toMatchObject({
      authenticators: [{ factor: 'webauthn', label: '', enrolledAt: world.clock.now() }],
      factors: ['totp', 'webauthn'],
    })
    expect(await world.events('authenticator.enrolled')).toMatchObject([
      { outcome: 'success', data: { factor: 'webauthn', first: true } },
    ])
    expect(world.notices).toEqual([
      {
        user: 'ann',
        account: 'ann@example.com',
        about: 'authenticator.enrolled',
        factor: 'webauthn',
        at: world.clock.now(),
      },
    ])
    expect(await world.events('notification.sent')).toHaveLength(1)
  })

  test('F-12 is not added in a session that is older than fifteen minutes', async () => {
    const { world, ann } = await signedIn()
    world.clock.advance(LIMITS.firstEnrolmentMs + 1)

    const started = await ann.startEnrolment()

    expect(outcome(started)).toEqual([403, 'ERR_LOGIN_REQUIRED'])
    expect(await listOf(ann)).toEqual([])
  })

  test('F-11 is not joined by one that somebody began before it and finishes after it, without proof', async () => {
    const { world, ann } = await signedIn()
    const thief = world.person()
    await thief.signIn('ann')
    const begun = await thief.startEnrolment()
    await ann.enrol()

    const finished = await thief.post(String(begun.body['finishUrl']), { json: { code: thief.code('webauthn') } })

    expect(outcome(finished)).toEqual([410, 'ERR_STEP_UP_ENDED'])
    expect(await listOf(ann)).toHaveLength(1)
  })

  test('F-12 finished twice at once is added once', async () => {
    const { world, ann } = await signedIn()
    const begun = await ann.startEnrolment()

    const replies = await raceOf(50, () =>
      ann.copy().post(String(begun.body['finishUrl']), { json: { code: ann.code('webauthn') } }),
    )

    expect(replies.filter(({ status }) => status === 201)).toHaveLength(1)
    expect(replies.filter(({ status }) => status === 410)).toHaveLength(49)
    expect([(await listOf(ann)).length, (await world.events('authenticator.enrolled')).length]).toEqual([1, 1])
  })
})

describe('a change of authenticators', () => {
  test('F-11 v5.0.0-7.5.1 LOG-13 needs a step-up once there is one: to add, to rename and to remove', async () => {
    const { world, ann } = await signedIn()
    await ann.enrol()
    const id = await idOf(ann)

    const replies = [
      await ann.post('/step-up/authenticators/totp/start'),
      await ann.post(`/step-up/authenticators/${id}/rename`, { json: { label: 'Key' } }),
      await ann.post(`/step-up/authenticators/${id}/remove`),
    ]

    expect(replies.map(outcome)).toEqual(Array(3).fill([401, 'ERR_STEP_UP_REQUIRED']))
    expect(await world.events('authenticator.renamed', 'authenticator.removed')).toEqual([])
  })

  test('F-11 needs the strongest that there is: no app decides over a passkey', async () => {
    const { world, ann } = await signedIn()
    await ann.enrol('totp')
    world.clock.advance(30_000)
    await ann.enrol('webauthn')
    world.clock.advance(30_000)
    await ann.prove(await ann.post('/plain'), 'totp')

    const refused = await ann.post(`/step-up/authenticators/${await idOf(ann)}/remove`)
    await ann.prove(refused, 'webauthn')
    const removed = await ann.post(`/step-up/authenticators/${await idOf(ann)}/remove`)

    expect([refused.status, refused.body['factors'], refused.body['reason']]).toEqual([401, ['webauthn'], 'too_weak'])
    expect(removed.status).toBe(200)
  })

  test('renames, with a name that can be shown', async () => {
    const { ann } = await signedIn()
    await ann.enrol()
    const rename = `/step-up/authenticators/${await idOf(ann)}/rename`
    await ann.prove(await ann.post(rename, { json: { label: 'Key' } }))

    const good = await ann.post(rename, { json: { label: '  Blue key ' } })
    const bad = await Promise.all(
      ['', '  ', 'x'.repeat(65), 'a\u0000b', 'a\nb'].map((label) => ann.copy().post(rename, { json: { label } })),
    )
    const none = await ann.post(rename, { json: {} })

    expect(good.status).toBe(200)
    expect([...bad, none].map(outcome)).toEqual(Array(6).fill([400, 'ERR_STEP_UP_INPUT']))
    expect(await listOf(ann)).toMatchObject([{ label: 'Blue key' }])
  })

  test('v5.0.0-6.3.7 LOG-13 tells the person when one is removed, and how many are left', async () => {
    const { world, ann } = await signedIn()
    await ann.enrol()
    await ann.postProving(`/step-up/authenticators/${await idOf(ann)}/remove`, { json: {} })

    expect(await listOf(ann)).toEqual([])
    expect(await world.events('authenticator.removed')).toMatchObject([{ data: { factor: 'webauthn', left: 0 } }])
    expect(world.notices.map(({ about }) => about)).toEqual(['authenticator.enrolled', 'authenticator.removed'])
  })

  test('stands although its notice could not be sent, which the ledger tells', async () => {
    const notify = async (): Promise<void> => await Promise.reject(new Error('no mail today'))
    const world = await openWorld({ stepUp: { notify } })
    const ann = world.person()
    await ann.signIn()

    const enrolled = await ann.enrol()

    expect([enrolled.status, (await listOf(ann)).length]).toEqual([201, 1])
    expect(await world.events('notification.failed')).toMatchObject([{ outcome: 'failure' }])
  })

  test('drops the evidence that was gained before it', async () => {
    const { world, ann } = await signedIn()
    await ann.enrol('totp')
    world.clock.advance(30_000)
    await ann.postProving('/plain', {}, 'totp')
    await ann.enrol('webauthn')

    expect(outcome(await ann.post('/plain'))).toEqual([401, 'ERR_STEP_UP_REQUIRED'])
  })

  test('F-10 touches nothing of another user, on any route', async () => {
    const { world, ann } = await signedIn()
    await ann.enrol()
    const ben = world.person()
    await ben.signIn('ben')
    await ben.enrol()
    await ben.postProving('/strict', {})
    const id = await idOf(ann)

    const replies = [
      await ben.post(`/step-up/authenticators/${id}/rename`, { json: { label: 'mine' } }),
      await ben.post(`/step-up/authenticators/${id}/remove`),
    ]

    expect(replies.map(outcome)).toEqual(Array(2).fill([404, 'ERR_STEP_UP_UNKNOWN']))
    expect(await listOf(ann)).toMatchObject([{ id, label: '' }])
  })
})

describe('an enrolment', () => {
  test('F-12 is finished by nobody but its own session, and by none after ten minutes', async () => {
    const { world, ann } = await signedIn()
    const begun = await ann.startEnrolment()
    const finishUrl = String(begun.body['finishUrl'])
    const right = { json: { code: ann.code('webauthn') } }
    const ben = world.person()
    await ben.signIn('ben')
    const elsewhere = world.person()
    await elsewhere.signIn('ann')

    const replies = [
      await ben.post(finishUrl, right),
      await elsewhere.post(finishUrl, right),
      await ann.post(finishUrl.replace('/webauthn/', '/totp/'), right),
      await ann.post(finishUrl.replace(/enrolment=.*/, 'enrolment=x'), right),
    ]
    world.clock.advance(LIMITS.enrolmentMs)
    const late = await ann.post(finishUrl, right)

    expect([...replies, late].map(outcome)).toEqual(Array(5).fill([410, 'ERR_STEP_UP_ENDED']))
    expect(await listOf(ann)).toEqual([])
  })

  test('F-06 takes five wrong answers and then not even the right one, and the ledger tells each', async () => {
    const { world, ann } = await signedIn()
    const begun = await ann.startEnrolment()
    const finishUrl = String(begun.body['finishUrl'])

    const wrong = await raceOf(20, () => ann.copy().post(finishUrl, { json: { code: 'wrong' } }))
    const right = await ann.post(finishUrl, { json: { code: ann.code('webauthn') } })

    expect(wrong.filter(({ status }) => status === 422)).toHaveLength(LIMITS.challengeAttempts)
    expect(wrong.filter(({ status }) => status === 429)).toHaveLength(15)
    expect(outcome(right)).toEqual([429, 'ERR_STEP_UP_LIMIT'])
    const failed = await world.events('authenticator.enrolment_failed')
    expect(failed.map(({ reason }) => reason)).toEqual([
      ...Array(5).fill('wrong_code'),
      ...Array(16).fill('too_many_attempts'),
    ])
  })

  test('shows the same secret again after a wrong answer, and never anywhere else', async () => {
    const { ann } = await signedIn()
    const list = await ann.get('/step-up/authenticators', PAGE)
    const start = formOf(list, '/totp/start')
    const shown = await ann.post(start.action, { form: start.fields, ...PAGE })
    const finish = formOf(shown, '/totp/finish')

    const again = await ann.post(finish.action, { form: { ...finish.fields, code: '000000' }, ...PAGE })

    expect(again.status).toBe(422)
    expect(secretOf(again)).toMatch(/^[A-Z2-7 ]+$/)
    expect(secretOf(again)).toBe(secretOf(shown))
    expect((await ann.get('/step-up/authenticators', PAGE)).text).not.toContain(secretOf(shown))
  })

  test('is refused for what is no factor and beyond twenty authenticators', async () => {
    const { ann } = await signedIn()
    await ann.enrol()
    await ann.postProving('/strict', {})
    const unknown = await ann.post('/step-up/authenticators/palm/start')
    while ((await listOf(ann)).length < LIMITS.authenticators) await addAnother(ann)
    await ann.postProving('/strict', {})

    expect(outcome(unknown)).toEqual([404, 'ERR_STEP_UP_UNKNOWN'])
    expect(outcome(await ann.startEnrolment())).toEqual([429, 'ERR_STEP_UP_LIMIT'])
  }, 30_000)

  test('brings the person back to where they were sent from', async () => {
    const { ann } = await signedIn()
    const list = await ann.get('/step-up/authenticators?return_to=%2Fsecret', PAGE)
    const start = formOf(list, '/webauthn/start')
    const shown = await ann.post(start.action, { form: start.fields, ...PAGE })
    const finish = formOf(shown, '/webauthn/finish')
    const code = /<code[^>]*id="key-secret"[^>]*>([^<]*)</.exec(shown.text)?.[1] ?? ''

    const done = await ann.post(finish.action, { form: { ...finish.fields, code }, ...PAGE })
    const back = await ann.get(done.headers.get('location') ?? '', PAGE)

    expect(done.headers.get('location')).toBe('/step-up/authenticators?notice=enrolled&return_to=%2Fsecret')
    expect(back.text).toContain('href="/secret"')
  })
})

function secretOf(page: Reply): string {
  return /id="totp-secret"[^>]*>([^<]*)</.exec(page.text)?.[1] ?? ''
}

async function addAnother(person: Person): Promise<void> {
  const known = person.copy()
  const begun = await person.startEnrolment()
  if (begun.status === 401) await known.prove(begun)
  else await person.post(String(begun.body['finishUrl']), { json: { code: person.code('webauthn') } })
  person.sessionCookie = begun.status === 401 ? known.sessionCookie : person.sessionCookie
}
