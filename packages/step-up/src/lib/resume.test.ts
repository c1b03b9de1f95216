import express from 'express'
import { describe, expect, test } from 'vitest'

import { doing } from '../../test/app.ts'
import { door, holding } from '../../test/door.ts'
import { formOf, PAGE, type PageForm } from '../../test/page-form.ts'
import type { Person, Reply, Sending } from '../../test/person.ts'
import { raceOf } from '../../test/race.ts'
import { openWorld, type World, type WorldOptions } from '../../test/world.ts'
import { LIMITS } from './limits.ts'

const CANARY = 'Tschiertschen-Praden 7064'
const ORDER = { to: CANARY, amount: '5', note: 'line one\r\nline "two" & <three>\u00e9' }

interface Scene {
  readonly world: World
  readonly ann: Person
}

async function signedIn(options: WorldOptions = {}): Promise<Scene> {
  const world = await openWorld(options)
  const ann = world.person()
  await ann.signIn()
  await ann.enrol()
  return { world, ann }
}

async function sendForm(person: Person, path: string, form: Readonly<Record<string, string>>): Promise<Reply> {
  return await person.post(path, { form, ...PAGE })
}

/** Sends a form, proves, and comes to the summary. */
async function atSummary(
  ann: Person,
  path = '/transfer',
  form: Readonly<Record<string, string>> = ORDER,
): Promise<Reply> {
  const asked = await sendForm(ann, path, form)
  const challenge = await ann.get(addressIn(asked), PAGE)
  const { action, fields } = formOf(challenge, '/verify')
  const proved = await sendForm(ann, action, { ...fields, code: ann.code('webauthn') })
  return await ann.get(addressIn(proved), PAGE)
}

function addressIn(reply: Reply): string {
  return reply.headers.get('location') ?? 'nowhere'
}

async function press(person: Person, { action, fields }: PageForm): Promise<Reply> {
  return await sendForm(person, action, fields)
}

function resumeIdOf(summary: Reply): string {
  return formOf(summary, '/transfer').fields['_sallyport_resume'] ?? ''
}

function outcome({ status, text }: Reply): readonly unknown[] {
  return [status, /Reference: (?:<[^>]*>)*(\w+)/.exec(text)?.[1]]
}

