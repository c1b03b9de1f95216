import type { Json, Key, Store } from '@sallyport/store'
import { EMPTY_ROOT } from '@sallyport/tlog'
import { WitnessError } from './errors.ts'

const ROOT_BYTES = 32

/** What a witness has cosigned last of one log. */
export interface WitnessState {
  readonly size: number
  /** 32 bytes. */
  readonly root: Uint8Array
  /** The time of that cosignature, in seconds since the epoch; 0 before the first. */
  readonly time: number
  /** The checkpoint with the log's signatures and the cosignature; empty before the first. */
  readonly note: string
}

/** A state with the version to compare when it is replaced; `null` when nothing of the log was cosigned yet. */
export interface VersionedState {
  readonly state: WitnessState
  readonly version: string | null
}

/** Gives the key of a log's record. */
export function stateKey(origin: string): Key {
  return ['witness', origin]
}

/** Reads the state of a log. Throws `ERR_WITNESS_RECORD`: a witness that does not know what it cosigned cosigns nothing. */
export async function readState(store: Store, origin: string): Promise<VersionedState> {
  const [record] = await store.get([stateKey(origin)])
  if (record === undefined) return { state: { size: 0, root: EMPTY_ROOT, time: 0, note: '' }, version: null }
  const state = parseState(record.value)
  if (state !== undefined) return { state, version: record.version }
  throw new WitnessError('ERR_WITNESS_RECORD', 'What was cosigned last of this log cannot be read.')
}

/** Gives the value of a log's record. */
export function formatState({ size, root, time, note }: WitnessState): Json {
  return { size, root: Buffer.from(root).toString('base64'), time, note }
}

function parseState(value: Json): WitnessState | undefined {
  if (typeof value !== 'object' || value === null || !('root' in value)) return undefined
  const { size, root, time, note } = value
  if (typeof root !== 'string' || typeof note !== 'string' || !isWhole(size) || !isWhole(time)) return undefined
  const bytes = Buffer.from(root, 'base64')
  return bytes.length === ROOT_BYTES ? { size, root: bytes, time, note } : undefined
}

function isWhole(value: Json | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}
