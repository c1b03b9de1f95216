import { describe, expect, test } from 'vitest'

import { formOf, PAGE } from '../../test/page-form.ts'
import type { Person, Reply } from '../../test/person.ts'
import { totpCode } from '../../test/totp-code.ts'
import { openWorld, type World } from '../../test/world.ts'

async function signedIn(user = 'ann'): Promise<{ readonly world: World; readonly ann: Person }> {
  const world = await openWorld()
  const ann = world.person()
  await ann.signIn(user)
  return { world, ann }
}

function outcome({ status, body }: Reply): readonly unknown[] {
  return [status, body['code']]
}

/** The list's page, and the page of an enrolment that was begun from it. */
async function beginOnPage(person: Person, factor: string): Promise<Reply> {
  const start = formOf(await person.get('/step-up/authenticators', PAGE), `/${factor}/start`)
  return await person.post(start.action, { form: start.fields, ...PAGE })
}

describe('an enrolment under way', () => {
  test('F-12 is shown and finished in no other browser, though it has the session', async () => {
    const { ann } = await signedIn()
    const begun = await ann.startEnrolment()
    const url = String(begun.body['finishUrl'])
    const thief = ann.thief()

    const replies = [
      await thief.get(url),
      await thief.post(url, { json: { code: ann.code('webauthn') } }),
      await thief.post(url.replace('/finish', '/cancel')),
    ]
    const own = await ann.post(url, { json: { code: ann.code('webauthn') } })

    expect(replies.slice(0, 2).map(outcome)).toEqual(Array(2).fill([410, 'ERR_STEP_UP_ENDED']))
    expect(own.status).toBe(201)
  })

  test('TOTP-10 v5.0.0-6.4.1 authenticates nothing before it is finished', async () => {
    const { world, ann } = await signedIn()
    await ann.startEnrolment('totp')

    const asked = await ann.post('/plain')
    const challenge = await ann.get(String(asked.body['challengeUrl']))
    const answered = await ann.post(`${String(asked.body['challengeUrl'])}/totp/verify`, {
      json: { code: ann.code('totp') },
    })

    expect([challenge, answered].map(({ status }) => status)).toEqual([403, 410])
    expect(world.done).toEqual([])
  })

  test('shows the same again when its page is loaded again, and nothing once it has ended', async () => {
    const { world, ann } = await signedIn()
    const shown = await beginOnPage(ann, 'totp')
    const finish = formOf(shown, '/totp/finish')

    const again = await ann.get(finish.action, PAGE)
    const code = totpCode(secretOf(again).replaceAll(' ', ''), world.clock.now())
    await ann.post(finish.action, { form: { ...finish.fields, code }, ...PAGE })
    const late = await ann.get(finish.action, PAGE)

    expect(secretOf(again)).toMatch(/^[A-Z2-7 ]+$/)
    expect(secretOf(again)).toBe(secretOf(shown))
    expect(late.status).toBe(410)
    expect(late.text).not.toContain(secretOf(shown))
  })

  test('ends at the person’s wish, which the ledger is told, and brings them back to their list', async () => {
    const { world, ann } = await signedIn()
    const shown = await beginOnPage(ann, 'totp')
    const cancel = formOf(shown, '/totp/cancel')

    const cancelled = await ann.post(cancel.action, { form: cancel.fields, ...PAGE })
    const late = await ann.get(formOf(shown, '/totp/finish').action, PAGE)

    expect([cancelled.status, cancelled.headers.get('location')]).toEqual([303, '/step-up/authenticators'])
    expect(late.status).toBe(410)
    expect(await world.events('authenticator.enrolment_failed')).toMatchObject([{ reason: 'cancelled' }])
  })

  test('is cancelled by a form of ours only, and once', async () => {
    const { world, ann } = await signedIn()
    const begun = await ann.startEnrolment('totp')
    const url = String(begun.body['finishUrl']).replace('/finish', '/cancel')

    const foreign = await ann.post(url, { form: {}, headers: { 'sec-fetch-site': 'cross-site' } })
    const replies = [await ann.post(url), await ann.post(url), await ann.post(url.replace('/totp/', '/palm/'))]

    expect([foreign, ...replies].map(({ status }) => status)).toEqual([403, 200, 200, 404])
    expect(await world.events('authenticator.enrolment_failed')).toHaveLength(1)
  })

  test('finds nothing at an address that names no enrolment', async () => {
    const { ann } = await signedIn()

    const replies = [
      await ann.get('/step-up/authenticators/totp/finish'),
      await ann.get('/step-up/authenticators/totp/finish?enrolment=x&enrolment=y'),
      await ann.get('/step-up/authenticators/palm/finish?enrolment=01ARZ3NDEKTSV4RRFFQ69G5FAV'),
    ]

    expect(replies.map(({ status }) => status)).toEqual([410, 410, 404])
  })
})

function secretOf(page: Reply): string {
  return /id="totp-secret"[^>]*>([^<]*)</.exec(page.text)?.[1] ?? ''
}
