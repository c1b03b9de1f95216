import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { encodeCbor } from './cbor-encoder.ts'
import type { Encodable } from './cbor-encoder.ts'
import { createMaker, toPem } from './certificates.ts'
import type { AuthenticatorMaker } from './certificates.ts'
import { readCreation, readRequest } from './ceremony-requests.ts'
import type { CreationRequest, GetRequest } from './ceremony-requests.ts'

/** How a software authenticator behaves. */
export interface SoftwareAuthenticatorOptions {
  /** Whether it verifies its user, as by PIN or finger: `true` unless set. */
  readonly userVerified?: boolean | undefined
  /** Whether its passkeys answer where none is named: `true` unless set. */
  readonly resident?: boolean | undefined
  /** Whether its passkeys may be backed up: `false` unless set. */
  readonly backupEligible?: boolean | undefined
  /** Whether they are: `false` unless set. */
  readonly backedUp?: boolean | undefined
  /** The id of its model, in dashed hex: zeros unless given. */
  readonly aaguid?: string | undefined
  /** By how much it counts on with every use: 0, which says that it does not count, unless given. */
  readonly counterStep?: number | undefined
  /** Whether its maker vouches for it where that is asked for: `none` unless set. */
  readonly attestation?: 'none' | 'packed' | undefined
  /** How it is reached: `internal` unless given. */
  readonly transports?: readonly string[] | undefined
  /** Changes what it is about to sign, for answers that no honest one gives. */
  readonly alter?: ((parts: CeremonyParts) => Partial<CeremonyParts>) | undefined
}

/** What goes into an answer before it is signed. */
export interface CeremonyParts {
  readonly clientData: Readonly<Record<string, unknown>>
  readonly rpId: string
  /** The flags of the authenticator data: 1 user present, 4 verified, 8 backup eligible, 16 backed up, 64 credential, 128 extensions. */
  readonly flags: number
  readonly counter: number
  readonly credentialId: Uint8Array
  readonly userHandle: string | undefined
  /** The public key in COSE form, at a registration. */
  readonly publicKey: Uint8Array
  /** Bytes after the authenticator data. */
  readonly extensions: Uint8Array
}

/** A passkey in JSON, as `PublicKeyCredential.toJSON()` gives it: its JSON text goes into the field `credential`. */
export interface CredentialJson {
  readonly id: string
  readonly rawId: string
  readonly type: 'public-key'
  readonly authenticatorAttachment: string
  readonly clientExtensionResults: Readonly<Record<string, never>>
  readonly response: Readonly<Record<string, string | readonly string[]>>
}

/** A passkey provider in memory. */
export interface SoftwareAuthenticator {
  /** The maker's root certificate in PEM, for who wants to trust it. */
  readonly root: string
  /** Answers `navigator.credentials.create`; throws as a browser does when it has a passkey of the excluded ones. */
  create(options: unknown, origin: string): CredentialJson
  /** Answers `navigator.credentials.get`; throws as a browser does when it has no passkey that fits. */
  get(options: unknown, origin: string): CredentialJson
  /** Behaves otherwise from now on; its passkeys, its maker and its count stay. */
  behave(options: SoftwareAuthenticatorOptions): void
}

interface Passkey {
  readonly id: Buffer
  readonly privateKey: KeyObject
  readonly rpId: string
  readonly userHandle: string
  readonly resident: boolean
}

interface Device {
  readonly maker: AuthenticatorMaker
  readonly passkeys: Passkey[]
  counter: number
  options: SoftwareAuthenticatorOptions
}

/**
 * Makes a passkey provider in memory for tests: ES256 keys, no window that asks, and answers as a browser sends them.
 *
 * It judges what a browser judges (the origin against the RP ID, excluded and allowed credentials) and signs honestly; `alter`
 * makes it sign anything else.
 *
 * @param options See `SoftwareAuthenticatorOptions`.
 * @returns The authenticator, without passkeys.
 * @example
 * const authenticator = createSoftwareAuthenticator()
 * const credential = JSON.stringify(authenticator.create(options, 'https://bank.example'))
 */
export function createSoftwareAuthenticator(options: SoftwareAuthenticatorOptions = {}): SoftwareAuthenticator {
  const device: Device = { maker: createMaker(modelOf(options)), passkeys: [], counter: 0, options }
  return {
    root: toPem(device.maker.root),
    create: (asked, origin) => create(device, readCreation(asked, origin)),
    get: (asked, origin) => get(device, readRequest(asked, origin)),
    behave(changed) {
      device.options = { ...device.options, ...changed }
    },
  }
}

