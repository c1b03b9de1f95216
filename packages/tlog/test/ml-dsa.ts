import { createPrivateKey, createPublicKey, sign } from 'node:crypto'

/** An ML-DSA-44 key pair made from a seed, for tests only; `undefined` where Node.js is too old for it. */
export interface MlDsaKey {
  readonly publicKey: Uint8Array
  readonly sign: (message: Uint8Array) => Uint8Array
}

/** Makes a key pair from 32 bytes. */
export function mlDsaKey(seed: Uint8Array): MlDsaKey | undefined {
  // RFC 9881 §6: the seed alone.
  const der = Buffer.concat([Buffer.from('3034020100300b060960864801650304031104228020', 'hex'), seed])
  try {
    const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
    const publicKey = createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-1312)
    return { publicKey, sign: (message) => sign(null, message, key) }
  } catch {
    return undefined
  }
}
