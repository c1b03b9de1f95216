import { totp } from '@sallyport/totp'
import { describe, expect, test } from 'vitest'

import { keyFactor } from '../../test/key-factor.ts'
import { formOf, PAGE } from '../../test/page-form.ts'
import type { Person, Reply } from '../../test/person.ts'
import { providerFactor, tokenFor } from '../../test/provider-factor.ts'
import { askedAt, comeBack, openProviderWorld, proveAt, signedInBefore } from '../../test/provider-world.ts'
import type { World } from '../../test/world.ts'
import { recoveryCodes } from './recovery-codes.ts'
import { parseRequirement } from './requirement.ts'

const KEPT = { json: { kept: 'yes' } }
/** Whose login had nothing to do with the provider. */
const BY_PASSWORD = { amr: ['pwd'] }

function outcome({ status, body }: Reply): readonly unknown[] {
  return [status, body['code']]
}

/** A person who has a factor and recovery codes, and has just signed in anew. */
async function withCodesBeside(world: World, factor: string, user: string): Promise<Person> {
  const person = world.person()
  await person.signIn(user)
  await person.enrol(factor)
  world.clock.advance(30_000)
  await person.prove(await person.startEnrolment('recovery_code'), factor)
  const { body } = await person.startEnrolment('recovery_code')
  await person.post(String(body['finishUrl']), KEPT)
  await person.signIn(user)
  return person
}

async function factorsAt(person: Person, path: string): Promise<unknown> {
  const challenge = await person.get(String((await person.post(path)).body['challengeUrl']))
  return challenge.body['factors'] ?? outcome(challenge)
}

describe('a factor that people are given', () => {
  test('is offered to whoever has it, also where nothing was ever enrolled', async () => {
    const world = await openProviderWorld()
    const ann = await signedInBefore(world)

    expect(await factorsAt(ann, '/plain')).toEqual(['oidc'])
    expect(await factorsAt(ann, '/again')).toEqual(['oidc'])
  })

  test('is not offered to whoever has it not: they set up another one, or are told that nothing here will do', async () => {
    const world = await openProviderWorld()
    const ann = world.person()
    await ann.signIn('ann', BY_PASSWORD)
    const refused = await ann.post('/again')

    expect([refused.body['factors'], await factorsAt(ann, '/again')]).toEqual([[], [403, 'ERR_STEP_UP_REQUIRED']])
    const first = await ann.get(String((await ann.post('/plain')).body['challengeUrl']))
    expect(first.body).toMatchObject({ status: 403, authenticatorsUrl: expect.stringContaining('/authenticators') })
  })

  test('stands beside what was enrolled, which comes first once it was used', async () => {
    const world = await openProviderWorld()
    const ann = await signedInBefore(world)
    await ann.signIn()
    await ann.enrol('totp')
    const before = await factorsAt(ann, '/plain')
    world.clock.advance(30_000)
    await ann.prove(await ann.post('/plain'), 'totp')
    world.clock.advance(600_000)

    expect([before, await factorsAt(ann, '/plain')]).toEqual([
      ['oidc', 'totp'],
      ['totp', 'oidc'],
    ])
  })

  test('is never asked for what it cannot reach', async () => {
    const world = await openProviderWorld({
      routes: (app, { stepUp }) => {
        const gate = stepUp.requireStepUp({ acr: ['unheard-of'] })
        app.post('/beyond', gate, (_req, res) => void res.json({}))
      },
    })
    const ann = await signedInBefore(world)

    expect(await factorsAt(ann, '/beyond')).toEqual([403, 'ERR_STEP_UP_REQUIRED'])
  })

  test('F-39 makes a browser known by a second factor only: a login there gives nobody tries of their own', async () => {
    const world = await openProviderWorld()
    const ann = await signedInBefore(world)
    const devices = async (): Promise<number> => (await world.store.list(['device', 'ann'], { limit: 2 })).length
    await proveAt(ann, { user: 'ann', at: world.clock.now() })
    const weak = await devices()

    await proveAt(ann, { user: 'ann', at: world.clock.now(), strong: true }, '/plain')

    expect([weak, await devices()]).toEqual([0, 1])
  })

  test('would be asked for where a requirement is only tried out', async () => {
    const world = await openProviderWorld({
      routes: (app, { stepUp }) => {
        app.post('/tried', stepUp.requireStepUp({ name: 'tried', mode: 'report' }), (_req, res) => void res.json({}))
      },
    })
    const [ann, ben] = [await signedInBefore(world), world.person()]
    await ben.signIn('ben', BY_PASSWORD)

    await ann.post('/tried')
    await ben.post('/tried')

    const told = (await world.events('step_up.reported')).map(({ data }) => data)
    expect(told).toMatchObject([{ would: 'challenge' }, { would: 'refuse' }])
  })

  test('is a start-up error where a route names it with a level that it does not reach', () => {
    const factors = new Map([['oidc', providerFactor()]] as const)

    expect(() => parseRequirement({ anyOf: ['oidc'], acr: ['unheard-of'] }, factors)).toThrow(
      expect.objectContaining({ code: 'ERR_STEP_UP_OPTION' }),
    )
    expect(parseRequirement({ anyOf: ['oidc'], acr: ['unheard-of', 'high'] }, factors)).toMatchObject({
      anyOf: ['oidc'],
    })
  })

  test('gets to know what is demanded, for whom, and for which step-up', async () => {
    const world = await openProviderWorld()
    const ann = await signedInBefore(world)

    const { stepUp } = await askedAt(ann, '/high')

    const [challenge] = await world.store.list(['challenge'], { limit: 1 })
    expect(challenge?.value).toMatchObject({ state: { stepUp, user: 'ann', acr: ['high'], maxAgeMs: 300_000 } })
  })

  test('gets to know why its last challenge of this step-up failed, and nothing of others', async () => {
    const world = await openProviderWorld()
    const ann = await signedInBefore(world)
    await proveAt(ann, { user: 'ben', at: world.clock.now() })
    await askedAt(ann)
    await askedAt(ann, '/high')

    const challenges = await world.store.list(['challenge'], { limit: 9 })
    expect(challenges.map(({ value }) => value)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ state: expect.objectContaining({ acr: [], failed: 'wrong_subject' }) }),
        expect.objectContaining({ state: expect.objectContaining({ acr: ['high'], failed: null }) }),
      ]),
    )
  })

  test('counts by the drawn session alone: another instance needs no record of it', async () => {
    const world = await openProviderWorld({ instances: 2, store: 'sqlite' })
    const ann = await signedInBefore(world)
    const asked = await askedAt(ann)
    const json = { stepUp: asked.stepUp, input: tokenFor(asked.nonce, { user: 'ann', at: world.clock.now() }) }

    const back = await ann.post('/callback', { json, instance: 1 })

    expect(back.body).toEqual({ ok: true, more: false })
    expect(await world.store.list(['authenticator'], { limit: 1 })).toEqual([])
  })
})

