import { X509Certificate } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import type { PasskeyState } from '../src/lib/state.ts'

// The examples of WebAuthn Level 3, section "Test Vectors", when the folder that holds them lies beside the repository.
const FILE = new URL('../../../../shared/vectors/webauthn-l3.json', import.meta.url)

/** One registration and one authentication of the same credential. */
export interface Vector {
  readonly id: string
  readonly registration: Ceremony
  readonly authentication: Ceremony
  readonly expected: {
    readonly fmt: string
    readonly coseAlg: number
    readonly aaguid: string
    readonly credentialId: string
    readonly credentialPublicKeyCose: string
    readonly registrationFlags: Flags
    readonly authenticationFlags: Flags
  }
}

type Ceremony = Readonly<Record<string, string>>
type Flags = Readonly<Record<'UP' | 'UV' | 'BE' | 'BS', boolean>>

interface VectorFile {
  readonly attestationRootCertificateDer: string
  readonly vectors: readonly Vector[]
}

export const isPresent: boolean = existsSync(FILE)

const EMPTY: VectorFile = { attestationRootCertificateDer: '', vectors: [] }
const { attestationRootCertificateDer, vectors }: VectorFile = isPresent
  ? JSON.parse(readFileSync(FILE, 'utf8'))
  : EMPTY

/** The root that vouches for the vectors' authenticators. */
export function readRoot(): X509Certificate {
  return new X509Certificate(Buffer.from(attestationRootCertificateDer, 'hex'))
}

/** Finds a vector by its id. */
export function vectorOf(id: string): Vector {
  const found = vectors.find((vector) => vector.id === id)
  if (found === undefined) throw new Error(`vectorOf: no vector ${id}`)
  return found
}

/** The ids of all vectors. */
export const IDS: readonly string[] = vectors.map(({ id }) => id)

/** The bytes of a hexadecimal text. */
export function bytesOfHex(hex: string | undefined): Uint8Array {
  return new Uint8Array(Buffer.from(hex ?? '', 'hex'))
}

/** The answer of a vector's registration, as a browser sends it; perhaps with another attestation object. */
export function registrationText({ registration, expected }: Vector, attestationObject?: Uint8Array): string {
  const attestation = attestationObject ?? bytesOfHex(registration['attestationObject'])
  return credentialText(expected.credentialId, {
    clientDataJSON: base64url(registration['clientDataJSON']),
    attestationObject: Buffer.from(attestation).toString('base64url'),
  })
}

/** The answer of a vector's authentication, as a browser sends it. */
export function authenticationText({ authentication, expected }: Vector): string {
  return credentialText(expected.credentialId, {
    clientDataJSON: base64url(authentication['clientDataJSON']),
    authenticatorData: base64url(authentication['authenticatorData']),
    signature: base64url(authentication['signature']),
  })
}

/** The state that the registration of a vector leads to. */
export function passkeyOf({ expected }: Vector): PasskeyState {
  const { UV, BE, BS } = expected.registrationFlags
  return {
    credentialId: base64url(expected.credentialId),
    publicKey: base64url(expected.credentialPublicKeyCose),
    signCount: 0,
    userHandle: 'AAAA',
    transports: [],
    backupEligible: BE,
    backedUp: BS,
    uvInitialized: UV,
    aaguid: expected.aaguid.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'),
    attested: false,
    rpId: 'example.org',
  }
}

function credentialText(credentialId: string, response: Readonly<Record<string, string>>): string {
  const id = base64url(credentialId)
  return JSON.stringify({ id, rawId: id, type: 'public-key', clientExtensionResults: {}, response })
}

function base64url(hex: string | undefined): string {
  return Buffer.from(hex ?? '', 'hex').toString('base64url')
}
