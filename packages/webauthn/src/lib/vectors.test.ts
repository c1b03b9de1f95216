import { SettingsService } from '@simplewebauthn/server'
import { isoCBOR } from '@simplewebauthn/server/helpers'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  authenticationText,
  bytesOfHex,
  IDS,
  isPresent,
  passkeyOf,
  readRoot,
  registrationText,
  vectorOf,
} from '../../test/vectors.ts'
import type { Vector } from '../../test/vectors.ts'
import { verifyAuthentication } from './authentication.ts'
import type { Authenticated } from './authentication.ts'
import { resolveOptions } from './options.ts'
import type { RelyingParty } from './options.ts'
import { verifyRegistration } from './registration.ts'
import type { Registered } from './registration.ts'

const NOW = Date.UTC(2026, 0, 1)
const DEFAULT = resolveOptions({ rpId: 'example.org' })
// Everything that the vectors use and that the library can verify.
const OPEN: RelyingParty = {
  ...resolveOptions({ rpId: 'example.org', topOrigins: ['https://example.com'] }),
  algorithms: [-8, -7, -257, -35, -36, -53],
}

function register(vector: Vector, party: RelyingParty, attestationObject?: Uint8Array): Promise<Registered> {
  const challenge = bytesOfHex(vector.registration['challenge'])
  return verifyRegistration({ party, challenge, text: registrationText(vector, attestationObject), now: NOW })
}

function authenticate(vector: Vector, party: RelyingParty, uv = false): Promise<Authenticated> {
  const bytes = bytesOfHex(vector.authentication['challenge'])
  const challenge = { challenge: '', uv, action: null, purpose: 'step_up', bytes } as const
  return verifyAuthentication({ party, passkey: passkeyOf(vector), challenge, text: authenticationText(vector) })
}

type Members = Map<string | number, Parameters<typeof isoCBOR.encode>[0]>

function rewrite(vector: Vector, change: (object: Members) => void): Uint8Array {
  const object = new Map(
    isoCBOR.decodeFirst<Members>(new Uint8Array(bytesOfHex(vector.registration['attestationObject']))),
  )
  change(object)
  return isoCBOR.encode(object)
}