describe('the way out to where it is proved', () => {
  test('leads back to the very challenge, with all that its address carries on', async () => {
    const world = await openProviderWorld()
    const ann = await signedInBefore(world)
    const form = await ann.post('/again', { form: {}, ...PAGE })
    const page = await ann.get(String(form.headers.get('location')), PAGE)

    const [, href = ''] = /<a class="button main" href="([^"]*)"/.exec(page.text) ?? []
    const way = new URL(href.replaceAll('&amp;', '&'), world.url)
    const back = new URL(way.searchParams.get('return_to') ?? '', world.url)

    expect([way.pathname, way.searchParams.get('nonce')]).toEqual(['/auth/again', expect.stringMatching(/^.{22}$/)])
    const here = new URL(String(form.headers.get('location')), world.url)
    expect([back.pathname, Object.fromEntries(back.searchParams)]).toEqual([
      here.pathname,
      { ...Object.fromEntries(here.searchParams), from: 'oidc' },
    ])
    expect(here.searchParams.get('resume')).not.toBeNull()
    expect((await ann.get(`${back.pathname}${back.search}`, PAGE)).status).toBe(200)
  })

  test('stands in the answer for programs as well, and needs no button of the page', async () => {
    const world = await openProviderWorld()
    const ann = await signedInBefore(world)

    const { challenge, url } = await askedAt(ann)
    const page = await ann.get(url, PAGE)

    const back = encodeURIComponent(`${url.split('?')[0]}?from=oidc`)
    expect(challenge.body['view']).toMatchObject([
      { kind: 'leave', url: expect.stringContaining(`&return_to=${back}`) },
    ])
    expect(page.text).toContain('Sign in again at your provider')
    expect(page.text).not.toContain('/oidc/verify')
  })

  test('leads back without what is too long to be carried on', async () => {
    const world = await openProviderWorld()
    const ann = await signedInBefore(world)
    const { url } = await askedAt(ann)

    const page = await ann.get(`${url}?return_to=${encodeURIComponent(`/${'%C3%A4'.repeat(300)}`)}`)

    expect(JSON.stringify(page.body['view'])).toContain(`&return_to=${encodeURIComponent(url)}"`)
  })

  test('its answer may come by the form of the challenge too, and stops there when it is not enough', async () => {
    const world = await openProviderWorld()
    const ann = await signedInBefore(world)
    const answer = async (acr: string): Promise<Reply> => {
      const { nonce, challenge } = await askedAt(ann, '/high')
      const json = tokenFor(nonce, { user: 'ann', at: world.clock.now(), acr })
      return await ann.post(String(challenge.body['verifyUrl']), { json })
    }

    expect(outcome(await answer('middle'))).toEqual([403, 'ERR_STEP_UP_REQUIRED'])
    expect((await answer('high')).body).toMatchObject({ ok: true })
    expect((await ann.post('/high')).status).toBe(200)
  })
})

