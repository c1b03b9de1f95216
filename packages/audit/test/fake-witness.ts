import { createPrivateKey, createPublicKey, sign } from 'node:crypto'
import { createMemoryStore } from '@sallyport/store'
import { formatCosignerKey, formatAddCheckpoint } from '@sallyport/tlog/witness'
import { createWitness } from '@sallyport/witness'
import type { Witness, WitnessAnswer } from '../src/lib/witnessing/witness-contract.ts'

/** An Ed25519 key pair, for tests only. */
export interface WitnessKey {
  readonly publicKey: Uint8Array
  readonly sign: (message: Uint8Array) => Promise<Uint8Array>
}

/** Makes a key pair from one byte repeated. */
export function witnessKey(seed: number): WitnessKey {
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, seed)])
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  const publicKey = createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32)
  return { publicKey, sign: async (message) => sign(null, message, key) }
}

/** A witness within the process, which can be told to fail. */
export interface FakeWitness extends Witness {
  /** The old sizes it was asked from. */
  readonly asked: number[]
  /** Answers in place of the witness while it is set. */
  instead: (() => Promise<WitnessAnswer>) | undefined
  /** What it holds of a log. */
  readonly latest: (origin: string) => Promise<string | undefined>
}

/** Makes a witness that works as the real one does, without HTTP in between. */
export function fakeWitness(name: string, logs: readonly string[], seed = 60): FakeWitness {
  const key = witnessKey(seed)
  const witness = createWitness({ store: createMemoryStore(), logs, name: `${name}.example`, ...key })
  const fake: FakeWitness = {
    name,
    verifierKey: formatCosignerKey(`${name}.example`, key.publicKey),
    asked: [],
    instead: undefined,
    latest: async (origin) => await witness.latest(origin),
    addCheckpoint: async (request) => {
      fake.asked.push(request.oldSize)
      if (fake.instead !== undefined) return await fake.instead()
      const { status, body } = await witness.addCheckpoint(formatAddCheckpoint(request))
      if (status === 200) return { ok: true, signatures: body }
      return status === 409
        ? { ok: false, code: 'conflict', size: Number(body) }
        : { ok: false, code: 'refused', status }
    },
  }
  return fake
}
