import { createHash, randomBytes, verify, X509Certificate } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { createSoftwareAuthenticator } from './software-authenticator.ts'
import type { CredentialJson } from './software-authenticator.ts'

const ORIGIN = 'https://login.bank.example'
const CHALLENGE = randomBytes(32).toString('base64url')

function creation(more: Readonly<Record<string, unknown>> = {}): unknown {
  return {
    challenge: CHALLENGE,
    rp: { id: 'bank.example', name: 'Bank' },
    user: { id: 'dXNlcg', name: 'ada', displayName: 'Ada' },
    pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
    ...more,
  }
}

function request(more: Readonly<Record<string, unknown>> = {}): unknown {
  return { challenge: CHALLENGE, rpId: 'bank.example', ...more }
}

function bytes(credential: CredentialJson, member: string): Buffer {
  return Buffer.from(String(credential.response[member]), 'base64url')
}

function named(credential: CredentialJson): unknown {
  return [{ type: 'public-key', id: credential.id }]
}

describe('createSoftwareAuthenticator', () => {
  test('creates a passkey as a browser sends it', () => {
    const credential = createSoftwareAuthenticator().create(creation(), ORIGIN)

    expect(credential).toMatchObject({ type: 'public-key', id: credential.rawId, clientExtensionResults: {} })
    expect(JSON.parse(bytes(credential, 'clientDataJSON').toString())).toEqual({
      type: 'webauthn.create',
      challenge: CHALLENGE,
      origin: ORIGIN,
      crossOrigin: false,
    })
    expect(bytes(credential, 'attestationObject').subarray(0, 9).toString('latin1')).toBe('\u00a3cfmtdnon')
  })

  test('signs the authenticator data and the hash of the client data with its key', () => {
    const authenticator = createSoftwareAuthenticator()
    const created = bytes(authenticator.create(creation(), ORIGIN), 'attestationObject')
    const assertion = authenticator.get(request(), ORIGIN)

    const coordinate = (end: number): string => created.subarray(end - 32, end).toString('base64url')
    const [x, y] = [coordinate(created.length - 35), coordinate(created.length)]
    const clientHash = createHash('sha256').update(bytes(assertion, 'clientDataJSON')).digest()
    const signed = Buffer.concat([bytes(assertion, 'authenticatorData'), clientHash])
    const key = { key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' } as const

    expect(verify('sha256', signed, key, bytes(assertion, 'signature'))).toBe(true)
    expect(assertion.response['userHandle']).toBe('dXNlcg')
  })

  test('sets the flags that its behaviour says, and counts', () => {
    const authenticator = createSoftwareAuthenticator({ counterStep: 2, backupEligible: true })
    authenticator.create(creation(), ORIGIN)
    const flags = (): number => bytes(authenticator.get(request(), ORIGIN), 'authenticatorData').readUInt8(32)

    expect(flags()).toBe(1 + 4 + 8)
    authenticator.behave({ userVerified: false, backedUp: true })
    expect(flags()).toBe(1 + 8 + 16)
    expect(bytes(authenticator.get(request(), ORIGIN), 'authenticatorData').readUInt32BE(33)).toBe(8)
  })

  test('makes no second passkey beside an excluded one', () => {
    const authenticator = createSoftwareAuthenticator()
    const excludeCredentials = named(authenticator.create(creation(), ORIGIN))

    expect(() => authenticator.create(creation({ excludeCredentials }), ORIGIN)).toThrow(
      expect.objectContaining({ name: 'InvalidStateError' }),
    )
  })

  test('answers only with a passkey that is allowed, or one that it can find by itself', () => {
    const authenticator = createSoftwareAuthenticator({ resident: false })
    const created = authenticator.create(creation(), ORIGIN)
    const stranger = createSoftwareAuthenticator().create(creation(), ORIGIN)
    const notAllowed: unknown = expect.objectContaining({ name: 'NotAllowedError' })

    expect(authenticator.get(request({ allowCredentials: named(created) }), ORIGIN).id).toBe(created.id)
    expect(() => authenticator.get(request({ allowCredentials: named(stranger) }), ORIGIN)).toThrow(notAllowed)
    expect(() => authenticator.get(request(), ORIGIN)).toThrow(notAllowed)
  })

  test('refuses an RP ID of another site', () => {
    const authenticator = createSoftwareAuthenticator()
    const astray: unknown = expect.objectContaining({ name: 'SecurityError' })

    expect(() => authenticator.create(creation(), 'https://evilbank.example')).toThrow(astray)
    expect(() => authenticator.get(request({ rpId: 'evil.example' }), ORIGIN)).toThrow(astray)
  })

  test('knows ES256 only', () => {
    const pubKeyCredParams = [{ type: 'public-key', alg: -257 }]

    expect(() => createSoftwareAuthenticator().create(creation({ pubKeyCredParams }), ORIGIN)).toThrow(
      expect.objectContaining({ name: 'NotSupportedError' }),
    )
  })

  test.each([[null], ['options'], [{}]])('tells the author of a test that %j are no options', (options) => {
    expect(() => createSoftwareAuthenticator().create(options, ORIGIN)).toThrow(TypeError)
  })

  test('attests where that is asked for, by a certificate that its root signed', () => {
    const aaguid = '2fc0579f-8113-47ea-b116-bb5a8db9202a'
    const authenticator = createSoftwareAuthenticator({ attestation: 'packed', aaguid })
    const root = new X509Certificate(authenticator.root)
    const created = bytes(authenticator.create(creation({ attestation: 'direct' }), ORIGIN), 'attestationObject')
    const start = created.indexOf(Buffer.from('3082', 'hex'), created.indexOf('x5c'))
    const leaf = new X509Certificate(created.subarray(start))

    expect(leaf.verify(root.publicKey) && leaf.checkIssued(root) && root.ca && !leaf.ca).toBe(true)
    expect(leaf.raw.includes(Buffer.from(aaguid.replaceAll('-', ''), 'hex'))).toBe(true)
    expect(bytes(authenticator.create(creation(), ORIGIN), 'attestationObject').includes('x5c')).toBe(false)
  })

  test('signs anything else when it is told to', () => {
    const authenticator = createSoftwareAuthenticator()
    authenticator.create(creation(), ORIGIN)
    authenticator.behave({ alter: ({ clientData }) => ({ clientData: { ...clientData, origin: 'null' }, counter: 7 }) })
    const assertion = authenticator.get(request(), ORIGIN)

    expect(JSON.parse(bytes(assertion, 'clientDataJSON').toString())).toMatchObject({ origin: 'null' })
    expect(bytes(assertion, 'authenticatorData').readUInt32BE(33)).toBe(7)
  })
})
