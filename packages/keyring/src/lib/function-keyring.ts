import { types } from 'node:util'

import { KeyringError } from './errors.ts'
import { requireBytes, requireContext } from './input.ts'
import { formatPseudonym, pseudonymInput } from './pseudonym.ts'
import { formatSealed, parseSealed } from './sealed-text.ts'
import type { Keyring } from './types.ts'

/** A MAC and the id of the key that made it. */
export interface KeyedMac {
  /** 1 to 64 characters of base64url; written in clear in every pseudonym. */
  readonly keyId: string
  /** HMAC-SHA-256, at least 16 bytes. */
  readonly mac: Uint8Array
}

/**
 * What a key service does for a keyring. Whatever it rejects with goes to the caller; of `unseal` it is the `cause` of
 * `ERR_KEYRING_UNAVAILABLE`.
 */
export interface KeyringFunctions {
  /** Encrypts and authenticates, with the context as additional data; the bytes name the key for `unseal`. */
  readonly seal: (context: string, plaintext: Uint8Array) => Promise<Uint8Array>
  /**
   * The inverse; resolves to `undefined` when the service says that context or bytes are not those of a `seal`, and rejects
   * when it cannot say: what could not be asked about is kept and tried again, what is not ours is thrown away.
   */
  readonly unseal: (context: string, sealed: Uint8Array) => Promise<Uint8Array | undefined>
  /** Computes HMAC-SHA-256 of the bytes under every pseudonym key, the newest first. */
  readonly pseudonym: (input: Uint8Array) => Promise<readonly KeyedMac[]>
  /** Signs with the key of the public key given (Ed25519, RFC 8032, not prehashed); 64 bytes. */
  readonly sign: (message: Uint8Array, publicKey: Uint8Array) => Promise<Uint8Array>
  /** The raw public keys, 32 bytes each, the one that `sign` uses first. */
  readonly publicKeys: () => Promise<readonly Uint8Array[]>
}

// What stands in the place of a key id: the service's own bytes name the key.
const SERVICE = 'service'

/** Makes the keyring of a key service: checks what goes in and what comes out, and gives it our text forms. */
export function functionKeyring(functions: KeyringFunctions): Keyring {
  const pseudonyms = async (context: string, value: string): Promise<readonly string[]> => {
    const macs = await functions.pseudonym(pseudonymInput(context, value))
    if (!Array.isArray(macs) || macs.length === 0 || !macs.every(isKeyedMac)) throw badAnswer()
    return macs.map(({ keyId, mac }) => formatPseudonym(keyId, mac))
  }
  return {
    seal: async (context, plaintext) => {
      requireContext(context)
      requireBytes(plaintext)
      return formatSealed({ keyId: SERVICE, bytes: requireAnswer(await functions.seal(context, plaintext)) })
    },
    unseal: async (context, sealed) => unsealByService(functions, context, sealed),
    pseudonym: async (context, value) => (await pseudonyms(context, value))[0] ?? '',
    pseudonyms,
    sign: async (message, publicKey) => {
      requireBytes(message)
      const key = publicKey ?? (await publicKeysOf(functions))[0] ?? new Uint8Array()
      return requireLength(await functions.sign(message, key), 64)
    },
    publicKeys: async () => publicKeysOf(functions),
  }
}

async function publicKeysOf(functions: KeyringFunctions): Promise<readonly Uint8Array[]> {
  const keys = await functions.publicKeys()
  if (!Array.isArray(keys) || keys.length === 0) throw badAnswer()
  return keys.map((key) => requireLength(key, 32))
}

async function unsealByService(functions: KeyringFunctions, context: string, text: string): Promise<Uint8Array> {
  requireContext(context)
  const sealed = parseSealed(text)
  const opened = sealed?.keyId === SERVICE ? await askToUnseal(functions, context, sealed.bytes) : undefined
  if (opened === undefined) {
    throw new KeyringError('ERR_KEYRING_UNSEAL', 'The value was not sealed by this keyring in this context.')
  }
  return opened
}

async function askToUnseal(
  functions: KeyringFunctions,
  context: string,
  sealed: Uint8Array,
): Promise<Uint8Array | undefined> {
  try {
    const opened: unknown = await functions.unseal(context, sealed)
    if (opened === undefined || isBytes(opened)) return opened
  } catch (cause) {
    // One keyring over another says it by its code. Of a refusal nothing is told: an attacker can try values.
    if (cause instanceof KeyringError && cause.code === 'ERR_KEYRING_UNSEAL') return undefined
    throw new KeyringError('ERR_KEYRING_UNAVAILABLE', 'The key service could not be asked to unseal.', { cause })
  }
  // What a service says by `null` or an envelope nobody knows: it is neither the value nor a word that it is not ours.
  throw new KeyringError('ERR_KEYRING_UNAVAILABLE', 'The key service answered with something other than bytes.')
}

// What comes out of functions of the application is of the type that they promise only if they keep it.

function isBytes(value: unknown): value is Uint8Array {
  return types.isUint8Array(value)
}

function isKeyedMac(value: unknown): value is KeyedMac {
  if (typeof value !== 'object' || value === null || !('keyId' in value) || !('mac' in value)) return false
  const { keyId, mac } = value
  return typeof keyId === 'string' && /^[A-Za-z0-9_-]{1,64}$/.test(keyId) && isBytes(mac) && mac.length >= 16
}

function requireLength(bytes: unknown, length: number): Uint8Array {
  if (!isBytes(bytes) || bytes.length !== length) throw badAnswer()
  return bytes
}

function requireAnswer(bytes: unknown): Uint8Array {
  if (!isBytes(bytes) || bytes.length === 0) throw badAnswer()
  return bytes
}

function badAnswer(): KeyringError {
  return new KeyringError('ERR_KEYRING_KEYS', 'The key service gave no bytes, bytes of a wrong length or no key.')
}
