import type { Store } from '@sallyport/store'
import { checkConsistency, proveConsistency, treeRoot } from '@sallyport/tlog'
import { AuditError } from '../errors.ts'
import { checkpointKey, parseNote, readHead, tileReader, type Head } from '../signing/tree-store.ts'
import type { Witness } from './witness-contract.ts'

/** A request to a witness, and of which checkpoint. */
export interface WitnessRequest {
  readonly size: number
  readonly body: Parameters<Witness['addCheckpoint']>[0]
}

/**
 * Makes the request to cosign the newest checkpoint, from the size that the witness holds.
 *
 * The proof is checked here: when a witness refuses it all the same, the witness has another history and not a damaged
 * proof.
 *
 * @returns the request; `undefined` when the witness holds more than the ledger has
 * @throws `AuditError` with `ERR_AUDIT_TREE_CORRUPT` when the stored tree does not lead to the checkpoint; TlogError
 * when a tile is missing
 */
export async function makeWitnessRequest(store: Store, oldSize: number): Promise<WitnessRequest | undefined> {
  const { head } = await readHead(store)
  if (oldSize > head.size) return undefined
  const [record] = await store.get([checkpointKey(head.size)])
  const note = record && parseNote(record.value)
  if (note === undefined) throw corrupt('The checkpoint that the head names is not there.')
  return { size: head.size, body: { oldSize, proof: await prove(store, oldSize, head), note } }
}

async function prove(store: Store, from: number, head: Head): Promise<readonly Uint8Array[]> {
  if (from === 0) return []
  const read = tileReader(store)
  const proof = await proveConsistency(from, head.size, read)
  const fromRoot = await treeRoot(from, read)
  const claim = { from, to: head.size, fromRoot, toRoot: Buffer.from(head.root, 'base64'), proof }
  if (checkConsistency(claim)) return proof
  throw corrupt('The stored tree does not lead to the newest checkpoint.')
}

function corrupt(message: string): AuditError {
  return new AuditError('ERR_AUDIT_TREE_CORRUPT', message)
}
