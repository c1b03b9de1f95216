import { decodeCbor, isCborMap } from './cbor.ts'
import type { CborMap } from './cbor.ts'

/** A decoded attestation object (WebAuthn L3 §6.5.4). */
export interface AttestationObject {
  readonly format: string
  readonly statement: CborMap
  readonly authenticatorData: Uint8Array
  /** The certificates of the statement in DER, the authenticator's own first; none for `none` and self attestation. */
  readonly certificates: readonly Uint8Array[]
}

const MAX_CERTIFICATES = 6

/**
 * Takes an attestation object apart; it is exactly one CBOR map with its three members, and nothing follows.
 *
 * @param bytes Controlled by the client.
 * @returns The parts, or `undefined` when it is anything else.
 */
export function parseAttestationObject(bytes: Uint8Array): AttestationObject | undefined {
  const decoded = decodeCbor(bytes)
  // Both CBOR and the library would overlook bytes after the map.
  if (decoded === undefined || decoded.end !== bytes.length || !isCborMap(decoded.value)) return undefined
  const [format, statement] = [decoded.value.get('fmt'), decoded.value.get('attStmt')]
  const authenticatorData = decoded.value.get('authData')
  if (decoded.value.size !== 3 || typeof format !== 'string') return undefined
  if (!isCborMap(statement) || !(authenticatorData instanceof Uint8Array)) return undefined
  const certificates = readCertificates(statement)
  return certificates && { format, statement, authenticatorData, certificates }
}

function readCertificates(statement: CborMap): readonly Uint8Array[] | undefined {
  const list = statement.has('x5c') ? statement.get('x5c') : []
  if (!Array.isArray(list) || list.length > MAX_CERTIFICATES) return undefined
  const certificates = list.filter((item) => item instanceof Uint8Array)
  if (certificates.length !== list.length) return undefined
  return statement.has('x5c') && certificates.length === 0 ? undefined : certificates
}