describe('a form that meets the second door', () => {
  test('A11Y-08 STEP-06 is shown again after the proof and sent by the person, exactly as it was typed', async () => {
    const { world, ann } = await signedIn()

    const summary = await atSummary(ann)
    const beforePress = [...world.done]
    const done = await press(ann, formOf(summary, '/transfer'))

    expect(summary.status).toBe(200)
    expect(summary.text).toContain('Tschiertschen-Praden 7064')
    expect(beforePress).toEqual([])
    expect(done.body).toEqual({ done: 'transfer', body: ORDER })
  })

  test('is kept when the summary is reloaded, and gone when it was sent: a second press is refused with 409', async () => {
    const { world, ann } = await signedIn()
    const summary = await atSummary(ann)
    const address = `/step-up/resume/${resumeIdOf(summary)}`

    const reloaded = [await ann.get(address, PAGE), await ann.get(address, PAGE)]
    const first = await press(ann, formOf(summary, '/transfer'))
    const second = await press(ann, formOf(summary, '/transfer'))
    const gone = await ann.get(address, PAGE)

    expect(reloaded.map(({ text }) => text.includes(CANARY))).toEqual([true, true])
    expect([first.status, outcome(second), outcome(gone)]).toEqual([
      200,
      [409, 'ERR_STEP_UP_UNKNOWN'],
      [404, 'ERR_STEP_UP_UNKNOWN'],
    ])
    expect(world.done).toEqual(['transfer'])
    expect((await world.events('access.denied')).at(-1)).toMatchObject({ reason: 'already_used' })
  })

  test('is sent at most once, however often the button is pressed at the same time', async () => {
    const { world, ann } = await signedIn({ store: 'sqlite' })
    const form = formOf(await atSummary(ann), '/transfer')

    const replies = await raceOf(50, () => press(ann.copy(), form))

    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(replies.filter(({ status }) => status === 409)).toHaveLength(49)
    expect(world.done).toEqual(['transfer'])
  })

  test('is not asked for again when it was sent twice at once: the second press is refused like a later one', async () => {
    const gate = door()
    const { world, ann } = await signedIn({ faults: holding('access.allowed', gate) })
    const summary = await atSummary(ann, '/plain')
    const slow = press(ann.copy(), formOf(summary, '/plain'))
    await gate.waiting
    const fast = await press(ann.copy(), formOf(summary, '/plain'))
    gate.open()

    expect([fast.status, outcome(await slow)]).toEqual([200, [409, 'ERR_STEP_UP_UNKNOWN']])
    expect(world.done).toEqual(['plain'])
  })

  test('is deleted when the person discards it or cancels', async () => {
    const { world, ann } = await signedIn()
    const summary = await atSummary(ann)
    const discarded = await press(ann, formOf(summary, '/discard'))
    const after = await press(ann, formOf(summary, '/transfer'))
    const asked = await sendForm(ann, '/transfer', { ...ORDER, amount: '6' })
    const challenge = await ann.get(addressIn(asked), PAGE)
    await press(ann, formOf(challenge, '/cancel'))

    expect([discarded.status, outcome(after)]).toEqual([200, [409, 'ERR_STEP_UP_UNKNOWN']])
    expect(await world.store.list(['stash'], { limit: 10 })).toEqual([])
    expect(await world.events('step_up.refused')).toMatchObject([{ reason: 'cancelled' }, { reason: 'cancelled' }])
    expect(world.done).toEqual([])
  })

  test('is forgotten after fifteen minutes', async () => {
    const { world, ann } = await signedIn()
    const summary = await atSummary(ann)
    world.clock.advance(LIMITS.stepUpMs)

    expect(outcome(await ann.get(`/step-up/resume/${resumeIdOf(summary)}`, PAGE))).toEqual([404, 'ERR_STEP_UP_UNKNOWN'])
    expect(await world.store.list(['stash'], { limit: 10 })).toEqual([])
  })

  test('cannot be changed on its way: another value needs another approval', async () => {
    const { world, ann } = await signedIn()
    const { action, fields } = formOf(await atSummary(ann), '/transfer')

    const changed = await sendForm(ann, action, { ...fields, to: 'Eve' })
    const elsewhere = await sendForm(ann, '/plain', fields)

    expect([changed, elsewhere].map(outcome)).toEqual(Array(2).fill([409, 'ERR_STEP_UP_UNKNOWN']))
    expect(world.done).toEqual([])
  })

  test('gets the CSRF token of today in place of the one of then', async () => {
    let token = 'of then'
    const { ann } = await signedIn({ stepUp: { csrf: () => ({ name: '_csrf', value: token }) } })
    const summary = await atSummary(ann, '/transfer', { ...ORDER, _csrf: token })
    token = 'of today'

    const reloaded = await ann.get(`/step-up/resume/${resumeIdOf(summary)}`, PAGE)
    const done = await press(ann, formOf(reloaded, '/transfer'))

    expect(reloaded.text).not.toContain('of then')
    expect([done.status, done.body['body']]).toEqual([200, { ...ORDER, _csrf: 'of today' }])
  })

  test('comes back to the pages of the second door themselves: removing an authenticator asks only once', async () => {
    const { ann } = await signedIn()
    const list = await ann.get('/step-up/authenticators', PAGE)
    const { action, fields } = formOf(list, '/remove')

    const summary = await atSummary(ann, action, fields)
    const removed = await press(ann, formOf(summary, '/remove'))

    expect([removed.status, addressIn(removed)]).toEqual([303, '/step-up/authenticators?notice=removed'])
  })
})

