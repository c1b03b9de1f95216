import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'

/** A key and its certificate, in PEM. */
export interface Identity {
  readonly key: string
  readonly cert: string
}

const INTEGER = 0x02
const BITS = 0x03
const BYTES = 0x04
const OBJECT_ID = 0x06
const UTF8 = 0x0c
const TIME = 0x17
const SEQUENCE = 0x30
const SET = 0x31
const DNS_NAME = 0x82
const IP_ADDRESS = 0x87
const VERSION = 0xa0
const EXTENSIONS = 0xa3

// ecdsa-with-SHA256, commonName, subjectAltName, basicConstraints.
const ECDSA_SHA256 = der(SEQUENCE, der(OBJECT_ID, Buffer.from('2a8648ce3d040302', 'hex')))
const COMMON_NAME = der(OBJECT_ID, Buffer.from('550403', 'hex'))
const ALT_NAME = der(OBJECT_ID, Buffer.from('551d11', 'hex'))
const BASIC_CONSTRAINTS = der(OBJECT_ID, Buffer.from('551d13', 'hex'))

/**
 * Makes a certificate for `localhost` and 127.0.0.1 that signs itself, good for a day (RFC 5280): an authority of its own
 * for one test, so that no key stands in the repository.
 */
export function makeIdentity(): Identity {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const name = der(SEQUENCE, der(SET, der(SEQUENCE, COMMON_NAME, der(UTF8, Buffer.from('localhost')))))
  const now = Date.now()
  const validity = der(SEQUENCE, der(TIME, utcTime(now - 3_600_000)), der(TIME, utcTime(now + 86_400_000)))
  const names = der(SEQUENCE, der(DNS_NAME, Buffer.from('localhost')), der(IP_ADDRESS, Buffer.from([127, 0, 0, 1])))
  const authority = der(SEQUENCE, Buffer.from([0x01, 0x01, 0xff]))
  const extensions = der(
    SEQUENCE,
    der(SEQUENCE, ALT_NAME, der(BYTES, names)),
    der(SEQUENCE, BASIC_CONSTRAINTS, der(BYTES, authority)),
  )
  const certificate = der(
    SEQUENCE,
    der(VERSION, der(INTEGER, Buffer.from([2]))),
    der(INTEGER, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ECDSA_SHA256,
    name,
    validity,
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(EXTENSIONS, extensions),
  )
  const signature = der(BITS, Buffer.from([0]), sign('sha256', certificate, privateKey))
  const pem = der(SEQUENCE, certificate, ECDSA_SHA256, signature)
    .toString('base64')
    .replaceAll(/.{64}(?=.)/g, '$&\n')
  return {
    key: String(privateKey.export({ type: 'pkcs8', format: 'pem' })),
    cert: `-----BEGIN CERTIFICATE-----\n${pem}\n-----END CERTIFICATE-----\n`,
  }
}

function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts)
  const { length } = content
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}

function utcTime(at: number): Buffer {
  return Buffer.from(`${new Date(at).toISOString().replaceAll(/[-:T]/g, '').slice(2, 14)}Z`)
}
