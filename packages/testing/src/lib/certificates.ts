import { generateKeyPairSync, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'

/** A certificate and the key that it is for. */
export interface Certified {
  readonly der: Buffer
  readonly privateKey: KeyObject
}

/** An authority of tests: its root, and what it has signed. */
export interface Authority {
  readonly root: Certified
  /** Certifies a fresh key under a common name; `ip` adds an IPv4 address that a server may have. */
  issue(commonName: string, ip?: string): Certified
}

/** A maker of authenticators: its root, and a certificate for the authenticators of one model. */
export interface AuthenticatorMaker {
  readonly root: Certified
  readonly leaf: Certified
}

interface CertificateRequest {
  readonly serial: number
  readonly subject: readonly (readonly [oid: string, text: string])[]
  readonly issuer: CertificateRequest['subject']
  readonly extensions: readonly Buffer[]
  readonly issuerKey?: KeyObject
}

const COUNTRY = '2.5.4.6'
const ORGANIZATION = '2.5.4.10'
const UNIT = '2.5.4.11'
const NAME = '2.5.4.3'
const ALTERNATIVE_NAMES = '2.5.29.17'
const AAGUID_EXTENSION = '1.3.6.1.4.1.45724.1.1.4'
const BASIC_CONSTRAINTS = '2.5.29.19'
const isAuthority = extension(BASIC_CONSTRAINTS, sequence(tlv(0x01, Buffer.from([0xff]))), true)
const isNoAuthority = extension(BASIC_CONSTRAINTS, sequence(), true)

/** Makes an authority with a fresh key, known by this common name. Everything it signs is valid from 2020 to 2049. */
export function createAuthority(commonName: string): Authority {
  const issuer = [[NAME, commonName]] as const
  const root = certify({ serial: 1, subject: issuer, issuer, extensions: [isAuthority] })
  let serial = 1
  return {
    root,
    issue(name, ip) {
      serial += 1
      const address = ip === undefined ? [] : [extension(ALTERNATIVE_NAMES, sequence(ipv4(ip)), false)]
      const extensions = [isNoAuthority, ...address]
      return certify({ serial, subject: [[NAME, name]], issuer, extensions, issuerKey: root.privateKey })
    },
  }
}

/** A certificate that a fresh key has signed for itself. */
export function createSelfSigned(commonName: string): Certified {
  const subject = [[NAME, commonName]] as const
  return certify({ serial: 1, subject, issuer: subject, extensions: [isNoAuthority] })
}

/**
 * Makes a maker of authenticators with fresh keys, and the certificate that its authenticators attest with
 * (WebAuthn L3 §8.2.1). Both are valid from 2020 to 2049.
 *
 * @param aaguid The model's id, 16 bytes.
 * @returns The root and the authenticators' certificate.
 */
export function createMaker(aaguid: Uint8Array): AuthenticatorMaker {
  const rootName = [[NAME, 'Sallyport test root']] as const
  const root = certify({ serial: 1, subject: rootName, issuer: rootName, extensions: [isAuthority] })
  const subject = [
    [COUNTRY, 'CH'],
    [ORGANIZATION, 'Sallyport'],
    [UNIT, 'Authenticator Attestation'],
    [NAME, 'Sallyport software authenticator'],
  ] as const
  const model = extension(AAGUID_EXTENSION, tlv(0x04, aaguid), false)
  const extensions = [isNoAuthority, model]
  return { root, leaf: certify({ serial: 2, subject, issuer: rootName, extensions, issuerKey: root.privateKey }) }
}

/** Writes a certificate in PEM. */
export function toPem(certificate: Certified): string {
  const lines = certificate.der.toString('base64').replace(/.{64}/g, '$&\n').trimEnd()
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`
}

function certify(request: CertificateRequest): Certified {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const algorithm = sequence(oid('1.2.840.10045.4.3.2'))
  const content = sequence(
    tlv(0xa0, integer(2)),
    integer(request.serial),
    algorithm,
    name(request.issuer),
    sequence(tlv(0x17, Buffer.from('200101000000Z')), tlv(0x17, Buffer.from('491231235959Z'))),
    name(request.subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    tlv(0xa3, sequence(...request.extensions)),
  )
  const signature = sign('sha256', content, request.issuerKey ?? privateKey)
  return { der: sequence(content, algorithm, tlv(0x03, Buffer.concat([Buffer.from([0]), signature]))), privateKey }
}

function name(parts: CertificateRequest['subject']): Buffer {
  // A country is a PrintableString, everything else UTF-8 (RFC 5280 appendix A).
  const attribute = (type: string, text: string): Buffer =>
    sequence(oid(type), tlv(type === COUNTRY ? 0x13 : 0x0c, Buffer.from(text)))
  return sequence(...parts.map(([type, text]) => tlv(0x31, attribute(type, text))))
}

function extension(id: string, value: Buffer, isCritical: boolean): Buffer {
  return sequence(oid(id), ...(isCritical ? [tlv(0x01, Buffer.from([0xff]))] : []), tlv(0x04, value))
}

// RFC 5280 §4.2.1.6: the address in four bytes, under the tag 7 of a GeneralName.
function ipv4(address: string): Buffer {
  return tlv(0x87, Buffer.from(address.split('.').map(Number)))
}

function sequence(...parts: readonly Uint8Array[]): Buffer {
  return tlv(0x30, Buffer.concat(parts))
}

function integer(value: number): Buffer {
  const digits = value.toString(16)
  const bytes = Buffer.from(digits.padStart(digits.length + (digits.length % 2), '0'), 'hex')
  // A first bit of one would make the number negative.
  return tlv(0x02, (bytes[0] ?? 0) < 0x80 ? bytes : Buffer.concat([Buffer.from([0]), bytes]))
}

function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  return tlv(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(inSevens)]))
}

function inSevens(value: number): readonly number[] {
  const higher = value >= 0x80 ? inSevens(value >> 7).map((byte) => byte | 0x80) : []
  return [...higher, value & 0x7f]
}

// DER: a tag, a length of one to three bytes, the content.
function tlv(tag: number, content: Uint8Array): Buffer {
  const { length } = content
  const short = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...short]), content])
}
