import { parseVerifierKey, type NoteVerifier } from '@sallyport/tlog/note'
import { parseCosignerKey } from '@sallyport/tlog/witness'
import { optionsError } from './options.ts'

const MAX_KEYS = 10_000
// What is left of a record's key of 512 bytes.
const MAX_ORIGIN_BYTES = 480
const ML_DSA_44 = 0x06

/** A log whose key has another name than the origin in its checkpoints. */
export interface WitnessedLog {
  /** The first line of its checkpoints. */
  readonly origin: string
  readonly verifierKey: string
}

/** The logs that a witness cosigns: the verifiers of each, by its origin. */
export type KnownLogs = ReadonlyMap<string, readonly NoteVerifier[]>

/**
 * Reads the verifier keys of logs, Ed25519 or ML-DSA-44. A log has several after a rotation.
 *
 * @param given the keys, from configuration; where the origin is not the key's name, with it
 * @param own the witness's raw key, which must be that of no log: the log would witness itself
 * @throws WitnessError `ERR_WITNESS_OPTIONS`
 */
export function readLogs(given: readonly (string | WitnessedLog)[], own: Uint8Array): KnownLogs {
  if (given.length === 0 || given.length > MAX_KEYS) throw optionsError(`logs are 1 to ${MAX_KEYS} verifier keys.`)
  const logs = new Map<string, readonly NoteVerifier[]>()
  for (const one of given) {
    const { verifier, publicKey } = readLogKey(typeof one === 'string' ? one : one.verifierKey)
    if (publicKey.equals(own)) throw optionsError('The key of the witness is that of a log: make it a key of its own.')
    const origin = typeof one === 'string' ? verifier.name : one.origin
    const isFit = origin !== '' && !/[\0\n]/.test(origin) && Buffer.byteLength(origin) <= MAX_ORIGIN_BYTES
    if (!isFit) throw optionsError(`The origin of a log is one line of 1 to ${MAX_ORIGIN_BYTES} bytes.`)
    const others = (logs.get(origin) ?? []).filter(({ keyId }) => keyId !== verifier.keyId)
    logs.set(origin, [...others, verifier])
  }
  return logs
}

interface LogKey {
  readonly verifier: NoteVerifier
  readonly publicKey: Buffer
}

function readLogKey(text: string): LogKey {
  const [, , ...base64] = text.split('+')
  const typed = Buffer.from(base64.join('+'), 'base64')
  try {
    // Logs and cosigners share the ML-DSA-44 type of key; a cosigner's Ed25519 key is no log's.
    const verifier = typed[0] === ML_DSA_44 ? parseCosignerKey(text) : parseVerifierKey(text)
    return { verifier, publicKey: typed.subarray(1) }
  } catch (cause) {
    throw optionsError('logs are verifier keys: <name>+<key id>+<base64>.', cause)
  }
}
