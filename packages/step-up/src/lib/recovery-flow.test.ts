import { describe, expect, test } from 'vitest'

import { formOf, PAGE } from '../../test/page-form.ts'
import type { Person, Reply } from '../../test/person.ts'
import { raceOf } from '../../test/race.ts'
import { codesShown, keepCodes, openRecoveryWorld, personWithCodes } from '../../test/recovery.ts'
import type { World } from '../../test/world.ts'
import { LIMITS } from './limits.ts'

const START = '/step-up/recovery-codes'

function outcome({ status, body }: Reply): readonly unknown[] {
  return [status, body['code']]
}

/** The challenge of the change gate, asking for a code; gives where the answer goes. */
async function askedForCode(person: Person): Promise<string> {
  const refused = await person.post('/step-up/authenticators/totp/start')
  const challenge = await person.get(`${String(refused.body['challengeUrl'])}?factor=recovery_code`)
  return String(challenge.body['verifyUrl'])
}

/** All that is kept in the store, records and entries, as one text. */
async function everythingIn({ store }: World): Promise<string> {
  const kinds = ['session', 'user', 'step-up', 'challenge', 'authenticator', 'enrolment', 'grant', 'stash', 'limit']
  const records = await Promise.all(kinds.map((kind) => store.list([kind], { limit: 1_000 })))
  const entries = await store.read(0, await store.size())
  return JSON.stringify([records, entries.map(({ bytes }) => Buffer.from(bytes).toString('utf8'))])
}