describe('what comes after a proof there that was not enough', () => {
  /** Goes there and back in vain; the page at the end of the way back that the link there names. */
  async function comeBackWeak(world: World, person: Person, user = 'ann'): Promise<{ page: Reply; url: string }> {
    const asked = await askedAt(person, '/plain')
    const url = backOf(asked.challenge)
    const { body } = await comeBack(person, asked, { user, at: world.clock.now() })
    expect(body['ok']).toBe(false)
    return { page: await person.get(url, PAGE), url: asked.url }
  }

  function backOf({ body }: Reply): string {
    const view: unknown = body['view']
    const [block]: readonly unknown[] = Array.isArray(view) ? view : []
    const way = new URL(String(Reflect.get(Object(block), 'url')), 'http://bank.example')
    return way.searchParams.get('return_to') ?? ''
  }

  const linksOf = ({ text }: Reply): readonly (string | undefined)[] =>
    [...text.matchAll(/<a [^>]*href="([^"?]*)/g)].map(([, href]) => href)

  test('is another way, where the person has one, and what was not enough is the last of the others', async () => {
    const world = await openProviderWorld()
    const ann = await signedInBefore(world)
    await ann.signIn()
    await ann.enrol('totp')
    world.clock.advance(600_000)

    const { page, url } = await comeBackWeak(world, ann)
    const byHand = await ann.get(`${url}?factor=oidc`, PAGE)

    expect([page.status, page.text.includes('name="code"'), linksOf(page)]).toEqual([200, true, [url]])
    expect((await ann.get(url)).body['factors']).toEqual(['totp', 'oidc'])
    expect(linksOf(byHand)).toEqual(['/auth/again', url])
  })

  test('is the way to add one, where the person has none, and once more there when they want to', async () => {
    const world = await openProviderWorld()
    const ann = await signedInBefore(world)

    const { page, url } = await comeBackWeak(world, ann)
    const german = await ann.get(url, { headers: { ...PAGE.headers, 'accept-language': 'de' } })
    const again = await ann.get(`${url}?factor=oidc`, PAGE)

    expect([page.status, linksOf(page)]).toEqual([200, ['/step-up/authenticators', url]])
    expect(page.text).toContain('What your sign-in provider confirmed is not enough')
    expect(german.text).toContain('Was Ihr Anmeldedienst bestätigt hat, genügt')
    expect(linksOf(again)).toEqual(['/auth/again'])
    expect((await proveAt(ann, { user: 'ann', at: world.clock.now(), strong: true }, '/plain')).body).toMatchObject({
      ok: true,
    })
  })

  test('is the same page where nothing else could ever do, and nobody is sent anywhere by itself', async () => {
    const world = await openProviderWorld()
    const ann = await signedInBefore(world)
    const asked = await askedAt(ann, '/high')
    await comeBack(ann, asked, { user: 'ann', at: world.clock.now(), acr: 'middle' })

    const page = await ann.get(backOf(asked.challenge), PAGE)

    expect([page.status, page.headers.get('location'), linksOf(page)]).toEqual([200, null, ['/auth/again']])
  })

  test('is the same way once more, where somebody else came back from there', async () => {
    const world = await openProviderWorld()
    const ann = await signedInBefore(world)

    const { page } = await comeBackWeak(world, ann, 'ben')

    expect(linksOf(page)).toEqual(['/auth/again'])
  })

  test('is said by the form of the challenge too, whose page leads back to the ways that there are', async () => {
    const world = await openProviderWorld()
    const ann = await signedInBefore(world)
    const { nonce, url } = await askedAt(ann, '/plain')
    const { fields } = formOf(await ann.get(url, PAGE), '/cancel')

    const form = { ...fields, ...tokenFor(nonce, { user: 'ann', at: world.clock.now() }) }
    const refused = await ann.post(`${url}/oidc/verify`, { form, ...PAGE })

    expect([refused.status, linksOf(refused)]).toEqual([403, [url]])
    expect(linksOf(await ann.get(url, PAGE))).toEqual(['/step-up/authenticators', url])
  })
})

