import { describe, expect, test } from 'vitest'

import { keyFactor } from '../../test/key-factor.ts'
import type { Person, Reply } from '../../test/person.ts'
import { raceOf } from '../../test/race.ts'
import { openWorld, type World, type WorldOptions } from '../../test/world.ts'
import type { EnrolmentOutcome, EnrolmentStart, EnrolledFactor } from './types.ts'

/** What a named key's enrolment was started and shown with. */
type Seen = EnrolmentStart[]

/** A key that has a name among all users, as passkeys have, and models that are allowed and that are not. */
function namedKey({
  guessable = true,
  seen = [],
}: { readonly guessable?: boolean; readonly seen?: Seen } = {}): EnrolledFactor {
  const key = keyFactor({ guessable })
  const { enrolment } = key
  const named = (outcome: EnrolmentOutcome, name: string, model: string): EnrolmentOutcome => {
    if (!outcome.ok) return outcome
    if (model === 'toy') return { ok: false, reason: 'authenticator_not_allowed', about: { model } }
    return { ...outcome, unique: name, label: ` Blue\u0000 ${'key '.repeat(30)}`, about: { model, attested: true } }
  }
  return {
    ...key,
    enrolment: {
      ...enrolment,
      start: async (input) => {
        seen.push(input)
        return await enrolment.start(input)
      },
      finish: async (answer) =>
        named(await enrolment.finish(answer), answer.input['name'] ?? '', answer.input['model'] ?? 'solid'),
    },
  }
}

async function openNamedWorld(options: WorldOptions & { readonly seen?: Seen; readonly guessable?: boolean } = {}) {
  const { seen = [], guessable = true, ...others } = options
  return await openWorld({ ...others, stepUp: { factors: [namedKey({ seen, guessable })] } })
}

async function signedIn(world: World, user = 'ann'): Promise<Person> {
  const person = world.person()
  await person.signIn(user)
  return person
}

/** Begins to add a key and gives the answer that would finish it under a name. */
async function begin(person: Person): Promise<(answer?: Readonly<Record<string, string>>) => Promise<Reply>> {
  const url = String((await person.startEnrolment()).body['finishUrl'])
  return async (answer = {}) =>
    await person.post(url, { json: { code: person.code('webauthn'), name: 'credential-1', ...answer } })
}

function outcome({ status, body }: Reply): readonly unknown[] {
  return [status, body['code']]
}