function create(device: Device, asked: CreationRequest): CredentialJson {
  const { options, passkeys } = device
  if (passkeys.some(({ id }) => asked.excluded.includes(id.toString('base64url')))) {
    throw new DOMException('It has a passkey for this account already.', 'InvalidStateError')
  }
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { rpId, userHandle } = asked
  const passkey = { id: randomBytes(32), privateKey, rpId, userHandle, resident: options.resident ?? true }
  passkeys.push(passkey)
  const parts = prepare(device, passkey, { type: 'webauthn.create', asked, publicKey: coseKey(publicKey) })
  const clientData = Buffer.from(JSON.stringify(parts.clientData))
  const length = Buffer.from([parts.credentialId.length >> 8, parts.credentialId.length & 0xff])
  const credential = [modelOf(options), length, parts.credentialId, parts.publicKey]
  const authData = Buffer.concat([fixedData(parts), ...credential, parts.extensions])
  const statement = asked.attestation === 'direct' ? attest(device, authData, clientData) : new Map()
  const object = new Map<string, Encodable>([
    ['fmt', statement.size === 0 ? 'none' : 'packed'],
    ['attStmt', statement],
    ['authData', authData],
  ])
  return toJson(parts.credentialId, {
    clientDataJSON: clientData.toString('base64url'),
    attestationObject: encodeCbor(object).toString('base64url'),
    transports: options.transports ?? ['internal'],
  })
}

function get(device: Device, asked: GetRequest): CredentialJson {
  const fits = (one: Passkey): boolean =>
    asked.allowed.length === 0 ? one.resident : asked.allowed.includes(one.id.toString('base64url'))
  const passkey = device.passkeys.findLast((one) => one.rpId === asked.rpId && fits(one))
  if (passkey === undefined) throw new DOMException('It has no passkey that fits.', 'NotAllowedError')
  const parts = prepare(device, passkey, { type: 'webauthn.get', asked, publicKey: new Uint8Array() })
  const clientData = Buffer.from(JSON.stringify(parts.clientData))
  const authData = Buffer.concat([fixedData(parts), parts.extensions])
  const signature = sign('sha256', signedBytes(authData, clientData), passkey.privateKey)
  return toJson(parts.credentialId, {
    clientDataJSON: clientData.toString('base64url'),
    authenticatorData: authData.toString('base64url'),
    signature: signature.toString('base64url'),
    ...(parts.userHandle === undefined ? {} : { userHandle: parts.userHandle }),
  })
}

interface Prepared {
  readonly type: 'webauthn.create' | 'webauthn.get'
  readonly asked: CreationRequest | GetRequest
  readonly publicKey: Uint8Array
}

function prepare(device: Device, passkey: Passkey, { type, asked, publicKey }: Prepared): CeremonyParts {
  const { options } = device
  device.counter += options.counterStep ?? 0
  const flags = [
    1,
    (options.userVerified ?? true) ? 4 : 0,
    options.backupEligible === true ? 8 : 0,
    options.backedUp === true ? 16 : 0,
    type === 'webauthn.create' ? 64 : 0,
  ]
  const honest: CeremonyParts = {
    clientData: { type, challenge: asked.challenge, origin: asked.origin, crossOrigin: false },
    rpId: asked.rpId,
    flags: flags.reduce((all, flag) => all | flag, 0),
    counter: device.counter,
    credentialId: passkey.id,
    userHandle: passkey.resident ? passkey.userHandle : undefined,
    publicKey,
    extensions: new Uint8Array(),
  }
  return { ...honest, ...options.alter?.(honest) }
}

function attest({ options, maker }: Device, authData: Uint8Array, clientData: Uint8Array): Map<string, Encodable> {
  if (options.attestation !== 'packed') return new Map()
  const signature = sign('sha256', signedBytes(authData, clientData), maker.leaf.privateKey)
  return new Map<string, Encodable>([
    ['alg', -7],
    ['sig', signature],
    ['x5c', [maker.leaf.der]],
  ])
}

function fixedData({ rpId, flags, counter }: CeremonyParts): Buffer {
  const rest = Buffer.alloc(5)
  rest.writeUInt8(flags)
  rest.writeUInt32BE(counter, 1)
  return Buffer.concat([createHash('sha256').update(rpId).digest(), rest])
}

function signedBytes(authData: Uint8Array, clientData: Uint8Array): Buffer {
  return Buffer.concat([authData, createHash('sha256').update(clientData).digest()])
}

function coseKey(key: KeyObject): Buffer {
  const { x = '', y = '' } = key.export({ format: 'jwk' })
  return encodeCbor(
    new Map<number, Encodable>([
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, Buffer.from(x, 'base64url')],
      [-3, Buffer.from(y, 'base64url')],
    ]),
  )
}

function modelOf({ aaguid = '' }: SoftwareAuthenticatorOptions): Buffer {
  return Buffer.from(aaguid.replaceAll('-', '').padEnd(32, '0'), 'hex')
}

function toJson(credentialId: Uint8Array, response: CredentialJson['response']): CredentialJson {
  const id = Buffer.from(credentialId).toString('base64url')
  return {
    id,
    rawId: id,
    type: 'public-key',
    authenticatorAttachment: 'platform',
    clientExtensionResults: {},
    response,
  }
}
