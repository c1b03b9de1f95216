import { sign } from 'node:crypto'
import { requireBytes } from './input.ts'
import { computeMac, formatPseudonym, pseudonymInput } from './pseudonym.ts'
import { KeyringError } from './errors.ts'
import { createSealer } from './seal.ts'
import type { KeySet, SigningKey } from './keys.ts'
import type { RandomBytes } from './system.ts'
import type { Keyring } from './types.ts'

/** Makes the keyring of keys that are in this process. Keys live in closures, so that printing it shows none. */
export function localKeyring(keys: KeySet, randomBytes: RandomBytes): Keyring {
  const sealer = createSealer(keys.seal, randomBytes)
  const pseudonyms = async (context: string, value: string): Promise<readonly string[]> => {
    const input = pseudonymInput(context, value)
    return keys.pseudonym.map((key) => formatPseudonym(key.id, computeMac(key.secret, input)))
  }
  return {
    seal: async (context, plaintext) => sealer.seal(context, plaintext),
    unseal: async (context, sealed) => sealer.unseal(context, sealed),
    pseudonym: async (context, value) => {
      const key = newest(keys.pseudonym)
      return formatPseudonym(key.id, computeMac(key.secret, pseudonymInput(context, value)))
    },
    pseudonyms,
    sign: async (message, publicKey) => {
      requireBytes(message)
      return sign(null, message, signingKey(keys.sign, publicKey).secret)
    },
    publicKeys: async () => keys.sign.map((key) => Uint8Array.from(key.publicKey)),
  }
}

function signingKey(keys: readonly SigningKey[], publicKey: Uint8Array | undefined): SigningKey {
  if (publicKey === undefined) return newest(keys)
  const found = keys.find((key) => Buffer.compare(key.publicKey, publicKey) === 0)
  if (found === undefined) throw new KeyringError('ERR_KEYRING_KEYS', 'The keyring has no sign key of this public key.')
  return found
}

function newest<T>(keys: readonly T[]): T {
  const [first] = keys
  if (first === undefined) throw new Error('newest: every purpose has a key')
  return first
}
