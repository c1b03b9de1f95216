import { describe, expect, test } from 'vitest'

import { createFaults, LEAK } from '../../test/faults.ts'
import { formOf, PAGE } from '../../test/page-form.ts'
import type { Person, Reply } from '../../test/person.ts'
import { raceOf } from '../../test/race.ts'
import { keyFactor } from '../../test/key-factor.ts'
import { sign, type TestPasskey } from '../../test/sign-in-factor.ts'
import { answer, begin, nonceOf, openSignInWorld, passkeyOf, signInWith } from '../../test/sign-in-world.ts'
import { openWorld } from '../../test/world.ts'

describe('the page of signing in', () => {
  test('carries a form that signs in and leads to where the person wanted to go', async () => {
    const world = await openSignInWorld()
    const passkey = await passkeyOf(world)
    const person = world.person()
    const page = await person.get('/step-up/sign-in?return_to=%2Fsecret%3Fa%3D1', PAGE)

    const sent = await sendForm(person, page, { passkey })

    expect(page.headers.get('cache-control')).toBe('no-store')
    expect(sent).toMatchObject({ status: 303 })
    expect(sent.headers.get('location')).toBe('/secret?a=1')
    expect((await person.get('/me')).body).toMatchObject({ user: 'ann' })
  })

  test('comes again with a new challenge after an answer that did not hold', async () => {
    const world = await openSignInWorld()
    const passkey = await passkeyOf(world)
    const person = world.person()
    const page = await person.get('/step-up/sign-in?return_to=%2Fsecret', PAGE)

    const refused = await sendForm(person, page, { passkey, changed: { code: 'wrong' } })
    const sent = await sendForm(person, refused, { passkey })

    expect(refused.status).toBe(422)
    expect(nonceIn(refused)).not.toBe(nonceIn(page))
    expect(sent.headers.get('location')).toBe('/secret')
  })

  test('comes again after the form of a challenge that is over, and still knows where to go', async () => {
    const world = await openSignInWorld()
    const passkey = await passkeyOf(world)
    const person = world.person()
    const page = await person.get('/step-up/sign-in?return_to=%2Fsecret', PAGE)
    const elsewhere = world.person()

    const again = await sendForm(elsewhere, page, { passkey })
    const sent = await sendForm(elsewhere, again, { passkey })

    expect(again.status).toBe(422)
    expect(sent.headers.get('location')).toBe('/secret')
  })

  test('WEB-12 leads to no other site afterwards', async () => {
    const world = await openSignInWorld({}, { afterUrl: '/account' })
    const passkey = await passkeyOf(world)

    const targets = ['//evil.example', 'https://evil.example/', '/\\evil.example', 'javascript:alert(1)']
    const answers = await Promise.all(
      targets.map(async (target) => {
        const person = world.person()
        const begun = await begin(person, `?return_to=${encodeURIComponent(target)}`)
        return await answer(person, begun, { passkey })
      }),
    )

    expect(answers.map(({ body }) => body['returnTo'])).toEqual(targets.map(() => '/account'))
  })

  test('serves several tabs, and forgets the oldest of more than four', async () => {
    const world = await openSignInWorld()
    const passkey = await passkeyOf(world)
    const person = world.person()
    const tabs: Reply[] = []
    for (let tab = 0; tab < 5; tab += 1) tabs.push(await begin(person))
    const [first, , , fourth, fifth] = tabs

    const answers = [
      await use(person, passkey, first),
      await use(person, passkey, fourth),
      await use(person, passkey, fifth),
    ]

    expect(answers).toEqual([410, 200, 200])
  })

  test('does not begin where no factor can be signed in with', async () => {
    const stepUp = { factors: [keyFactor()], signIn: { load: async () => undefined } }

    await expect(openWorld({ stepUp })).rejects.toThrow(expect.objectContaining({ code: 'ERR_STEP_UP_OPTION' }))
  })
})

describe('a planted sign-in', () => {
  test('WEB-05 is refused without the token of the form', async () => {
    const world = await openSignInWorld()
    const passkey = await passkeyOf(world)
    const person = world.person()
    const begun = await begin(person)

    const form = { ...sign(passkey, nonceOf(begun)), _csrf: 'guessed' }
    const refused = await person.post(String(begun.body['verifyUrl']), { form })

    expect(refused).toMatchObject({ status: 403 })
    expect((await person.get('/me')).body).toMatchObject({ state: 'anonymous' })
  })

  test('WEB-05 is refused with the token of another challenge', async () => {
    const world = await openSignInWorld()
    const passkey = await passkeyOf(world)
    const person = world.person()
    const page = await person.get('/step-up/sign-in', PAGE)
    const other = await world.person().get('/step-up/sign-in', PAGE)

    const { action } = formOf(page, '/verify')
    const form = { ...sign(passkey, nonceIn(page)), ...formOf(other, '/verify').fields }
    const refused = await person.post(action, { form, ...PAGE })

    expect(refused.status).toBe(403)
  })

  test('WEB-06 is refused from another site, JSON included', async () => {
    const world = await openSignInWorld()
    const passkey = await passkeyOf(world)
    const person = world.person()

    const headers = [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { origin: 'https://evil.example' },
    ]
    const answers: number[] = []
    for (const each of headers)
      answers.push((await answer(person, await begin(person), { passkey, sending: { headers: each } })).status)

    expect(answers).toEqual([403, 403, 403])
    expect((await person.get('/me')).body).toMatchObject({ state: 'anonymous' })
  })
})

