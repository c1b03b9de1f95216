import { isoCBOR } from '@simplewebauthn/server/helpers'
import { createSoftwareAuthenticator } from '@sallyport/testing'
import type { CredentialJson, SoftwareAuthenticatorOptions } from '@sallyport/testing'
import { describe, expect, test } from 'vitest'
import {
  bytesOf,
  createAttestedWorld,
  createWorld,
  enrol,
  MODEL,
  ORIGIN,
  register,
  withResponse,
} from '../../test/passkeys.ts'
import type { OnTheWay } from '../../test/passkeys.ts'

type Alter = NonNullable<SoftwareAuthenticatorOptions['alter']>

const BENEATH = { topOrigins: ['https://portal.example'] }

function registerAltered(alter: Alter, options: Parameters<typeof createWorld>[0] = {}): ReturnType<typeof register> {
  return register(createWorld(options, { alter }))
}

function saying(members: Readonly<Record<string, unknown>>): Alter {
  return ({ clientData }) => ({ clientData: { ...clientData, ...members } })
}

function onClientData(rewrite: (text: string) => string): OnTheWay {
  return (credential) => {
    const text = rewrite(bytesOf(credential, 'clientDataJSON').toString())
    return withResponse(credential, { clientDataJSON: Buffer.from(text).toString('base64url') })
  }
}

function onAttestation(change: (object: Map<string | number, unknown>) => void, tail = ''): OnTheWay {
  return (credential: CredentialJson) => {
    const object = new Map(decode(bytesOf(credential, 'attestationObject')))
    change(object)
    const bytes = Buffer.concat([isoCBOR.encode(Object(object)), Buffer.from(tail, 'hex')])
    return withResponse(credential, { attestationObject: bytes.toString('base64url') })
  }
}

function decode(bytes: Uint8Array): Map<string | number, unknown> {
  return isoCBOR.decodeFirst(new Uint8Array(bytes))
}

function cose(members: Readonly<Record<number, unknown>>): Uint8Array {
  const map = new Map(Object.entries(members).map(([label, value]) => [Number(label), value]))
  return isoCBOR.encode(Object(map))
}