describe('the authenticators of an account', () => {
  test('do not have it among them: it is neither listed nor addable, and nobody can set it up', async () => {
    const world = await openProviderWorld()
    const ann = await signedInBefore(world)
    await ann.signIn()

    const list = await ann.get('/step-up/authenticators')
    const started = await ann.post('/step-up/authenticators/oidc/start')
    const finished = await ann.post('/step-up/authenticators/oidc/finish?enrolment=1')

    expect(list.body).toMatchObject({ authenticators: [], factors: ['totp', 'webauthn'] })
    expect([started, finished].map(outcome)).toEqual([
      [404, 'ERR_STEP_UP_UNKNOWN'],
      [404, 'ERR_STEP_UP_UNKNOWN'],
    ])
    expect(await world.admin.authenticators('ann')).toEqual([])
  })

  test('F-24 begin with a fresh login, however strongly it was proved', async () => {
    const world = await openProviderWorld()
    const ann = await signedInBefore(world)
    await proveAt(ann, { user: 'ann', at: world.clock.now(), strong: true }, '/plain')
    world.clock.advance(600_000)

    expect(outcome(await ann.startEnrolment('totp'))).toEqual([403, 'ERR_LOGIN_REQUIRED'])
  })

  test('v5.0.0-6.5.2 do not take it for company of recovery codes', async () => {
    const factors = [providerFactor(), recoveryCodes()]
    const world = await openProviderWorld({ stepUp: { factors } })
    const ann = world.person()
    await ann.signIn()

    expect((await ann.get('/step-up/authenticators')).body['factors']).toEqual([])
    expect(outcome(await ann.post('/step-up/recovery-codes'))).toEqual([403, 'ERR_STEP_UP_REQUIRED'])
  })

  test('STEP-05 are not changed by a plain login, where what is asked for is named', async () => {
    const factors = [providerFactor(), totp(), keyFactor(), recoveryCodes()]
    const world = await openProviderWorld({ stepUp: { factors } })
    const [ann, ben] = [await withCodesBeside(world, 'webauthn', 'ann'), await withCodesBeside(world, 'totp', 'ben')]
    const askedFor = async (person: Person): Promise<readonly unknown[]> => {
      const { status, body } = await person.startEnrolment('recovery_code')
      return [status, body['factors']]
    }

    const plain = [await askedFor(ann), await askedFor(ben)]
    const strong = await proveAt(ann, { user: 'ann', at: world.clock.now(), strong: true }, '/plain')

    expect(plain).toEqual([
      [401, ['webauthn', 'recovery_code']],
      [401, ['totp', 'webauthn', 'recovery_code']],
    ])
    expect([strong.body, (await ann.post('/plain')).status]).toEqual([{ ok: true, more: false }, 200])
    expect(await askedFor(ann)).toEqual(plain[0])
  })

  test('STEP-05 lose nothing to a session that proved enough at the provider: what was gained there goes with a change', async () => {
    const world = await openProviderWorld()
    const ann = await signedInBefore(world)
    await ann.signIn()
    world.clock.advance(1_000)
    await proveAt(ann, { user: 'ann', at: world.clock.now(), strong: true }, '/plain')
    const before = (await ann.post('/plain')).status

    await ann.enrol('totp')

    expect([before, outcome(await ann.post('/plain'))]).toEqual([200, [401, 'ERR_STEP_UP_REQUIRED']])
    expect((await ann.get('/me')).body['evidence']).toHaveLength(1)
  })
})