describe('an enrolment by the contract of factors', () => {
  test.each(['memory', 'sqlite'] as const)(
    'F-10 WA-REG-18 fifty people enrol one credential at the same time: it is one person’s (%s)',
    async (store) => {
      const world = await openNamedWorld({ store })
      const people = await raceOf(50, (turn) => signedIn(world, `user-${turn}`))
      const finishes = await Promise.all(people.map(begin))

      const replies = await Promise.all(finishes.map((finish) => finish()))

      expect(replies.filter(({ status }) => status === 201)).toHaveLength(1)
      expect(replies.filter((reply) => outcome(reply).join() === '422,ERR_STEP_UP_NOT_ALLOWED')).toHaveLength(49)
      expect(await world.events('authenticator.enrolled')).toHaveLength(1)
      const failed = await world.events('authenticator.enrolment_failed')
      expect(failed.map(({ reason }) => reason)).toEqual(Array(49).fill('already_used'))
      expect(await world.store.list(['authenticator'], { limit: 50 })).toHaveLength(1)
    },
  )

  test('F-10 a credential is free again for everybody once its owner removed it', async () => {
    const world = await openNamedWorld()
    const [ann, ben] = [await signedIn(world, 'ann'), await signedIn(world, 'ben')]
    const enrolled = await (await begin(ann))()
    const id = String(enrolled.body['authenticator'])
    const finish = await begin(ben)

    const before = await finish()
    const removed = await ann.postProving(`/step-up/authenticators/${id}/remove`, { json: {} })
    const after = await finish()

    expect([before, removed, after].map(({ status }) => status)).toEqual([422, 200, 201])
    expect(await world.store.list(['unique'], { limit: 5 })).toMatchObject([
      { key: ['unique', 'webauthn', 'credential-1'], value: { user: 'ben' } },
    ])
  })

  test('tells the ledger about the authenticator what its factor found out', async () => {
    const world = await openNamedWorld()

    await (
      await begin(await signedIn(world))
    )()

    expect(await world.events('authenticator.enrolled')).toMatchObject([
      { data: { factor: 'webauthn', first: true, model: 'solid', attested: true } },
    ])
  })

  test('v5.0.0-16.3.3 refuses a model that is not allowed, and tells the ledger which', async () => {
    const world = await openNamedWorld()
    const ann = await signedIn(world)

    const refused = await (await begin(ann))({ model: 'toy' })

    expect(outcome(refused)).toEqual([422, 'ERR_STEP_UP_NOT_ALLOWED'])
    expect(await world.events('authenticator.enrolment_failed')).toMatchObject([
      { reason: 'authenticator_not_allowed', data: { factor: 'webauthn', model: 'toy' } },
    ])
    expect(await world.store.list(['authenticator'], { limit: 5 })).toEqual([])
  })

  test('takes the name that the factor gives, as far as it can be shown, and keeps it sealed', async () => {
    const world = await openNamedWorld()
    const ann = await signedIn(world)
    await (
      await begin(ann)
    )()

    const { authenticators } = (await ann.get('/step-up/authenticators')).body

    const label = `Blue ${'key '.repeat(30)}`.slice(0, 64)
    expect(authenticators).toMatchObject([{ label: label.trim() }])
    expect(JSON.stringify(await world.store.list(['authenticator'], { limit: 5 }))).not.toContain('Blue')
  })

  test('tells the factor which authenticators of its kind the user has, opened', async () => {
    const seen: Seen = []
    const world = await openNamedWorld({ seen })
    const ann = await signedIn(world)
    await (
      await begin(ann)
    )({ name: 'credential-1' })
    await ann.postProving('/strict', {})
    await begin(ann)

    expect(seen.map(({ existing }) => existing.length)).toEqual([0, 1])
    expect(seen.at(-1)?.existing).toMatchObject([{ state: { secret: expect.stringMatching(/^[0-9a-f]{32}$/) } }])
  })

  test('F-18 begins anew after a wrong answer of what is signed, so that nothing is signed twice', async () => {
    const world = await openNamedWorld({ guessable: false })
    const ann = await signedIn(world)
    const begun = await ann.startEnrolment()
    const url = String(begun.body['finishUrl'])
    const old = { json: { code: ann.code('webauthn'), name: 'credential-1' } }

    const wrong = await ann.post(url, { json: { code: 'wrong' } })
    const late = await ann.post(url, old)
    const [secret] = secretsIn(await ann.get(url))
    const right = await ann.post(url, { json: { ...old.json, code: secret } })

    expect([wrong, late, right].map(({ status }) => status)).toEqual([422, 422, 201])
    expect(secretsIn(wrong)).not.toEqual(secretsIn(begun))
    expect(wrong.body['finishUrl']).toBe(url)
  })

  test('F-06 gives a signed enrolment no more tries by beginning anew', async () => {
    const world = await openNamedWorld({ guessable: false })
    const ann = await signedIn(world)
    const url = String((await ann.startEnrolment()).body['finishUrl'])

    const replies: Reply[] = []
    for (let turn = 0; turn < 7; turn += 1) replies.push(await ann.post(url, { json: { code: 'wrong' } }))

    expect(replies.map(({ status }) => status)).toEqual([422, 422, 422, 422, 422, 429, 429])
  })
})

function secretsIn({ body }: Reply): readonly string[] {
  const view: unknown = body['view']
  return Array.isArray(view) ? view.flatMap((block) => (block?.kind === 'secret' ? [block.text] : [])) : []
}
