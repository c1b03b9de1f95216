import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync } from 'node:crypto'
import { KeyringError } from './errors.ts'
import { joinParts, requireBytes, requireContext } from './input.ts'
import { formatSealed, parseSealed } from './sealed-text.ts'
import type { KeyObject } from 'node:crypto'
import type { SecretKey } from './keys.ts'
import type { RandomBytes } from './system.ts'

const CIPHER = 'aes-256-gcm'
const NONCE_BYTES = 12
const TAG_BYTES = 16
const CACHED_SUBKEYS = 2_048

/** Seals and unseals under keys derived for each context. */
export interface Sealer {
  readonly seal: (context: string, plaintext: Uint8Array) => string
  readonly unseal: (context: string, sealed: string) => Uint8Array
}

/**
 * Makes the sealer of a list of keys, the newest first.
 *
 * @see NIST SP 800-38D (GCM, 96-bit random nonce), RFC 5869 (HKDF)
 */
export function createSealer(keys: readonly SecretKey[], randomBytes: RandomBytes): Sealer {
  const subkey = createSubkeys()
  const [newest] = keys
  if (newest === undefined) throw new Error('createSealer: there is a seal key')
  return {
    seal: (context, plaintext) => {
      requireContext(context)
      requireBytes(plaintext)
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv(CIPHER, subkey(newest, context), nonce)
      cipher.setAAD(joinParts(context, newest.id))
      const box = [nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]
      return formatSealed({ keyId: newest.id, bytes: Buffer.concat(box) })
    },
    unseal: (context, text) => {
      requireContext(context)
      const sealed = parseSealed(text)
      const key = keys.find((candidate) => candidate.id === sealed?.keyId)
      if (sealed === undefined || key === undefined) throw cannotUnseal()
      return openBox(subkey(key, context), joinParts(context, key.id), sealed.bytes)
    },
  }
}

function openBox(key: KeyObject, aad: Uint8Array, box: Uint8Array): Uint8Array {
  if (box.length < NONCE_BYTES + TAG_BYTES) throw cannotUnseal()
  const decipher = createDecipheriv(CIPHER, key, box.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
  decipher.setAAD(aad)
  decipher.setAuthTag(box.subarray(-TAG_BYTES))
  const start = decipher.update(box.subarray(NONCE_BYTES, -TAG_BYTES))
  try {
    return Buffer.concat([start, decipher.final()])
  } catch {
    throw cannotUnseal()
  }
}

// A key of its own for each context: random nonces may collide across contexts, and what one context seals is noise in
// every other. Contexts are few and chosen by the program; the bound is for one that puts an id into them.
function createSubkeys(): (key: SecretKey, context: string) => KeyObject {
  const cache = new Map<string, KeyObject>()
  return (key, context) => {
    const name = `${key.id}.${context}`
    const cached = cache.get(name)
    if (cached !== undefined) return cached
    const derived = createSecretKey(Buffer.from(hkdfSync('sha256', key.secret, new Uint8Array(), context, 32)))
    const oldest = cache.size >= CACHED_SUBKEYS ? cache.keys().next().value : undefined
    if (oldest !== undefined) cache.delete(oldest)
    cache.set(name, derived)
    return derived
  }
}

function cannotUnseal(): KeyringError {
  return new KeyringError('ERR_KEYRING_UNSEAL', 'The value was not sealed by this keyring in this context.')
}
