import { randomBytes } from 'node:crypto'
import { createSoftwareAuthenticator } from '@sallyport/testing'
import type { SoftwareAuthenticatorOptions } from '@sallyport/testing'
import type { AuthenticatorState, FactorOutcome } from '@sallyport/step-up/factor'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  answerTo,
  authenticate,
  bytesOf,
  CHALLENGE,
  createAttestedWorld,
  createWorld,
  enrol,
  NOW,
  ORIGIN,
  withResponse,
} from '../../test/passkeys.ts'
import type { Answering } from '../../test/passkeys.ts'

type Alter = NonNullable<SoftwareAuthenticatorOptions['alter']>

async function answerAltered(alter: Alter, options: Parameters<typeof createWorld>[0] = {}): Promise<FactorOutcome> {
  const world = createWorld(options)
  const passkey = await enrol(world)
  world.authenticator.behave({ alter })
  return authenticate(world, passkey)
}

function saying(members: Readonly<Record<string, unknown>>): Alter {
  return ({ clientData }) => ({ clientData: { ...clientData, ...members } })
}

describe('an authentication', () => {
  test('is accepted as an honest browser sends it, with the proof of it', async () => {
    const world = createWorld()
    const passkey = await enrol(world)

    expect(await authenticate(world, passkey)).toEqual({
      ok: true,
      next: passkey.state,
      strength: ['user_verified'],
      amr: ['pop', 'user', 'swk'],
      proof: {
        credentialId: Object(passkey.state).credentialId,
        publicKey: Object(passkey.state).publicKey,
        clientDataJSON: expect.any(String),
        authenticatorData: expect.any(String),
        signature: expect.any(String),
      },
      key: expect.stringMatching(/^[\w-]{43}$/),
    })
  })

  test('WA-AUTH-01 leaves an answer of another passkey to that one', async () => {
    const world = createWorld()
    const first = await enrol(world)
    const second = await enrol({ ...world, authenticator: createSoftwareAuthenticator() }, [first])
    const attempt = await answerTo(world, first)

    expect(await world.factor.verify(second, attempt)).toEqual({ ok: false, reason: 'authenticator_unknown' })
    expect(await world.factor.verify(first, attempt)).toMatchObject({ ok: true })
  })

  test("WA-AUTH-02 F-16 refuses another user's passkey in the second-factor ceremony", async () => {
    const { factor } = createWorld()
    const ada = { factor, authenticator: createSoftwareAuthenticator() }
    const eve = { factor, authenticator: createSoftwareAuthenticator() }
    const [hers, eves] = [await enrol(ada), await enrol(eve)]
    const state = await factor.start({ ...CHALLENGE, authenticators: [hers] })
    const [block] = await factor.view(state, [hers])
    const credential = eve.authenticator.get({ ...Object(block).options, allowCredentials: [] }, ORIGIN)
    const renamed = { ...credential, id: Object(hers.state).credentialId, rawId: Object(hers.state).credentialId }
    const attempt = (answer: unknown) => ({
      state,
      input: { credential: JSON.stringify(answer) },
      now: NOW,
      randomBytes,
    })

    expect(await factor.verify(hers, attempt(credential))).toMatchObject({ reason: 'authenticator_unknown' })
    expect(await factor.verify(hers, attempt(renamed))).toMatchObject({ reason: 'authenticator_unknown' })
    expect(await factor.verify(hers, attempt(withResponse(Object(renamed), { userHandle: null })))).toMatchObject({
      reason: 'signature_invalid',
    })
    expect(await factor.verify(eves, attempt(credential))).toMatchObject({ ok: true })
  })

  test('WA-AUTH-02 refuses the handle of another user', async () => {
    const userHandle = randomBytes(64).toString('base64url')

    expect(await answerAltered(() => ({ userHandle }))).toEqual({ ok: false, reason: 'authenticator_unknown' })
  })

  test('WA-AUTH-02 does without a handle when the user is known, and not at a sign-in', async () => {
    const world = createWorld()
    const passkey = await enrol(world)
    world.authenticator.behave({ alter: () => ({ userHandle: undefined }) })

    expect(await authenticate(world, passkey)).toMatchObject({ ok: true })
    expect(await authenticate(world, passkey, { signIn: true })).toEqual({ ok: false, reason: 'invalid_input' })
  })

  test.each([[null], ['']])('takes a handle of %j for none', async (userHandle) => {
    const world = createWorld()
    const passkey = await enrol(world)

    const outcome = await authenticate(world, passkey, {
      onTheWay: (credential) => withResponse(credential, { userHandle }),
    })

    expect(outcome).toMatchObject({ ok: true })
  })

  test('WA-AUTH-03 F-18 refuses another type of ceremony', async () => {
    expect(await answerAltered(saying({ type: 'webauthn.create' }))).toEqual({ ok: false, reason: 'invalid_input' })
  })

  test('WA-AUTH-03 F-18 refuses the answer to another challenge, of a sign-in too', async () => {
    const world = createWorld()
    const passkey = await enrol(world)
    const attempt = await answerTo(world, passkey)
    const other = await world.factor.start({ ...CHALLENGE, authenticators: [passkey] })
    const signIn = await world.factor.start(CHALLENGE)

    expect(await world.factor.verify(passkey, { ...attempt, state: other })).toMatchObject({
      reason: 'challenge_ended',
    })
    expect(await world.factor.verify(passkey, { ...attempt, state: signIn })).toMatchObject({
      reason: 'challenge_ended',
    })
  })

  test.each([
    'https://evil.example',
    'https://bank.example.evil.example',
    'https://sub.bank.example',
    'http://bank.example',
  ])('WA-AUTH-03 refuses the origin %s', async (origin) => {
    expect(await answerAltered(saying({ origin }))).toEqual({ ok: false, reason: 'wrong_origin' })
  })

  test('WA-AUTH-03 refuses a framed page unless the framing page is expected', async () => {
    const topOrigins = ['https://portal.example']
    const framed = saying({ crossOrigin: true, topOrigin: 'https://portal.example' })
    const elsewhere = saying({ crossOrigin: true, topOrigin: 'https://evil.example' })

    expect(await answerAltered(saying({ crossOrigin: true }))).toMatchObject({ reason: 'wrong_origin' })
    expect(await answerAltered(framed)).toMatchObject({ reason: 'wrong_origin' })
    expect(await answerAltered(framed, { topOrigins })).toMatchObject({ ok: true })
    expect(await answerAltered(elsewhere, { topOrigins })).toMatchObject({ reason: 'wrong_origin' })
  })

  test('WA-AUTH-04 refuses the hash of another RP ID', async () => {
    expect(await answerAltered(() => ({ rpId: 'evil.example' }))).toEqual({ ok: false, reason: 'wrong_origin' })
  })

  test('WA-AUTH-04 refuses when nobody was present', async () => {
    const outcome = await answerAltered(({ flags }) => ({ flags: flags & ~1 }))

    expect(outcome).toEqual({ ok: false, reason: 'user_not_verified' })
  })

  test('WA-AUTH-04 NB-27 takes the verification of the user from the answer, not from what was asked', async () => {
    const outcome = await answerAltered(({ flags }) => ({ flags: flags & ~4 }))

    expect(outcome).toMatchObject({ ok: true, strength: [], amr: ['pop'] })
  })

  test.each<[string, Answering, object]>([
    ['the route demands it', { demanded: ['user_verified'] }, {}],
    ['it is a sign-in', { signIn: true }, {}],
    ['the configuration requires it', {}, { userVerification: 'required' }],
  ])('WA-AUTH-04 F-14 refuses an unverified user when %s', async (_when, answering, options) => {
    const world = createWorld(options)
    const passkey = await enrol(world)
    world.authenticator.behave({ userVerified: false })

    expect(await authenticate(world, passkey, answering)).toEqual({ ok: false, reason: 'user_not_verified' })
  })

  test('WA-AUTH-05 refuses what is backed up and cannot be', async () => {
    expect(await answerAltered(({ flags }) => ({ flags: flags | 16 }))).toEqual({ ok: false, reason: 'invalid_input' })
  })

  test('WA-AUTH-05 refuses another eligibility for backup than at the enrolment', async () => {
    expect(await answerAltered(({ flags }) => ({ flags: flags | 8 }))).toEqual({ ok: false, reason: 'invalid_input' })
  })

  test('WA-AUTH-05 stores that a passkey is backed up from now on, or no longer', async () => {
    const world = createWorld({}, { backupEligible: true })
    const passkey = await enrol(world)

    world.authenticator.behave({ backedUp: true })
    expect(await authenticate(world, passkey)).toMatchObject({ next: { backupEligible: true, backedUp: true } })
    world.authenticator.behave({ backedUp: false })
    expect(await authenticate(world, passkey)).toMatchObject({ next: { backupEligible: true, backedUp: false } })
  })

  test('WA-AUTH-06 v5.0.0-6.5.7 refuses the signature of another key', async () => {
    const world = createWorld()
    const passkey = await enrol(world)
    const other = await enrol({ ...world, authenticator: createSoftwareAuthenticator() })
    const state = { ...Object(passkey.state), publicKey: Object(other.state).publicKey }

    expect(await authenticate(world, { ...passkey, state })).toEqual({ ok: false, reason: 'signature_invalid' })
  })

  test('WA-AUTH-06 refuses any flipped bit of what is signed, and of the signature (property)', async () => {
    const world = createWorld()
    const passkey = await enrol(world)
    const attempt = await answerTo(world, passkey)
    const honest = JSON.parse(String(attempt.input['credential']))
    const member = fc.constantFrom('authenticatorData', 'clientDataJSON', 'signature')

    await fc.assert(
      fc.asyncProperty(member, fc.nat(), fc.nat(7), async (name, place, bit) => {
        const bytes = bytesOf(honest, name)
        bytes.writeUInt8(bytes.readUInt8(place % bytes.length) ^ (1 << bit), place % bytes.length)
        const credential = JSON.stringify(withResponse(honest, { [name]: bytes.toString('base64url') }))

        expect(await world.factor.verify(passkey, { ...attempt, input: { credential } })).toMatchObject({ ok: false })
      }),
      { numRuns: 400 },
    )
  })

  test.each([
    [0, 0, false],
    [0, 1, false],
    [5, 6, false],
    [5, 5, true],
    [5, 4, true],
    [5, 0, true],
  ])(
    'WA-AUTH-07 with %i stored and %i received, says that the counter regressed: %s',
    async (stored, received, regressed) => {
      const world = createWorld()
      const { id, state } = await enrol(world)
      world.authenticator.behave({ alter: () => ({ counter: received }) })

      const outcome = await authenticate(world, { id, state: { ...Object(state), signCount: stored } })

      const event = { type: 'authenticator.counter_regressed', data: { factor: 'webauthn', stored, received } }
      expect(Object(outcome).events).toEqual(regressed ? [event] : undefined)
      expect(outcome).toMatchObject({ ok: true, next: { signCount: Math.max(stored, received) } })
    },
  )

  test('WA-AUTH-07 refuses a regressed counter when that is configured, and says so', async () => {
    const world = createWorld({ counterRegression: 'refuse' })
    const { id, state } = await enrol(world)

    const outcome = await authenticate(world, { id, state: { ...Object(state), signCount: 9 } })

    expect(outcome).toEqual({
      ok: false,
      reason: 'counter_regressed',
      events: [{ type: 'authenticator.counter_regressed', data: { factor: 'webauthn', stored: 9, received: 0 } }],
    })
  })

  test('WA-AUTH-07 says nothing of the counter when the signature does not hold', async () => {
    const world = createWorld({ counterRegression: 'refuse' })
    const { id, state } = await enrol(world)
    const other = await enrol({ ...world, authenticator: createSoftwareAuthenticator() })
    const foreign = { ...Object(state), signCount: 9, publicKey: Object(other.state).publicKey }

    expect(await authenticate(world, { id, state: foreign })).toEqual({ ok: false, reason: 'signature_invalid' })
  })

  test('WA-AUTH-08 tolerates extensions that nobody asked for', async () => {
    const extensions = Buffer.from('a16b6372656450726f7465637402', 'hex')

    expect(await answerAltered(({ flags }) => ({ flags: flags | 128, extensions }))).toMatchObject({ ok: true })
  })

  test('WA-AUTH-09 v5.0.0-6.7.1 NB-25 stores the new count, and nothing else changes', async () => {
    const world = createWorld({}, { counterStep: 3 })
    const passkey = await enrol(world)

    expect(await authenticate(world, passkey)).toMatchObject({ next: { ...Object(passkey.state), signCount: 6 } })
  })

  test('WA-AUTH-09 does not believe a verification that the passkey was enrolled without', async () => {
    const world = createWorld({}, { userVerified: false })
    const passkey = await enrol(world)
    world.authenticator.behave({ userVerified: true })

    expect(await authenticate(world, passkey)).toMatchObject({
      ok: true,
      strength: [],
      amr: ['pop'],
      next: { uvInitialized: false },
    })
    expect(await authenticate(world, passkey, { demanded: ['user_verified'] })).toEqual({
      ok: false,
      reason: 'user_not_verified',
    })
  })

  test('WA-AUTH-10 tells nothing of a passkey that is unknown or does not hold but the reason', async () => {
    const world = createWorld()
    const passkey = await enrol(world)
    const other = await enrol({ ...world, authenticator: createSoftwareAuthenticator() })
    const attempt = await answerTo(world, passkey)
    const foreignKey: AuthenticatorState = {
      id: 'a1',
      state: { ...Object(passkey.state), publicKey: Object(other.state).publicKey },
    }

    const [unknown, invalid] = [
      await world.factor.verify(other, attempt),
      await world.factor.verify(foreignKey, attempt),
    ]

    expect(Object.keys(unknown)).toEqual(Object.keys(invalid))
    expect([unknown, invalid]).toEqual([
      { ok: false, reason: 'authenticator_unknown' },
      { ok: false, reason: 'signature_invalid' },
    ])
  })
})

describe('the strength of an authentication', () => {
  test('AMR-01 is device-bound only with a trusted attestation of what cannot be backed up', async () => {
    const attested = createAttestedWorld()
    const synced = createAttestedWorld({}, { backupEligible: true })
    const unattested = createWorld()

    expect(await authenticate(attested, await enrol(attested))).toMatchObject({
      strength: ['user_verified', 'device_bound'],
      amr: ['pop', 'user', 'hwk'],
    })
    expect(await authenticate(synced, await enrol(synced))).toMatchObject({ strength: ['user_verified'] })
    expect(await authenticate(unattested, await enrol(unattested))).toMatchObject({
      strength: ['user_verified'],
      amr: ['pop', 'user', 'swk'],
    })
  })

  test('AMR-01 claims only possession without a verified user, device-bound or not', async () => {
    const world = createAttestedWorld()
    const passkey = await enrol(world)
    world.authenticator.behave({ userVerified: false })

    expect(await authenticate(world, passkey)).toMatchObject({ strength: ['device_bound'], amr: ['pop'] })
  })
})