describe.skipIf(!isPresent)('the vectors of WebAuthn Level 3 (not run where their folder is not present)', () => {
  beforeAll(() => {
    // The library brings the real roots of these two formats; the vectors have one of their own.
    const certificates = [readRoot().toString()]
    SettingsService.setRootCertificates({ identifier: 'apple', certificates })
    SettingsService.setRootCertificates({ identifier: 'android-key', certificates })
  })

  test('are the fifteen that are judged here', () => {
    expect(IDS).toHaveLength(15)
  })

  test.each([
    'none-es256',
    'packed-self-es256',
    'none-es256-long-credential-id',
    'packed-es256',
    'packed-rs256',
    'packed-eddsa',
  ])('WA-REG-19 registers %s with the default options', async (id) => {
    const { credentialId, publicKey, aaguid, backupEligible, backedUp, uvInitialized } = passkeyOf(vectorOf(id))

    const registered = await register(vectorOf(id), DEFAULT)

    expect(registered).toMatchObject({ ok: true, credentialId, aaguid, attested: false })
    expect(registered).toMatchObject({ data: { backupEligible, backedUp, userVerified: uvInitialized, signCount: 0 } })
    expect(Buffer.from(Object(registered).publicKey).toString('base64url')).toBe(publicKey)
  })

  test.each(['packed-es256', 'packed-es384', 'packed-es512', 'packed-rs256', 'packed-eddsa', 'apple-es256'])(
    'WA-REG-15 WA-REG-16 registers %s as attested when its root is trusted and its algorithm offered',
    async (id) => {
      expect(await register(vectorOf(id), { ...OPEN, roots: [readRoot()] })).toMatchObject({ ok: true, attested: true })
    },
  )

  test.each(['none-es256-crossOrigin', 'none-es256-topOrigin'])(
    'WA-REG-05 WA-REG-06 WA-AUTH-03 refuses %s by default, and accepts it where its framing page is expected',
    async (id) => {
      expect(await register(vectorOf(id), DEFAULT)).toEqual({ ok: false, reason: 'wrong_origin' })
      expect(await register(vectorOf(id), OPEN)).toMatchObject({ ok: true })
      expect(await authenticate(vectorOf(id), DEFAULT)).toEqual({ ok: false, reason: 'wrong_origin' })
      expect(await authenticate(vectorOf(id), OPEN)).toMatchObject({ ok: true })
    },
  )

  test.each(['packed-es384', 'packed-es512', 'packed-ed448'])(
    'WA-REG-13 refuses %s, whose algorithm is not offered',
    async (id) => {
      expect(await register(vectorOf(id), DEFAULT)).toMatchObject({ ok: false, reason: 'invalid_input' })
    },
  )

  test('WA-REG-13 refuses packed-ed448 even if it were offered: nothing here verifies Ed448', async () => {
    expect(await register(vectorOf('packed-ed448'), OPEN)).toMatchObject({ ok: false, reason: 'invalid_input' })
    expect(await authenticate(vectorOf('packed-ed448'), OPEN)).toEqual({ ok: false, reason: 'signature_invalid' })
  })

  test.each(['apple-es256', 'android-key-es256'])(
    'WA-REG-16 refuses %s where no root is trusted, before anything its certificates name is fetched',
    async (id) => {
      expect(await register(vectorOf(id), OPEN)).toMatchObject({ ok: false, reason: 'authenticator_not_allowed' })
    },
  )

  test('WA-REG-15 registers android-key-es256 once its chain is whole, as devices send it', async () => {
    const party = { ...OPEN, roots: [readRoot()] }
    const vector = vectorOf('android-key-es256')
    const whole = rewrite(vector, (object) => {
      const statement = new Map(Object(object.get('attStmt')))
      const chain = [...Object(statement.get('x5c')), new Uint8Array(readRoot().raw)]
      object.set('attStmt', Object(statement.set('x5c', chain)))
    })

    expect(await register(vector, party)).toMatchObject({ ok: false, reason: 'signature_invalid' })
    expect(await register(vector, party, whole)).toMatchObject({ ok: true, attested: true })
  })

  test('WA-REG-15 registers fido-u2f-es256 once its AAGUID is zero, as U2F has it', async () => {
    const vector = vectorOf('fido-u2f-es256')
    const zeroed = rewrite(vector, (object) => {
      object.set('authData', new Uint8Array(Object(object.get('authData'))).fill(0, 37, 53))
    })

    expect(await register(vector, DEFAULT)).toMatchObject({ ok: false, reason: 'signature_invalid' })
    expect(await register(vector, DEFAULT, zeroed)).toMatchObject({
      ok: true,
      aaguid: expect.stringMatching(/^[0-]+$/),
    })
  })

  test('WA-REG-15 refuses tpm-es256, whose maker is invented', async () => {
    expect(await register(vectorOf('tpm-es256'), OPEN)).toMatchObject({ ok: false, reason: 'signature_invalid' })
  })

  test.each(IDS.filter((id) => !vectorOf(id).expected.registrationFlags.UV))(
    'WA-REG-10 F-14 refuses the registration of %s where the user has to be verified',
    async (id) => {
      expect(await register(vectorOf(id), { ...OPEN, userVerification: 'required' })).toMatchObject({
        ok: false,
        reason: 'user_not_verified',
      })
    },
  )

  test.each(IDS.filter((id) => !id.includes('Origin') && id !== 'packed-ed448'))(
    'WA-AUTH-06 accepts the authentication of %s',
    async (id) => {
      const { UV, BS } = vectorOf(id).expected.authenticationFlags

      expect(await authenticate(vectorOf(id), DEFAULT)).toMatchObject({
        ok: true,
        data: { userVerified: UV, backedUp: BS },
      })
    },
  )

  test.each(IDS.filter((id) => !vectorOf(id).expected.authenticationFlags.UV))(
    'WA-AUTH-04 F-14 refuses the authentication of %s where the user has to be verified',
    async (id) => {
      expect(await authenticate(vectorOf(id), OPEN, true)).toEqual({ ok: false, reason: 'user_not_verified' })
    },
  )

  test.each(['none-es256-topOrigin', 'none-es256-long-credential-id', 'packed-es384', 'packed-ed448'])(
    'WA-AUTH-09 does not take %s for verified, which was enrolled without',
    async (id) => {
      expect(vectorOf(id).expected.authenticationFlags.UV).toBe(true)
      expect(await authenticate(vectorOf(id), OPEN, true)).toEqual({ ok: false, reason: 'user_not_verified' })
    },
  )
})