describe('a registration', () => {
  test('is accepted as an honest browser sends it', async () => {
    expect(await register(createWorld())).toMatchObject({ ok: true, label: 'Passkey' })
  })

  test('WA-REG-01 tolerates unknown and reordered members and a byte order mark in the client data', async () => {
    const outcome = await register(createWorld(), {
      onTheWay: onClientData((text) => {
        const members = Object.entries(JSON.parse(text)).toReversed()
        return `\ufeff${JSON.stringify({ more: [{}], ...Object.fromEntries(members) })}`
      }),
    })

    expect(outcome).toMatchObject({ ok: true })
  })

  test('WA-REG-01 refuses the answer of an authentication', async () => {
    const onTheWay: OnTheWay = (credential) => {
      const { clientDataJSON } = credential.response
      return { ...credential, response: { clientDataJSON, authenticatorData: 'AAAA', signature: 'AAAA' } }
    }

    expect(await register(createWorld(), { onTheWay })).toEqual({ ok: false, reason: 'invalid_input' })
  })

  test('WA-REG-01 refuses client data that is no JSON', async () => {
    const outcome = await register(createWorld(), { onTheWay: onClientData((text) => text.slice(1)) })

    expect(outcome).toEqual({ ok: false, reason: 'invalid_input' })
  })

  test('WA-REG-02 F-18 refuses another type of ceremony', async () => {
    expect(await registerAltered(saying({ type: 'webauthn.get' }))).toEqual({ ok: false, reason: 'invalid_input' })
  })

  test('WA-REG-03 refuses another challenge', async () => {
    const challenge = Buffer.alloc(32).toString('base64url')

    expect(await registerAltered(saying({ challenge }))).toEqual({ ok: false, reason: 'challenge_ended' })
  })

  test('WA-REG-03 F-18 refuses the answer to an earlier enrolment', async () => {
    const { factor, authenticator } = createWorld()
    let first: unknown
    await register({ factor, authenticator }, { onTheWay: (credential) => (first = credential) })

    const again = await register({ factor, authenticator }, { onTheWay: () => first })

    expect(again).toEqual({ ok: false, reason: 'challenge_ended' })
  })

  test('WA-REG-03 refuses a challenge with padding', async () => {
    const alter: Alter = ({ clientData }) => ({
      clientData: { ...clientData, challenge: `${String(clientData['challenge'])}=` },
    })

    expect(await registerAltered(alter)).toEqual({ ok: false, reason: 'invalid_input' })
  })

  test.each([
    'https://www.bank.example',
    'https://bank.example:8443',
    'http://bank.example',
    'https://bank.example.',
    'null',
  ])('WA-REG-04 refuses the origin %s', async (origin) => {
    expect(await registerAltered(saying({ origin }))).toEqual({ ok: false, reason: 'wrong_origin' })
  })

  test('WA-REG-04 accepts an origin below the RP ID when it is configured', async () => {
    const origin = 'https://www.bank.example'

    expect(await registerAltered(saying({ origin }), { origins: [origin] })).toMatchObject({ ok: true })
  })

  test('WA-REG-05 refuses a framed page unless framing is expected', async () => {
    const alter = saying({ crossOrigin: true })

    expect(await registerAltered(alter)).toEqual({ ok: false, reason: 'wrong_origin' })
    expect(await registerAltered(alter, BENEATH)).toMatchObject({ ok: true })
  })

  test('WA-REG-06 refuses a framing page that is not expected', async () => {
    const expected = saying({ crossOrigin: true, topOrigin: 'https://portal.example' })
    const other = saying({ crossOrigin: true, topOrigin: 'https://evil.example' })
    const contradictory = saying({ topOrigin: 'https://portal.example' })

    expect(await registerAltered(expected, BENEATH)).toMatchObject({ ok: true })
    expect(await registerAltered(expected)).toEqual({ ok: false, reason: 'wrong_origin' })
    expect(await registerAltered(other, BENEATH)).toEqual({ ok: false, reason: 'wrong_origin' })
    expect(await registerAltered(contradictory, BENEATH)).toEqual({ ok: false, reason: 'wrong_origin' })
  })

  test('WA-REG-07 refuses bytes after the attestation object', async () => {
    const outcome = await register(createWorld(), { onTheWay: onAttestation(() => undefined, 'f6') })

    expect(outcome).toEqual({ ok: false, reason: 'invalid_input' })
  })

  test('WA-REG-07 refuses bytes after the authenticator data', async () => {
    const outcome = await registerAltered(() => ({ extensions: Buffer.from('a0', 'hex') }))

    expect(outcome).toEqual({ ok: false, reason: 'invalid_input' })
  })

  test('WA-REG-07 refuses an attestation object with a member more', async () => {
    const outcome = await register(createWorld(), { onTheWay: onAttestation((object) => object.set('more', 1)) })

    expect(outcome).toEqual({ ok: false, reason: 'invalid_input' })
  })

  test('WA-REG-08 refuses the hash of another RP ID', async () => {
    expect(await registerAltered(() => ({ rpId: 'evil.example' }))).toMatchObject({ ok: false, reason: 'wrong_origin' })
  })

  test('WA-REG-09 refuses when nobody was present', async () => {
    const outcome = await registerAltered(({ flags }) => ({ flags: flags & ~1 }))

    expect(outcome).toMatchObject({ ok: false, reason: 'user_not_verified' })
  })

  test('WA-REG-10 F-13 F-14 refuses an unverified user where verification is required, whatever the browser was asked', async () => {
    const unverified: Alter = ({ flags }) => ({ flags: flags & ~4 })

    expect(await registerAltered(unverified, { userVerification: 'required' })).toMatchObject({
      ok: false,
      reason: 'user_not_verified',
    })
    expect(await registerAltered(unverified)).toMatchObject({ ok: true, next: { uvInitialized: false } })
  })

  test('WA-REG-11 refuses what is backed up and cannot be', async () => {
    const outcome = await registerAltered(({ flags }) => ({ flags: flags | 16 }))

    expect(outcome).toMatchObject({ ok: false, reason: 'invalid_input' })
  })

  test('WA-REG-12 stores whether the passkey can be and is backed up', async () => {
    const outcome = await register(createWorld({}, { backupEligible: true, backedUp: true }))

    expect(outcome).toMatchObject({ next: { backupEligible: true, backedUp: true }, about: { backedUp: true } })
  })

  test('WA-REG-13 F-13 refuses an algorithm that was not offered', async () => {
    const [x, y] = [Buffer.alloc(48, 1), Buffer.alloc(48, 2)]
    const es384 = cose({ 1: 2, 3: -35, [-1]: 2, [-2]: x, [-3]: y })

    expect(await registerAltered(() => ({ publicKey: es384 }))).toMatchObject({ ok: false, reason: 'invalid_input' })
  })

  test('WA-REG-13 refuses a key whose point is not on its curve', async () => {
    const [x, y] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)]
    const astray = cose({ 1: 2, 3: -7, [-1]: 1, [-2]: x, [-3]: y })

    expect(await registerAltered(() => ({ publicKey: astray }))).toMatchObject({ ok: false, reason: 'invalid_input' })
  })

  test('WA-REG-13 refuses a key with an optional member', async () => {
    const alter: Alter = ({ publicKey }) => {
      const key = new Map(decode(publicKey)).set(4, [2])
      return { publicKey: isoCBOR.encode(Object(key)) }
    }

    expect(await registerAltered(alter)).toMatchObject({ ok: false, reason: 'invalid_input' })
  })

  test.each(['None', 'android-safetynet', 'compound', ''])('WA-REG-14 refuses the format %j', async (fmt) => {
    const outcome = await register(createWorld(), { onTheWay: onAttestation((object) => object.set('fmt', fmt)) })

    expect(outcome).toMatchObject({ ok: false, reason: 'invalid_input' })
  })

  test('WA-REG-15 refuses a statement where there is none to be', async () => {
    const onTheWay = onAttestation((object) => object.set('attStmt', new Map([['alg', -7]])))

    expect(await register(createWorld(), { onTheWay })).toMatchObject({ ok: false, reason: 'signature_invalid' })
  })

  test('WA-REG-15 refuses an attestation whose signature does not hold', async () => {
    const onTheWay = onAttestation((object) => {
      const statement: Map<string, unknown> = new Map(Object(object.get('attStmt')))
      const signature = Buffer.from(Object(statement.get('sig')))
      signature.writeUInt8(signature.readUInt8(signature.length - 1) ^ 1, signature.length - 1)
      object.set('attStmt', statement.set('sig', signature))
    })

    expect(await register(createAttestedWorld(), { onTheWay })).toMatchObject({
      ok: false,
      reason: 'signature_invalid',
      about: { model: MODEL },
    })
  })

  test('WA-REG-16 says that a passkey is attested only when a trusted maker vouches for it', async () => {
    const attested = await register(createAttestedWorld())
    const unasked = await register(createWorld({}, { attestation: 'packed', aaguid: MODEL }))

    expect(attested).toMatchObject({ next: { attested: true }, about: { attested: true, model: MODEL } })
    expect(unasked).toMatchObject({ next: { attested: false }, about: { attested: false, model: MODEL } })
  })

  test('WA-REG-16 F-15 refuses an attestation of a maker who is not trusted', async () => {
    const stranger = createSoftwareAuthenticator({ attestation: 'packed', aaguid: MODEL })

    const outcome = await register({ ...createAttestedWorld(), authenticator: stranger })

    expect(outcome).toEqual({ ok: false, reason: 'authenticator_not_allowed', about: { model: MODEL } })
  })

  test('WA-REG-16 F-15 refuses a chain that brings its own self-signed root along', async () => {
    const stranger = createSoftwareAuthenticator({ attestation: 'packed', aaguid: MODEL })
    const root = Buffer.from(stranger.root.replace(/-----.*-----/g, ''), 'base64')
    const onTheWay = onAttestation((object) => {
      const statement: Map<string, unknown> = new Map(Object(object.get('attStmt')))
      object.set('attStmt', statement.set('x5c', [...Object(statement.get('x5c')), root]))
    })

    const outcome = await register({ ...createAttestedWorld(), authenticator: stranger }, { onTheWay })

    expect(outcome).toMatchObject({ ok: false, reason: 'authenticator_not_allowed' })
  })

  test('WA-REG-16 enrols what comes without attestation as not attested, unless models are listed', async () => {
    const authenticator = createSoftwareAuthenticator({ attestation: 'none', aaguid: MODEL })
    const lenient = { ...createAttestedWorld(), authenticator }
    const strict = { ...createAttestedWorld({ authenticators: { allow: [MODEL] } }), authenticator }

    expect(await register(lenient)).toMatchObject({ ok: true, next: { attested: false } })
    expect(await register(strict)).toMatchObject({ ok: false, reason: 'authenticator_not_allowed' })
  })

  test('F-13 enrols only models of the list, by the word of their maker', async () => {
    const other = 'ee882879-721c-4913-9775-3dfcce97072a'

    expect(await register(createAttestedWorld({ authenticators: { allow: [MODEL.toUpperCase()] } }))).toMatchObject({
      ok: true,
    })
    expect(await register(createAttestedWorld({ authenticators: { allow: [other] } }))).toEqual({
      ok: false,
      reason: 'authenticator_not_allowed',
      about: { model: MODEL },
    })
  })

  test('F-13 refuses a model that is denied', async () => {
    const outcome = await register(createWorld({ authenticators: { deny: [MODEL] } }, { aaguid: MODEL }))

    expect(outcome).toEqual({ ok: false, reason: 'authenticator_not_allowed', about: { model: MODEL } })
  })

  test('WA-REG-17 accepts a credential id of 1023 bytes and none longer', async () => {
    expect(await registerAltered(() => ({ credentialId: Buffer.alloc(1023, 1) }))).toMatchObject({ ok: true })
    expect(await registerAltered(() => ({ credentialId: Buffer.alloc(1024, 1) }))).toMatchObject({
      ok: false,
      reason: 'invalid_input',
    })
  })

  test('WA-REG-17 refuses a credential id that is not the signed one', async () => {
    const onTheWay: OnTheWay = (credential) => ({ ...credential, id: 'AAAA', rawId: 'AAAA' })

    expect(await register(createWorld(), { onTheWay })).toMatchObject({ ok: false, reason: 'invalid_input' })
  })

  test('WA-REG-18 names the passkey by its credential id among those of all users', async () => {
    let id: string | undefined
    const outcome = await register(createWorld(), { onTheWay: (credential) => ((id = credential.id), credential) })

    expect(outcome).toMatchObject({ ok: true, unique: id, next: { credentialId: id } })
  })

  test('WA-REG-19 stores the credential record and what the passkey is', async () => {
    const transports = ['usb', 'nfc']
    const world = createWorld({}, { counterStep: 7, transports, aaguid: MODEL })

    const outcome = await register(world)

    expect(outcome).toEqual({
      ok: true,
      next: {
        credentialId: expect.stringMatching(/^[\w-]{43}$/),
        publicKey: expect.stringMatching(/^[\w-]{103}$/),
        signCount: 7,
        userHandle: expect.stringMatching(/^[\w-]{86}$/),
        transports: ['nfc', 'usb'],
        backupEligible: false,
        backedUp: false,
        uvInitialized: true,
        aaguid: MODEL,
        attested: false,
        rpId: 'bank.example',
      },
      unique: expect.stringMatching(/^[\w-]{43}$/),
      about: { key: expect.stringMatching(/^[\w-]{43}$/), model: MODEL, attested: false, backedUp: false },
      label: 'Security key',
    })
  })

  test('WA-REG-20 tolerates extensions that nobody asked for', async () => {
    const extensions = isoCBOR.encode(Object(new Map<string, unknown>([['credProtect', 2]])))
    const outcome = await registerAltered(({ flags }) => ({ flags: flags | 128, extensions }))

    expect(outcome).toMatchObject({ ok: true })
  })

  test('WA-REG-20 refuses extensions that are no map', async () => {
    const outcome = await registerAltered(({ flags }) => ({ flags: flags | 128, extensions: Buffer.from('01', 'hex') }))

    expect(outcome).toEqual({ ok: false, reason: 'invalid_input' })
  })

  test('WA-REG-21 keeps the handle of the account that the options were made for', async () => {
    const { factor, authenticator } = createWorld()
    const first = await enrol({ factor, authenticator })
    const second = await enrol({ factor, authenticator: createSoftwareAuthenticator() }, [first])

    expect(Object(second.state).userHandle).toBe(Object(first.state).userHandle)
    expect(ORIGIN).toContain(Object(second.state).rpId)
  })
})
