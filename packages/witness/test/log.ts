import { createPrivateKey, createPublicKey, sign } from 'node:crypto'
import { growTiles, leafHash, proveConsistency, treeRoot, type TileReader } from '@sallyport/tlog'
import { ed25519Signer, formatCheckpoint, formatVerifierKey, signNote, type NoteSigner } from '@sallyport/tlog/note'
import { formatAddCheckpoint } from '@sallyport/tlog/witness'

/** The name of the log under test. */
export const ORIGIN = 'log.example/test'

/** An Ed25519 key pair, for tests only. */
export interface TestKey {
  readonly publicKey: Uint8Array
  readonly sign: (message: Uint8Array) => Promise<Uint8Array>
}

/** Makes a key pair from one byte repeated. */
export function testKey(seed: number): TestKey {
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, seed)])
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  const publicKey = createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32)
  return { publicKey, sign: async (message) => sign(null, message, key) }
}

/** A log in memory: grown to any size, with its proofs and checkpoints. */
export interface TestLog {
  readonly verifierKey: string
  readonly note: (size: number, more?: Readonly<{ extensions?: string[] }>) => Promise<string>
  readonly proof: (from: number, to: number) => Promise<readonly Uint8Array[]>
  readonly root: (size: number) => Promise<Uint8Array>
  /** The body that asks to cosign one size from another. */
  readonly body: (from: number, to: number) => Promise<string>
  readonly signer: NoteSigner
}

/** Makes a log of so many entries; logs of different words have different entries. */
export async function testLog(size: number, word = 'entry', seed = 1): Promise<TestLog> {
  const tiles = new Map<string, Uint8Array>()
  const read: TileReader = async (ids) => ids.map((id) => tiles.get(`${id.level}/${id.index}`) ?? new Uint8Array())
  const leaves = Array.from({ length: size }, (_, at) => leafHash(Buffer.from(`${word} ${at}`)))
  for (const { id, bytes } of (await growTiles(0, leaves, read)).tiles) tiles.set(`${id.level}/${id.index}`, bytes)
  const key = testKey(seed)
  const signer = ed25519Signer(ORIGIN, key.publicKey, key.sign)
  const root = async (at: number): Promise<Uint8Array> => await treeRoot(at, read)
  const note: TestLog['note'] = async (at, more) =>
    await signNote(formatCheckpoint({ origin: ORIGIN, size: at, root: await root(at), ...more }), [signer])
  const proof: TestLog['proof'] = async (from, to) => (from === 0 ? [] : await proveConsistency(from, to, read))
  return {
    verifierKey: formatVerifierKey(ORIGIN, key.publicKey),
    note,
    proof,
    root,
    body: async (from, to) =>
      formatAddCheckpoint({ oldSize: from, proof: await proof(from, to), note: await note(to) }),
    signer,
  }
}
