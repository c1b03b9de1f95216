import { createHash, randomBytes } from 'node:crypto'
import { createSoftwareAuthenticator } from '@sallyport/testing'
import { describe, expect, test } from 'vitest'
import {
  answerTo,
  CHALLENGE,
  createAttestedWorld,
  createWorld,
  enrol,
  optionsOf,
  RP_ID,
  START,
} from '../../test/passkeys.ts'

describe('webauthn', () => {
  test('is a strong factor that is resistant to phishing and cannot be guessed', () => {
    expect(createWorld().factor).toMatchObject({
      name: 'webauthn',
      strong: true,
      strength: ['phishing_resistant'],
      mayShow: ['phishing_resistant', 'user_verified', 'device_bound'],
      guessable: false,
    })
  })

  test('rejects a state that is not its own', async () => {
    const { factor } = createWorld()
    const foreign = [{ id: 'a1', state: {} }]

    await expect(factor.view({}, [])).rejects.toMatchObject({ code: 'ERR_WEBAUTHN_STATE' })
    await expect(factor.enrolment.view({}, START)).rejects.toMatchObject({ code: 'ERR_WEBAUTHN_STATE' })
    await expect(factor.enrolment.start({ ...START, existing: foreign })).rejects.toMatchObject({
      code: 'ERR_WEBAUTHN_STATE',
    })
  })

  test('rejects randomness of the wrong length', async () => {
    const { factor } = createWorld()
    const short = (): Uint8Array => new Uint8Array(16)

    await expect(factor.start({ ...CHALLENGE, randomBytes: short })).rejects.toMatchObject({
      code: 'ERR_WEBAUTHN_RANDOM',
    })
    await expect(factor.enrolment.start({ ...START, randomBytes: short })).rejects.toMatchObject({
      code: 'ERR_WEBAUTHN_RANDOM',
    })
  })
})