describe('recovery codes', () => {
  test('are made behind the change gate, shown until they are kept, and told to the ledger and the person', async () => {
    const world = await openRecoveryWorld()
    const ann = world.person()
    await ann.signIn()
    await ann.enrol('webauthn')

    const refused = await ann.post(START)
    await ann.prove(refused)
    const begun = await ann.post(START)
    const again = await ann.get(String(begun.body['finishUrl']))
    const unkept = await ann.post(String(begun.body['finishUrl']), { json: {} })
    const finished = await ann.post(String(begun.body['finishUrl']), { json: { kept: 'yes' } })

    expect([refused, begun, again, unkept, finished].map(({ status }) => status)).toEqual([401, 200, 200, 422, 201])
    expect(codesShown(begun)).toHaveLength(10)
    expect([codesShown(again), codesShown(unkept)]).toEqual([codesShown(begun), codesShown(begun)])
    expect(await world.events('recovery_codes.generated')).toMatchObject([{ data: { count: 10 } }])
    expect(world.notices.at(-1)).toMatchObject({ about: 'authenticator.enrolled', factor: 'recovery_code' })
  })

  test('NB-01 NB-37 are nobody’s first authenticator, and are on offer only beside a strong one', async () => {
    const world = await openRecoveryWorld()
    const ann = world.person()
    await ann.signIn()

    const before = await ann.get('/step-up/authenticators')
    const refused = await ann.post(START)
    await ann.enrol('totp')
    const after = await ann.get('/step-up/authenticators')

    expect(before.body['factors']).toEqual(['totp', 'webauthn'])
    expect(outcome(refused)).toEqual([403, 'ERR_STEP_UP_REQUIRED'])
    expect(after.body['factors']).toEqual(['totp', 'webauthn', 'recovery_code'])
  })

  test('F-34 v5.0.0-6.5.2 LOG-03 stand in clear in no record and no entry, from their making to their use', async () => {
    const world = await openRecoveryWorld()
    const ann = world.person()
    await ann.signIn()
    await ann.enrol('webauthn')
    await ann.prove(await ann.post(START))

    const begun = await ann.post(START)
    const whilePending = await everythingIn(world)
    await ann.post(String(begun.body['finishUrl']), { json: { kept: 'yes' } })
    const verifyUrl = await askedForCode(ann)
    const [used = '', ...rest] = codesShown(begun)
    const wrong = rest.at(-1)?.replace(/^./, '!') ?? ''
    await ann.post(verifyUrl, { json: { code: wrong } })
    const replacement = codesShown(await ann.post(verifyUrl, { json: { code: used } }))
    const kept = `${whilePending}${await everythingIn(world)}${JSON.stringify(world.errors)}`

    const codes = [used, ...rest, ...replacement, wrong].flatMap((code) => [code, code.replaceAll('-', '')])
    expect(codes).toHaveLength(24)
    expect(codes.filter((code) => kept.includes(code))).toEqual([])
  })

  test.each(['memory', 'sqlite'] as const)(
    'v5.0.0-6.5.1 NB-24 are good once, however many send one at the same time (%s)',
    async (store) => {
      const world = await openRecoveryWorld({ store })
      const { ann, codes } = await personWithCodes(world, 'webauthn')
      const verifyUrl = await askedForCode(ann)

      const replies = await raceOf(50, () => ann.copy().post(verifyUrl, { json: { code: codes[3] } }))

      expect(replies.filter(({ status }) => status === 200)).toHaveLength(1)
      expect(await world.events('recovery_code.used')).toMatchObject([{ data: { left: 10 } }])
      expect(await world.events('challenge.verified')).toHaveLength(2)
    },
  )

  test('NB-35 shows the code in place of the used one, once, before the person goes on', async () => {
    const world = await openRecoveryWorld()
    const { ann, codes } = await personWithCodes(world, 'totp')
    const list = await ann.get('/step-up/authenticators', PAGE)
    const start = formOf(list, '/webauthn/start')
    const asked = await ann.post(start.action, { form: start.fields, ...PAGE })
    const page = await ann.get(`${asked.headers.get('location') ?? ''}&factor=recovery_code`, PAGE)
    const answer = formOf(page, '/recovery_code/verify')

    const shown = await ann.post(answer.action, { form: { ...answer.fields, code: codes[0] ?? '' }, ...PAGE })

    const [fresh = ''] = /([0-9A-HJKMNP-TV-Z]{4}-){5}[0-9A-HJKMNP-TV-Z]{4}/.exec(shown.text) ?? []
    expect(shown.status).toBe(200)
    expect([fresh === '', codes.includes(fresh)]).toEqual([false, false])
    expect(shown.text).toContain('/step-up/resume/')
  })

  test('are replaced as a whole by a new set, in one commit', async () => {
    const world = await openRecoveryWorld()
    const { ann, codes } = await personWithCodes(world, 'webauthn')
    await ann.prove(await ann.post(START))
    const fresh = await keepCodes(ann)

    const verifyUrl = await askedForCode(ann)
    const old = await ann.post(verifyUrl, { json: { code: codes[0] } })
    const good = await ann.post(verifyUrl, { json: { code: fresh[0] } })

    expect([outcome(old), good.status]).toEqual([[422, 'ERR_STEP_UP_WRONG_CODE'], 200])
    expect(await world.events('authenticator.removed')).toMatchObject([
      { reason: 'replaced', data: { factor: 'recovery_code', left: 2 } },
    ])
    const { authenticators } = (await ann.get('/step-up/authenticators')).body
    expect(authenticators).toMatchObject([{ factor: 'webauthn' }, { factor: 'recovery_code' }])
  })

  test('F-06 are guessed at no oftener than other codes', async () => {
    const world = await openRecoveryWorld()
    const { ann, codes } = await personWithCodes(world, 'webauthn')
    const verifyUrl = await askedForCode(ann)

    const replies = await raceOf(20, () => ann.copy().post(verifyUrl, { json: { code: '0'.repeat(24) } }))
    const right = await ann.post(verifyUrl, { json: { code: codes[0] } })

    expect(replies.filter(({ status }) => status === 422).length).toBeLessThan(LIMITS.challengeAttempts)
    expect(right.status).not.toBe(200)
  })
})