describe('a form that cannot be kept', () => {
  test('is answered by a page that says so, and by no approval', async () => {
    const { world, ann } = await signedIn({
      routes: (app, { stepUp, world: itself }) => {
        app.put('/put', stepUp.requireStepUp(), doing(itself, 'put'))
        app.post('/text', express.text(), stepUp.requireStepUp(), doing(itself, 'text'))
      },
    })
    const raw = (type: string, body: string): Sending => ({ raw: { type, body }, ...PAGE })
    const many = new URLSearchParams(Array.from({ length: LIMITS.stashFields + 1 }, (_, at) => [`f${at}`, 'x']))
    const form = 'application/x-www-form-urlencoded'

    const replies = [
      await ann.post('/plain', raw('multipart/form-data; boundary=x', '--x--')),
      await ann.post('/plain', raw(form, 'to=Bob&to=Eve')),
      await ann.post('/plain', raw(form, 'order[to]=Bob')),
      await ann.post('/plain', raw(form, `note=${'x'.repeat(LIMITS.stashBytes)}`)),
      await ann.post('/plain', raw(form, many.toString())),
      await ann.post('/plain', raw('application/json', '{"to":"Bob"}')),
      await ann.post('/text', raw('text/plain', 'Bob')),
    ]

    expect(replies.map(outcome)).toEqual(Array(7).fill([409, 'ERR_STEP_UP_NOT_RESUMABLE']))
    expect(await world.events('step_up.required')).toEqual([])
    expect(await world.store.list(['stash'], { limit: 10 })).toEqual([])
    expect(world.done).toEqual([])
  })

  test('is one of too many that a session wants to have kept', async () => {
    const { world, ann } = await signedIn()
    let last = await sendForm(ann, '/plain', ORDER)
    for (let turn = 1; turn <= LIMITS.stepUpsOfSession; turn += 1) last = await sendForm(ann, '/plain', ORDER)

    expect(outcome(last)).toEqual([429, 'ERR_STEP_UP_LIMIT'])
    expect(await world.store.list(['stash'], { limit: 100 })).toHaveLength(LIMITS.stepUpsOfSession)
  })

  test('is a GET, which the person simply opens again', async () => {
    const { world, ann } = await signedIn()

    const asked = await ann.get('/secret', PAGE)

    expect(addressIn(asked)).toContain('?return_to=%2Fsecret')
    expect(await world.store.list(['stash'], { limit: 10 })).toEqual([])
  })
})

describe('what was kept', () => {
  test('F-38 is not shown to whoever has only the session cookie, nor sent from another browser', async () => {
    const { world, ann } = await signedIn()
    const planted = await sendForm(ann.thief(), '/transfer', { ...ORDER, to: 'Eve' })
    const summary = await atSummary(ann)
    const address = `/step-up/resume/${resumeIdOf(summary)}`

    const plantedId = new URL(addressIn(planted), world.url).searchParams.get('resume') ?? ''
    const shown = [
      await ann.get(`/step-up/resume/${plantedId}`, PAGE),
      await ann.thief().get(address, PAGE),
      await press(ann.thief(), formOf(summary, '/transfer')),
    ]

    expect(shown.map(({ status }) => status)).toEqual([404, 404, 409])
    expect(shown.some(({ text }) => text.includes('Eve') || text.includes(CANARY))).toBe(false)
    expect(world.done).toEqual([])
  })

  test('F-38 is not shown to another user of the same browser, nor in another session of the same user', async () => {
    const { world, ann } = await signedIn()
    const summary = await atSummary(ann)
    const address = `/step-up/resume/${resumeIdOf(summary)}`
    const sameBrowser = ann.copy()
    await sameBrowser.signIn('ben')
    const other = await sameBrowser.get(address, PAGE)
    await sameBrowser.signIn('ann')

    const sameUser = await sameBrowser.get(address, PAGE)

    expect([other, sameUser].map(outcome)).toEqual(Array(2).fill([404, 'ERR_STEP_UP_UNKNOWN']))
    expect(world.done).toEqual([])
  })

  test('F-34 stands nowhere in clear: in no record, no entry and no address', async () => {
    const { world, ann } = await signedIn()
    const asked = await sendForm(ann, '/transfer', ORDER)
    const afterAsking = await everythingIn(world)
    const challenge = await ann.get(addressIn(asked), PAGE)
    const { action, fields } = formOf(challenge, '/verify')
    const proved = await sendForm(ann, action, { ...fields, code: ann.code('webauthn') })
    const afterProof = await everythingIn(world)
    await press(ann, formOf(await ann.get(addressIn(proved), PAGE), '/transfer'))
    const afterAll = await everythingIn(world)

    const traces = [afterAsking, afterProof, afterAll, addressIn(asked), addressIn(proved)]
    const secrets = ['Tschiertschen', 'line one', ann.secret('webauthn')]
    expect(afterAsking).toContain('"kind":"stash"')
    expect(challenge.text).toContain(CANARY)
    expect(secrets.filter((secret) => traces.some((trace) => trace.includes(secret)))).toEqual([])
  })
})

/** Every record and entry of the store, as text. */
async function everythingIn(world: World): Promise<string> {
  await world.events()
  const records = await world.store.list([], { limit: 1_000 })
  const entries = await world.store.read(0, 4_096)
  return [
    ...records.map(({ key, value }) => JSON.stringify([key, value])),
    ...entries.map(({ bytes, tags }) => `${Buffer.from(bytes).toString('utf8')}${JSON.stringify(tags)}`),
  ].join('\n')
}
