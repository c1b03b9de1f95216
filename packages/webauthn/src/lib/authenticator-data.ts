import { decodeCbor, isCborMap } from './cbor.ts'

/** What an authenticator says of a ceremony (WebAuthn L3 §6.1). */
export interface AuthenticatorData {
  readonly rpIdHash: Uint8Array
  readonly userPresent: boolean
  readonly userVerified: boolean
  readonly backupEligible: boolean
  readonly backedUp: boolean
  readonly signCount: number
  /** Present at a registration. */
  readonly credential?: NewCredential
}

/** The attested credential data of a new credential (WebAuthn L3 §6.5.1). */
export interface NewCredential {
  /** Dashed lower-case hex; only with a trusted attestation more than a claim. */
  readonly aaguid: string
  readonly id: Uint8Array
  /** The COSE form, byte for byte as it came. */
  readonly publicKey: Uint8Array
}

const FIXED_BYTES = 37
const FLAG = {
  userPresent: 0x01,
  userVerified: 0x04,
  backupEligible: 0x08,
  backedUp: 0x10,
  credential: 0x40,
  extensions: 0x80,
}

/**
 * Takes authenticator data apart. Its extensions are skipped, whatever they are; nothing may follow them.
 *
 * @param bytes Controlled by the client until a signature over them holds.
 * @returns The parts, or `undefined` when it is cut short, has bytes left over, or holds anything but CBOR where CBOR belongs.
 */
export function parseAuthenticatorData(bytes: Uint8Array): AuthenticatorData | undefined {
  if (bytes.length < FIXED_BYTES) return undefined
  const flags = bytes[32] ?? 0
  const has = (flag: number): boolean => (flags & flag) !== 0
  const found = has(FLAG.credential) ? parseCredential(bytes) : { end: FIXED_BYTES }
  if (found === undefined) return undefined
  const end = has(FLAG.extensions) ? endOfMap(bytes, found.end) : found.end
  if (end !== bytes.length) return undefined
  return {
    rpIdHash: bytes.subarray(0, 32),
    userPresent: has(FLAG.userPresent),
    userVerified: has(FLAG.userVerified),
    backupEligible: has(FLAG.backupEligible),
    backedUp: has(FLAG.backedUp),
    signCount: new DataView(bytes.buffer, bytes.byteOffset).getUint32(33),
    ...('credential' in found ? { credential: found.credential } : {}),
  }
}

function parseCredential(bytes: Uint8Array): { credential: NewCredential; end: number } | undefined {
  const idStart = FIXED_BYTES + 18
  if (bytes.length < idStart) return undefined
  const idEnd = idStart + new DataView(bytes.buffer, bytes.byteOffset).getUint16(FIXED_BYTES + 16)
  if (bytes.length <= idEnd) return undefined
  const end = endOfMap(bytes, idEnd)
  if (end === undefined) return undefined
  const copy = (from: number, to: number): Uint8Array => new Uint8Array(bytes.subarray(from, to))
  const aaguid = formatAaguid(bytes.subarray(FIXED_BYTES, FIXED_BYTES + 16))
  return { credential: { aaguid, id: copy(idStart, idEnd), publicKey: copy(idEnd, end) }, end }
}

function endOfMap(bytes: Uint8Array, start: number): number | undefined {
  const decoded = decodeCbor(bytes, start)
  return decoded !== undefined && isCborMap(decoded.value) ? decoded.end : undefined
}

function formatAaguid(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
