import { decodeCbor, isCborMap } from './cbor.ts'

const SEQUENCE = 0x30
const INTEGER = 0x02

/**
 * Tells whether a signature is written in the one form that it has. The library reads ECDSA signatures leniently, so that
 * without this check others than the authenticator could give one assertion many spellings; a proof has one.
 *
 * @param publicKey The COSE form. Signatures of other kinds of keys have a fixed length and are compared whole.
 * @param signature Controlled by the client.
 * @returns Whether it is the DER of two positive numbers (WebAuthn L3 §6.5.5, X.690 §10), if the key is an elliptic one.
 */
export function isInItsOneForm(publicKey: Uint8Array, signature: Uint8Array): boolean {
  const key = decodeCbor(publicKey)?.value
  if (!isCborMap(key) || key.get(1) !== 2) return true
  const body = bodyOf(signature)
  const second = body && endOfNumber(body, 0)
  return body !== undefined && second !== undefined && endOfNumber(body, second) === body.length
}

// The content of the sequence that the bytes are, whole; longer ones than 255 bytes do not occur.
function bodyOf(signature: Uint8Array): Uint8Array | undefined {
  const start = signature[1] === 0x81 ? 3 : 2
  const length = signature[start - 1] ?? 0
  const isShortest = start === 2 ? length < 0x80 : length >= 0x80
  if (signature[0] !== SEQUENCE || !isShortest || length !== signature.length - start) return undefined
  return signature.subarray(start)
}

function endOfNumber(body: Uint8Array, start: number): number | undefined {
  const [tag, length = 0, first = 0, next = 0] = body.subarray(start, start + 4)
  const isPadded = first === 0 && (length < 2 || next < 0x80)
  const end = start + 2 + length
  return tag === INTEGER && length > 0 && first < 0x80 && !isPadded && end <= body.length ? end : undefined
}
