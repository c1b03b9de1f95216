import { ed25519Cosigner } from '../src/lib/ed25519-cosigner.ts'
import { formatCosignerKey } from '../src/lib/cosigner-key.ts'
import type { NoteSigner } from '../src/lib/note.ts'
import { testKey } from './test-key.ts'

/** Makes the cosigner of a witness whose key comes from a seed and whose clock stands still. */
export function testCosigner(name: string, seed: number, seconds = 1_679_315_147): NoteSigner {
  return ed25519Cosigner({ name, ...testKey(seed), clock: { now: () => seconds * 1000 + 999 } })
}

/** Gives the verifier key of such a witness. */
export function testCosignerKey(name: string, seed: number): string {
  return formatCosignerKey(name, testKey(seed).publicKey)
}