describe('hostile and failing sign-ins', () => {
  test('answers bad addresses and bodies with a 4xx', async () => {
    const world = await openSignInWorld()
    const person = world.person()
    const url = String((await begin(person)).body['verifyUrl'])

    const replies = await Promise.all([
      person.post('/step-up/sign-in/webauthn/verify', { json: {} }),
      person.post('/step-up/sign-in/webauthn/verify?challenge[]=x', { json: {} }),
      person.post(url.replace('webauthn', 'totp'), { json: {} }),
      person.post(url, { json: { name: { toString: 1 } } }),
      person.post(url, { json: [] }),
      person.post(url, { raw: { type: 'application/json', body: '{' } }),
    ])

    expect(replies.map(({ status }) => status).filter((status) => status < 400 || status > 499)).toEqual([])
    expect(world.errors).toEqual([])
  })

  test('takes a cookie that was not sealed here for none', async () => {
    const world = await openSignInWorld()
    const person = world.person()
    const cookies = ['x', 'seal0000.AAAA', '', '%', 'a'.repeat(4_000)]

    const answers = await Promise.all(
      cookies.map(
        async (value) => await person.get('/step-up/sign-in', { headers: { cookie: `sallyport-sign-in=${value}` } }),
      ),
    )

    expect(answers.map(({ status }) => status)).toEqual(cookies.map(() => 200))
  })

  test('signs nobody in by a wrong answer, whichever call of store, ledger, keys or factor fails', async () => {
    const outcomes = await outcomesOfFaults({ code: 'wrong' })

    expect(outcomes.length).toBeGreaterThan(3)
    expect(outcomes.filter((outcome) => outcome !== '503 anonymous' && outcome !== '422 anonymous')).toEqual([])
    expect(outcomes.at(-1)).toBe('422 anonymous')
  })

  test('says that a right answer could not be taken, whichever call of them fails', async () => {
    const outcomes = await outcomesOfFaults({})

    expect(outcomes.filter((outcome) => outcome === '503 anonymous').length).toBeGreaterThan(5)
    expect(outcomes.filter((outcome) => !outcome.startsWith('503') && outcome !== '200 live')).toEqual([])
    expect(outcomes.at(-1)).toBe('200 live')
  })

  test('opens any number of sign-ins at once without a word in the ledger', async () => {
    const world = await openSignInWorld()
    const before = await world.store.size()

    await raceOf(50, async () => await begin(world.person()))

    expect(await world.store.size()).toBe(before)
  })

  test('is not there where nobody asked for it', async () => {
    const world = await openWorld()

    expect((await world.person().get('/step-up/sign-in')).status).toBe(404)
  })

  test('replaces the session of whoever was signed in before', async () => {
    const world = await openSignInWorld()
    const passkey = await passkeyOf(world)
    const person = world.person()
    await person.signIn('ben')

    await signInWith(person, passkey)

    expect((await world.events('session.ended')).at(-1)).toMatchObject({ data: { because: 'replaced' } })
  })
})

/** What came of an answer while the first call failed, then the second, and so on until none did: status and session. */
async function outcomesOfFaults(changed: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const faults = createFaults()
  const world = await openSignInWorld({ faults })
  const passkey = await passkeyOf(world)
  const outcomes: string[] = []
  for (let call = 1; ; call += 1) {
    const person = world.person()
    const begun = await begin(person)
    faults.arm(call)
    const reply = await answer(person, begun, { passkey, changed })
    const isOver = faults.calls() < call
    faults.arm(0)
    const { body } = await person.get('/me')
    outcomes.push(`${reply.status} ${String(body['state'])}${reply.text.includes(LEAK) ? ' leak' : ''}`)
    if (isOver) return outcomes
  }
}

async function use(person: Person, passkey: TestPasskey, begun: Reply | undefined): Promise<number> {
  if (begun === undefined) throw new Error('use: nothing was begun')
  return (await answer(person, begun, { passkey })).status
}

/** Sends the form of a page as the browser does, with the passkey's answer in it. */
async function sendForm(
  person: Person,
  page: Reply,
  { passkey, changed = {} }: { readonly passkey: TestPasskey; readonly changed?: Readonly<Record<string, string>> },
): Promise<Reply> {
  const { action, fields } = formOf(page, '/verify')
  return await person.post(action, { form: { ...fields, ...sign(passkey, nonceIn(page)), ...changed }, ...PAGE })
}

function nonceIn(page: Reply): string {
  return (/id="nonce"[^>]*>([^<]+)</.exec(page.text)?.[1] ?? '').replaceAll(' ', '')
}
