import { totp } from '@sallyport/totp'
import { describe, expect, test } from 'vitest'

import { keyFactor } from '../../test/key-factor.ts'
import type { Person, Reply } from '../../test/person.ts'
import { codesShown, openRecoveryWorld, personWithCodes } from '../../test/recovery.ts'
import { openWorld, type World } from '../../test/world.ts'
import { putAuthenticator } from './authenticators.ts'
import { readRecord } from './records.ts'
import type { Factor } from './types.ts'

const ADD = '/step-up/authenticators/totp/start'
const ASKED = [401, 'ERR_STEP_UP_REQUIRED']

function outcome({ status, body }: Reply): readonly unknown[] {
  return [status, body['code']]
}

async function idsOf(person: Person): Promise<Readonly<Record<string, string>>> {
  const { authenticators } = (await person.get('/step-up/authenticators')).body
  return Object.fromEntries(Array.isArray(authenticators) ? authenticators.map(({ factor, id }) => [factor, id]) : [])
}

/** Every way to change authenticators, tried. */
async function changes(person: Person, id: string): Promise<readonly Reply[]> {
  return [
    await person.post(ADD),
    await person.post('/step-up/recovery-codes'),
    await person.post(`/step-up/authenticators/${id}/rename`, { json: { label: 'mine' } }),
    await person.post(`/step-up/authenticators/${id}/remove`),
  ]
}

/** Disables a user's authenticators of a factor, as too many wrong answers do. */
async function disable({ store }: World, factor: string): Promise<void> {
  for (const found of await store.list(['authenticator', 'ann'], { limit: 20 })) {
    const kept = readRecord('authenticator', found)
    if (kept?.value.factor !== factor) continue
    const record = { ...kept.value, disabled: true }
    const write = putAuthenticator('ann', found.key[2] ?? '', { record, expect: kept.version })
    await store.commit({ id: `disable-${found.key[2] ?? ''}`, writes: [write], entries: [] })
  }
}

/** A factor that is no second factor, as a code by e-mail. */
function weakFactor(): Factor {
  return { ...keyFactor(), name: 'otp_email', strong: false, strength: [] }
}

