import { createPrivateKey, createPublicKey, sign } from 'node:crypto'
import { ed25519Signer } from '../src/lib/note-key.ts'
import type { NoteSigner } from '../src/lib/note.ts'

/** An Ed25519 key pair made from a seed, for tests only. */
export interface TestKey {
  readonly publicKey: Uint8Array
  readonly sign: (message: Uint8Array) => Promise<Uint8Array>
}

/** Makes a key pair from 32 bytes, or from one byte repeated. */
export function testKey(seed: number | Uint8Array): TestKey {
  const bytes = typeof seed === 'number' ? Buffer.alloc(32, seed) : seed
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), bytes])
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  const publicKey = createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32)
  return { publicKey, sign: async (message) => sign(null, message, key) }
}

/** Makes a note signer whose key comes from a seed. */
export function testSigner(name: string, seed: number): NoteSigner {
  const key = testKey(seed)
  return ed25519Signer(name, key.publicKey, key.sign)
}
