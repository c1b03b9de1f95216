import { generateKeyPairSync, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'

/** A certificate and the key that it is for. */
export interface Certified {
  readonly der: Buffer
  readonly privateKey: KeyObject
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
const AAGUID_EXTENSION = '1.3.6.1.4.1.45724.1.1.4'

/**
 * Makes a maker of authenticators with fresh keys, and the certificate that its authenticators attest with
 * (WebAuthn L3 §8.2.1). Both are valid from 2020 to 2049.
 *
 * @param aaguid The model's id, 16 bytes.
 * @returns The root and the authenticators' certificate.
 */
export function createMaker(aaguid: Uint8Array): AuthenticatorMaker {
  const rootName = [[NAME, 'Sallyport test root']] as const
  const isAuthority = extension('2.5.29.19', sequence(tlv(0x01, Buffer.from([0xff]))), true)
  const root = certify({ serial: 1, subject: rootName, issuer: rootName, extensions: [isAuthority] })
  const subject = [
    [COUNTRY, 'CH'],
    [ORGANIZATION, 'Sallyport'],
    [UNIT, 'Authenticator Attestation'],
    [NAME, 'Sallyport software authenticator'],
  ] as const
  const isNoAuthority = extension('2.5.29.19', sequence(), true)
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

function sequence(...parts: readonly Uint8Array[]): Buffer {
  return tlv(0x30, Buffer.concat(parts))
}

function integer(value: number): Buffer {
  return tlv(0x02, Buffer.from([value]))
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