describe('the options of an enrolment', () => {
  test('WA-OPT-01 v5.0.0-6.7.2 NB-25 hold 32 random bytes as the challenge, the same however often they are looked at', async () => {
    const { factor } = createWorld()
    const pending = await factor.enrolment.start(START)
    const [once, twice] = [await factor.enrolment.view(pending, START), await factor.enrolment.view(pending, START)]

    expect(Buffer.from(String(optionsOf(once)['challenge']), 'base64url')).toHaveLength(32)
    expect(twice).toEqual(once)
  })

  test('WA-OPT-01 v5.0.0-6.7.2 NB-25 give every enrolment another challenge', async () => {
    const { factor } = createWorld()
    const starting = Array.from({ length: 50 }, () => factor.enrolment.start(START))

    const challenges = (await Promise.all(starting)).map((pending) => Object(pending).challenge)

    expect(new Set(challenges).size).toBe(50)
  })

  test('WA-OPT-02 name the user by 64 random bytes that say nothing, and by the account for people', async () => {
    const { factor } = createWorld()
    const { user } = optionsOf(await factor.enrolment.view(await factor.enrolment.start(START), START))
    const other = Object(await factor.enrolment.start(START)).userHandle

    expect(user).toEqual({ id: expect.any(String), name: 'ada@example.com', displayName: 'ada@example.com' })
    expect(Buffer.from(Object(user).id, 'base64url')).toHaveLength(64)
    expect(Object(user).id).not.toBe(other)
  })

  test('WA-OPT-02 drop characters of names that would mislead, and cut them', async () => {
    const { factor } = createWorld()
    const start = { ...START, issuer: 'Ba\u202ekn\u0000', account: 'x'.repeat(500) }
    const { rp, user } = optionsOf(await factor.enrolment.view(await factor.enrolment.start(start), start))

    expect(rp).toEqual({ id: RP_ID, name: 'Bakn' })
    expect(Object(user).name).toBe('x'.repeat(64))
  })

  test('WA-OPT-03 name the RP ID', async () => {
    const { factor } = createWorld()
    const options = optionsOf(await factor.enrolment.view(await factor.enrolment.start(START), START))

    expect(options['rp']).toEqual({ id: 'bank.example', name: 'Bank' })
  })

  test('WA-OPT-04 offer EdDSA, ES256 and RS256 in this order', async () => {
    const { factor } = createWorld()
    const options = optionsOf(await factor.enrolment.view(await factor.enrolment.start(START), START))

    expect(options['pubKeyCredParams']).toEqual([
      { type: 'public-key', alg: -8 },
      { type: 'public-key', alg: -7 },
      { type: 'public-key', alg: -257 },
    ])
  })

  test('WA-OPT-05 exclude every passkey that the user has, with its transports', async () => {
    const world = createWorld({}, { transports: ['usb'] })
    const first = await enrol(world)
    const second = await enrol({ ...world, authenticator: createSoftwareAuthenticator() }, [first])
    const start = { ...START, existing: [first, second] }
    const options = optionsOf(await world.factor.enrolment.view(await world.factor.enrolment.start(start), start))

    expect(options['excludeCredentials']).toEqual([
      { type: 'public-key', id: Object(first.state).credentialId, transports: ['usb'] },
      { type: 'public-key', id: Object(second.state).credentialId, transports: ['internal'] },
    ])
    expect(() => world.authenticator.create(options, 'https://bank.example')).toThrow(
      expect.objectContaining({ name: 'InvalidStateError' }),
    )
  })

  test('WA-OPT-06 NB-28 ask for verification where it can be had and for no attestation, by default', async () => {
    const { factor } = createWorld()
    const options = optionsOf(await factor.enrolment.view(await factor.enrolment.start(START), START))

    expect(options).toMatchObject({
      attestation: 'none',
      authenticatorSelection: { residentKey: 'preferred', userVerification: 'preferred' },
    })
    expect(options).not.toHaveProperty('hints')
  })

  test('WA-OPT-06 NB-28 ask for what is configured', async () => {
    const { factor } = createAttestedWorld({ userVerification: 'required' })
    const options = optionsOf(await factor.enrolment.view(await factor.enrolment.start(START), START))

    expect(options).toMatchObject({ attestation: 'direct', authenticatorSelection: { userVerification: 'required' } })
  })

  test('WA-OPT-08 give people five minutes', async () => {
    const { factor } = createWorld()
    const options = optionsOf(await factor.enrolment.view(await factor.enrolment.start(START), START))

    expect(options['timeout']).toBe(300_000)
  })
})

describe('the options of a challenge', () => {
  test('WA-OPT-01 v5.0.0-6.7.2 NB-25 hold 32 random bytes, the same however often they are looked at', async () => {
    const world = createWorld()
    const passkeys = [await enrol(world)]
    const state = await world.factor.start({ ...CHALLENGE, authenticators: passkeys })
    const [once, twice] = [await world.factor.view(state, passkeys), await world.factor.view(state, passkeys)]

    expect(Buffer.from(String(optionsOf(once)['challenge']), 'base64url')).toHaveLength(32)
    expect(twice).toEqual(once)
  })

  test('WA-OPT-01 v5.0.0-6.7.2 NB-25 are another challenge every time', async () => {
    const { factor } = createWorld()
    const starting = Array.from({ length: 50 }, () => factor.start(CHALLENGE))

    const challenges = (await Promise.all(starting)).map((state) => Object(state).challenge)

    expect(new Set(challenges).size).toBe(50)
  })

  test('WA-OPT-01 end in the SHA-256 of the digest of a bound action', async () => {
    const { factor } = createWorld()
    const random = randomBytes(32)
    const state = await factor.start({ ...CHALLENGE, action: 'v1:9f86d08188', randomBytes: () => random })

    const bytes = Buffer.from(Object(state).challenge, 'base64url')

    expect(bytes.subarray(0, 32)).toEqual(random)
    expect(bytes.subarray(32)).toEqual(createHash('sha256').update('v1:9f86d08188').digest())
  })

  test('WA-OPT-03 WA-OPT-08 name the RP ID and give people five minutes', async () => {
    const { factor } = createWorld()

    expect(optionsOf(await factor.view(await factor.start(CHALLENGE), []))).toMatchObject({
      rpId: 'bank.example',
      timeout: 300_000,
    })
  })

  test('WA-OPT-06 require a verified user when the route demands it, and prefer one otherwise', async () => {
    const world = createWorld()
    const authenticators = [await enrol(world)]
    const asked = async (demanded: 'user_verified' | 'phishing_resistant'): Promise<unknown> => {
      const state = await world.factor.start({ ...CHALLENGE, authenticators, demanded: [demanded] })
      return optionsOf(await world.factor.view(state, authenticators))['userVerification']
    }

    expect(await asked('user_verified')).toBe('required')
    expect(await asked('phishing_resistant')).toBe('preferred')
  })

  test('WA-OPT-07 name every passkey of the user, with its transports', async () => {
    const world = createWorld({}, { transports: ['usb', 'nfc'] })
    const first = await enrol(world)
    const passkeys = [first, await enrol({ ...world, authenticator: createSoftwareAuthenticator() }, [first])]
    const state = await world.factor.start({ ...CHALLENGE, authenticators: passkeys })

    expect(optionsOf(await world.factor.view(state, passkeys))['allowCredentials']).toEqual([
      { type: 'public-key', id: Object(passkeys[0]?.state).credentialId, transports: ['nfc', 'usb'] },
      { type: 'public-key', id: Object(passkeys[1]?.state).credentialId, transports: ['internal'] },
    ])
  })
})

