import { EMPTY_ROOT, equalHashes } from './hash.ts'
import { parseCheckpoint, type Checkpoint } from './checkpoint.ts'

const LABEL = Buffer.from('subtree/v1\n\0')
const TIME_BYTES = 8
const MAX_NAME_BYTES = 255
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** A time in seconds since the epoch beside the signature over it, as both stand in a signature line. */
export interface TimedSignature {
  readonly time: number
  readonly signature: Uint8Array
}

/** Joins time and signature: eight bytes, big-endian, then the signature. */
export function joinTime({ time, signature }: TimedSignature): Uint8Array {
  return Buffer.concat([bigEndian(time), signature])
}

/**
 * Splits the bytes of a cosignature; `undefined` when the signature is not so many bytes long, or the time is above
 * 2^53−1: the format lets verifiers refuse times in the future, and that one is 285 million years away.
 */
export function splitTime(bytes: Uint8Array, signatureBytes: number): TimedSignature | undefined {
  if (bytes.length !== TIME_BYTES + signatureBytes) return undefined
  const time = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0))
  return Number.isSafeInteger(time) ? { time, signature: bytes.subarray(TIME_BYTES) } : undefined
}

/** Reads the checkpoint that a note's text is; `undefined` when it is none. */
export function readCheckpoint(message: Uint8Array): Checkpoint | undefined {
  try {
    return parseCheckpoint(UTF8.decode(message))
  } catch {
    return undefined
  }
}

/** What an Ed25519 cosignature signs: a header, the time and the whole text of the checkpoint. */
export function ed25519Message(time: number, text: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(`cosignature/v1\ntime ${time}\n`), text])
}

/**
 * What an ML-DSA-44 cosignature signs: a binary structure of names, time, size and root. Extension lines are not part
 * of it, so a checkpoint that has some is given none; nor is one whose names do not fit.
 *
 * @see C2SP tlog-cosignature, "ML-DSA-44 signed message"
 */
export function mlDsa44Message(name: string, time: number, checkpoint: Checkpoint): Uint8Array | undefined {
  const names = [Buffer.from(name), Buffer.from(checkpoint.origin)] as const
  if (names.some(({ length }) => length > MAX_NAME_BYTES) || checkpoint.extensions !== undefined) return undefined
  if (checkpoint.size === 0 && !equalHashes(checkpoint.root, EMPTY_ROOT)) return undefined
  const [cosigner, origin] = names.map((bytes) => Buffer.concat([Uint8Array.of(bytes.length), bytes]))
  if (cosigner === undefined || origin === undefined) return undefined
  const range = [bigEndian(0), bigEndian(checkpoint.size)]
  return Buffer.concat([LABEL, cosigner, bigEndian(time), origin, ...range, checkpoint.root])
}

function bigEndian(value: number): Uint8Array {
  const bytes = Buffer.alloc(TIME_BYTES)
  bytes.writeBigUInt64BE(BigInt(value))
  return bytes
}
