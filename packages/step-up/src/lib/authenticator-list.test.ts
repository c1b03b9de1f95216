import { describe, expect, test } from 'vitest'

import { keyFactor } from '../../test/key-factor.ts'
import { formOf, PAGE } from '../../test/page-form.ts'
import { openRecoveryWorld, personWithCodes } from '../../test/recovery.ts'
import { openWorld } from '../../test/world.ts'
import type { EnrolledFactor, ViewBlock } from './types.ts'

const LIST = '/step-up/authenticators'

/** A key that tells the browser's passkey manager how many of it still count. */
function signallingKey(): EnrolledFactor {
  const listed: NonNullable<EnrolledFactor['listed']> = (authenticators, account): readonly ViewBlock[] => [
    { kind: 'passkey_signal', signal: 'allAcceptedCredentials', value: { left: authenticators.length, account } },
  ]
  return { ...keyFactor(), listed }
}

describe('the list of authenticators', () => {
  test('v5.0.0-7.5.2 tells where the person is signed in, and how to end each other session', async () => {
    const world = await openWorld()
    const [here, there] = [world.person(), world.person()]
    await here.signIn()
    world.clock.advance(1_000)
    await there.signIn()

    const { sessions, endOthersUrl } = (await here.get(LIST)).body

    expect(sessions).toEqual([
      { client: expect.any(String), startedAt: world.clock.now() - 1_000, seenAt: expect.any(Number) },
      {
        client: expect.any(String),
        startedAt: world.clock.now(),
        seenAt: expect.any(Number),
        endUrl: expect.stringMatching(/^\/step-up\/sessions\/[^/]+\/end$/),
      },
    ])
    expect(endOthersUrl).toBe('/step-up/sessions/end-others')
  })

  test('offers no end of other sessions where there is none, and no drop where nothing was proved', async () => {
    const world = await openWorld()
    const ann = world.person()
    await ann.signIn()

    const { body } = await ann.get(LIST)

    expect([body['endOthersUrl'], body['dropUrl']]).toEqual([undefined, undefined])
  })

  test('offers to drop what was proved since the login', async () => {
    const world = await openWorld()
    const ann = world.person()
    await ann.signIn()
    await ann.enrol()
    world.clock.advance(1_000)
    await ann.postProving('/plain', { json: {} })

    expect((await ann.get(LIST)).body['dropUrl']).toBe('/step-up/elevation/drop')
  })

  test('has what factors tell the browser, with the authenticators that count', async () => {
    const world = await openWorld({ stepUp: { factors: [signallingKey()] } })
    const ann = world.person()
    await ann.signIn()
    const before = (await ann.get(LIST)).body['view']
    await ann.enrol()

    const value = { left: 1, account: 'ann@example.com' }
    expect(before).toMatchObject([{ value: { left: 0 } }])
    expect((await ann.get(LIST)).body['view']).toEqual([
      { kind: 'passkey_signal', signal: 'allAcceptedCredentials', value },
    ])
  })

  test('says what was just done, and nothing that an address makes up', async () => {
    const world = await openWorld()
    const ann = world.person()
    await ann.signIn()
    const notices = ['enrolled', 'dropped', 'session_ended', 'sessions_ended', 'toString', '<b>', '']

    const pages = await Promise.all(notices.map((notice) => ann.copy().get(`${LIST}?notice=${notice}`, PAGE)))

    const told = pages.map(({ text }) => text.includes('class="notice"'))
    expect(told).toEqual([true, true, true, true, false, false, false])
  })

  test('offers a new set of recovery codes as well to who has one', async () => {
    const world = await openRecoveryWorld()
    const { ann } = await personWithCodes(world, 'totp')

    const page = await ann.get(LIST, PAGE)

    expect(formOf(page, '/recovery_code/start').action).toBe(`${LIST}/recovery_code/start`)
    expect((await ann.get(LIST)).body['factors']).toEqual(['totp', 'webauthn', 'recovery_code'])
  })
})
