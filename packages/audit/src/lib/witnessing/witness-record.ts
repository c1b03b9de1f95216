import type { Json, Key, Store } from '@sallyport/store'
import { checkpointKey } from '../signing/tree-store.ts'
import { isJsonRecord } from '../json-record.ts'

/** Why a witness does not cosign. */
export type WitnessFailure = 'diverged' | 'refused' | 'unreachable'

const FAILURES: readonly WitnessFailure[] = ['diverged', 'refused', 'unreachable']

/** How far a witness has come, for whichever instance asks it next. */
export interface WitnessCursor {
  /** The size that it cosigned last. */
  readonly size: number
  /** What the ledger says of its failing, and not yet that it has recovered. */
  readonly failing: WitnessFailure | undefined
  readonly version: string | null
}

/** Below it stand the cursors of all witnesses. */
export const WITNESS_PREFIX: Key = ['ledger', 'witness']

/** Gives the key of a witness's cursor. */
export function cursorKey(name: string): Key {
  return [...WITNESS_PREFIX, name]
}

/** Below it are the cosignatures, in order of size. */
export const COSIGNATURES_PREFIX: Key = ['ledger', 'cosignatures']

/** Gives the key of the cosignatures of a checkpoint: `{ signatures }`, the lines that its note lacks. */
export function cosignaturesKey(size: number): Key {
  return [...COSIGNATURES_PREFIX, ...checkpointKey(size).slice(-1)]
}

/** Reads a cursor; what is no cursor is one that knows nothing. */
export async function readCursor(store: Store, name: string): Promise<WitnessCursor> {
  const [found] = await store.get([cursorKey(name)])
  const { size, failing } = membersOf(found?.value)
  return {
    size: typeof size === 'number' && Number.isSafeInteger(size) && size >= 0 ? size : 0,
    failing: FAILURES.find((one) => one === failing),
    version: found?.version ?? null,
  }
}

/** Gives a cursor's value. */
export function formatCursor({ size, failing }: Pick<WitnessCursor, 'size' | 'failing'>): Json {
  return { size, ...(failing === undefined ? {} : { failing }) }
}

/** Reads the signature lines in a record of cosignatures; none when its value is not one. */
export function parseCosignatures(value: Json | undefined): string {
  const { signatures } = membersOf(value)
  return typeof signatures === 'string' ? signatures : ''
}

function membersOf(value: Json | undefined): { readonly [name: string]: Json } {
  return isJsonRecord(value) ? value : {}
}