describe('signing in', () => {
  test('WA-OPT-06 WA-OPT-07 names no passkey, requires a verified user, and goes by autofill', async () => {
    const { factor } = createWorld()
    const view = await factor.signIn?.view(await factor.start(CHALLENGE))

    expect(view).toEqual([
      {
        kind: 'passkey',
        ceremony: 'get',
        autofill: true,
        options: expect.objectContaining({ allowCredentials: [], userVerification: 'required' }),
      },
    ])
  })

  test('WA-AUTH-02 tells whose passkey it is by the handle, and accepts it', async () => {
    const world = createWorld()
    const passkey = await enrol(world)
    const attempt = await answerTo(world, passkey, { signIn: true })

    expect(world.factor.signIn?.named(attempt.input)).toBe(Object(passkey.state).credentialId)
    expect(await world.factor.verify(passkey, attempt)).toMatchObject({ ok: true, strength: ['user_verified'] })
  })

  test.each([[{}], [{ credential: '' }], [{ credential: '{"id":["AAAA"]}' }]])('names nobody for %j', (input) => {
    expect(createWorld().factor.signIn?.named(input)).toBeUndefined()
  })
})

describe('the list of passkeys', () => {
  test('WA-CL-04 tells the passkey manager which passkeys count, and whose they are', async () => {
    const world = createWorld()
    const first = await enrol(world)
    const second = await enrol({ ...world, authenticator: createSoftwareAuthenticator() }, [first])
    const { userHandle: userId, credentialId } = Object(first.state)

    expect(world.factor.listed?.([first, second], 'ada@example.com')).toEqual([
      {
        kind: 'passkey_signal',
        signal: 'allAcceptedCredentials',
        value: { rpId: RP_ID, userId, allAcceptedCredentialIds: [credentialId, Object(second.state).credentialId] },
      },
      {
        kind: 'passkey_signal',
        signal: 'currentUserDetails',
        value: { rpId: RP_ID, userId, name: 'ada@example.com', displayName: 'ada@example.com' },
      },
    ])
  })

  test('WA-CL-04 keeps apart the passkeys of two first enrolments that crossed', async () => {
    const world = createWorld()
    const first = await enrol(world)
    const second = await enrol({ ...world, authenticator: createSoftwareAuthenticator() })

    const signals = world.factor.listed?.([first, second], 'ada') ?? []

    expect(signals.map((block) => Object(block).value.allAcceptedCredentialIds?.length)).toEqual([
      1,
      undefined,
      1,
      undefined,
    ])
  })

  test('has nothing to tell for a user without passkeys', () => {
    expect(createWorld().factor.listed?.([], 'ada')).toEqual([])
  })
})