describe('the change gate', () => {
  test('F-11 v5.0.0-7.5.1 STEP-05 asks before adding, renewing codes, renaming and removing', async () => {
    const world = await openRecoveryWorld()
    const { ann } = await personWithCodes(world, 'webauthn')

    const replies = await changes(ann, (await idsOf(ann))['webauthn'] ?? '')

    expect(replies.map(outcome)).toEqual(Array(4).fill(ASKED))
    expect(await world.events('authenticator.renamed', 'authenticator.removed')).toEqual([])
  })

  test('v5.0.0-6.4.3 is not opened by a fresh login', async () => {
    const world = await openRecoveryWorld()
    const { ann } = await personWithCodes(world, 'totp')
    const afterReset = world.person()
    await afterReset.signIn('ann')

    const replies = await changes(afterReset, (await idsOf(ann))['totp'] ?? '')

    expect(replies.map(outcome)).toEqual(Array(4).fill(ASKED))
  })

  test('NB-30 F-11 demands the strongest that there is, or a recovery code, and nothing weaker', async () => {
    const world = await openRecoveryWorld()
    const { ann } = await personWithCodes(world, 'webauthn')
    await ann.prove(await ann.post(ADD))
    await ann.enrol('totp')
    world.clock.advance(30_000)
    await ann.prove(await ann.post('/plain'), 'totp')

    const replies = await changes(ann, (await idsOf(ann))['webauthn'] ?? '')

    expect(replies.map(outcome)).toEqual(Array(4).fill(ASKED))
    expect(replies[0]?.body['factors']).toEqual(['webauthn', 'recovery_code'])
  })

  test('v5.0.0-6.4.4 lets somebody with a recovery code take away the passkey that they lost', async () => {
    const world = await openRecoveryWorld()
    const { ann, codes } = await personWithCodes(world, 'webauthn')
    const lost = (await idsOf(ann))['webauthn'] ?? ''
    const remove = `/step-up/authenticators/${lost}/remove`

    const proved = await ann.prove(await ann.post(remove), 'recovery_code', codes[0])
    const removed = await ann.post(remove)

    expect([proved.status, codesShown(proved).length, removed.status]).toEqual([200, 1, 200])
    expect(Object.keys(await idsOf(ann))).toEqual(['recovery_code'])
    expect(await world.events('recovery_code.used', 'authenticator.removed')).toMatchObject([
      { authn: { factor: 'recovery_code' } },
      { data: { factor: 'webauthn', left: 1 } },
    ])
  })

  test('NB-37 C-16 opens to a recovery code alone: no other route does', async () => {
    const world = await openRecoveryWorld()
    const { ann, codes } = await personWithCodes(world, 'totp')
    await ann.prove(await ann.post(ADD), 'recovery_code', codes[0])

    const replies = [await ann.post('/plain'), await ann.post('/strict')]

    expect(replies.map(outcome)).toEqual([ASKED, ASKED])
    expect(world.done).toEqual([])
  })

  test('asks for a recovery code once more after each change that it opened', async () => {
    const world = await openRecoveryWorld()
    const { ann, codes } = await personWithCodes(world, 'totp')
    await ann.prove(await ann.post(ADD), 'recovery_code', codes[0])
    const { totp: id = '' } = await idsOf(ann)
    await ann.post(`/step-up/authenticators/${id}/remove`)

    expect(outcome(await ann.post(ADD))).toEqual(ASKED)
  })

  test('asks for no recovery code where the person has none', async () => {
    const world = await openRecoveryWorld()
    const ann = world.person()
    await ann.signIn()
    await ann.enrol('totp')

    const refused = await ann.post(ADD)

    expect(refused.body['factors']).toEqual(['totp', 'webauthn'])
  })

  test('F-11 stays shut for whoever had an authenticator disabled by guessing at it', async () => {
    const world = await openRecoveryWorld()
    const ann = world.person()
    await ann.signIn()
    await ann.enrol('totp')
    await disable(world, 'totp')
    const thief = world.person()
    await thief.signIn('ann')

    const replies = await changes(thief, (await idsOf(ann))['totp'] ?? '')

    expect(replies.map(outcome)).toEqual(Array(4).fill([403, 'ERR_STEP_UP_REQUIRED']))
  })

  test('opens to a recovery code when all else is disabled, so that what is disabled can be removed', async () => {
    const world = await openRecoveryWorld()
    const { ann, codes } = await personWithCodes(world, 'totp')
    await disable(world, 'totp')
    const remove = `/step-up/authenticators/${(await idsOf(ann))['totp'] ?? ''}/remove`

    await ann.prove(await ann.post(remove), 'recovery_code', codes[0])
    const removed = await ann.post(remove)

    expect(removed.status).toBe(200)
  })

  test('counts a disabled passkey no more when an app is left', async () => {
    const world = await openRecoveryWorld()
    const ann = world.person()
    await ann.signIn()
    await ann.enrol('totp')
    world.clock.advance(30_000)
    await ann.enrol('webauthn')
    await disable(world, 'webauthn')
    world.clock.advance(30_000)
    await ann.prove(await ann.post(ADD), 'totp')

    expect((await ann.post(ADD)).status).toBe(200)
  })

  test('F-11 takes nothing weaker in place of an app that is disabled', async () => {
    const world = await openWorld({ stepUp: { factors: [totp(), weakFactor()] } })
    const ann = world.person()
    await ann.signIn()
    await ann.enrol('otp_email')
    await ann.prove(await ann.post(ADD), 'otp_email')
    await ann.enrol('totp')
    await disable(world, 'totp')

    expect(outcome(await ann.post(ADD))).toEqual([403, 'ERR_STEP_UP_REQUIRED'])
  })

  test('NB-30 asks whoever has only something weak for that', async () => {
    const world = await openWorld({ stepUp: { factors: [totp(), weakFactor()] } })
    const ann = world.person()
    await ann.signIn()
    await ann.enrol('otp_email')

    const refused = await ann.post(ADD)
    await ann.prove(refused, 'otp_email')

    expect([outcome(refused), refused.body['factors']]).toEqual([ASKED, ['otp_email']])
    expect((await ann.post(ADD)).status).toBe(200)
  })
})
