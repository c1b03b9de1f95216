import { sortableId, StoreError, type Commit, type Committed, type Store } from '@sallyport/store'
import { signNote } from '@sallyport/tlog/note'
import { ed25519Cosigner, formatCosignerKey, formatSignatures, mergeSignatures } from '@sallyport/tlog/witness'
import { WitnessError } from './errors.ts'
import { judgeGrowth, openRequest, type Refusal, type SignedRequest } from './judge-request.ts'
import { readLogs, type KnownLogs, type WitnessedLog } from './known-logs.ts'
import { optionsError, requireKnownOptions } from './options.ts'
import { system, type Clock, type RandomBytes } from './system.ts'
import { Turns } from './turns.ts'
import { formatState, readState, stateKey, type VersionedState, type WitnessState } from './witness-state.ts'

const TEXT = 'text/plain; charset=utf-8'
const MAX_BODY_BYTES = 65_536
// Within one process requests for one log take turns; only other processes can get in between.
const TRIES = 16
const OPTION_NAMES = ['store', 'logs', 'name', 'publicKey', 'sign', 'clock', 'randomBytes']

/** What `createWitness` needs. */
export interface WitnessOptions {
  /** Where it keeps what it cosigned last of each log: one record `['witness', <origin>]` for each. */
  readonly store: Store
  /**
   * The verifier keys of the logs to cosign; several keys of one name are one log after rotations. A key whose name is
   * not the origin of its checkpoints comes with that.
   */
  readonly logs: readonly (string | WitnessedLog)[]
  /** The witness's name, such as `witness.example/w1`; no white space, no plus sign. */
  readonly name: string
  /** Its raw Ed25519 key, 32 bytes: a key of its own, never one that signs a log. */
  readonly publicKey: Uint8Array
  /** Signs a message with the private half; 64 bytes. */
  readonly sign: (message: Uint8Array) => Promise<Uint8Array>
  /** The system's clock if not given. */
  readonly clock?: Clock | undefined
  /** The system's random generator if not given; names commits. */
  readonly randomBytes?: RandomBytes | undefined
}

/** An answer of the protocol. */
export interface WitnessResponse {
  /** 200, 400, 403, 404, 409, 413 or 422. */
  readonly status: number
  /** The media type of the body. */
  readonly type: string
  readonly body: string
}

/** A witness of transparency logs. */
export interface Witness {
  /** What others verify its cosignatures by. */
  readonly verifierKey: string
  /**
   * Answers an `add-checkpoint` request: with a cosignature when the checkpoint continues the one that was cosigned last.
   *
   * What was cosigned is on disk before this resolves, by comparing and setting: of any number of requests at once, to
   * any number of processes on one store, those that are answered with cosignatures form one line. Rejects with
   * `WitnessError` `ERR_WITNESS_RECORD` or `ERR_WITNESS_BUSY`, and with what store and signing function reject with;
   * nothing was cosigned then.
   *
   * @param body attacker-controlled; above 64 kB it is refused with 413
   */
  addCheckpoint(body: Uint8Array | string): Promise<WitnessResponse>
  /** Gives the checkpoint of a log that was cosigned last, with its signatures; `undefined` when there is none. */
  latest(origin: string): Promise<string | undefined>
  /** The origins of the logs that it cosigns. */
  readonly origins: readonly string[]
}

/**
 * Makes a witness.
 *
 * It promises never to cosign two checkpoints of one log that are not of one line, as long as its store is not put back
 * to an older copy. It says nothing of what the entries of a log say.
 *
 * @throws WitnessError `ERR_WITNESS_OPTIONS`
 * @see C2SP tlog-witness
 */
export function createWitness(options: WitnessOptions): Witness {
  requireKnownOptions(options, OPTION_NAMES)
  const { clock = system.clock, randomBytes = system.randomBytes } = options
  const parts = { ...options, clock, randomBytes, known: readLogs(options.logs, options.publicKey), turns: new Turns() }
  return {
    verifierKey: formatOwnKey(options),
    addCheckpoint: async (body) => await addCheckpoint(parts, body),
    latest: async (origin) => {
      if (!parts.known.has(origin)) return undefined
      return (await readState(options.store, origin)).state.note || undefined
    },
    origins: [...parts.known.keys()],
  }
}

interface Parts extends WitnessOptions {
  readonly clock: Clock
  readonly randomBytes: RandomBytes
  readonly known: KnownLogs
  readonly turns: Turns
}

async function addCheckpoint(parts: Parts, body: Uint8Array | string): Promise<WitnessResponse> {
  if (Buffer.byteLength(body) > MAX_BODY_BYTES) return refuse({ status: 413, why: 'The body is too long.' })
  const request = openRequest(body, parts.known)
  if ('status' in request) return refuse(request)
  return await parts.turns.take(request.checkpoint.origin, async () => await cosign(parts, request))
}

async function cosign(parts: Parts, request: SignedRequest): Promise<WitnessResponse> {
  const { origin } = request.checkpoint
  for (let tries = 0; tries < TRIES; tries++) {
    const last = await readState(parts.store, origin)
    const refusal = judgeGrowth(request, last.state)
    if (refusal !== undefined) return refuse(refusal)
    const next = await sign(parts, request, last.state)
    if (await keep(parts, last, next)) return { status: 200, type: TEXT, body: next.lines }
  }
  throw new WitnessError('ERR_WITNESS_BUSY', 'The state of the log was changed by others again and again.')
}

interface Signed extends WitnessState {
  readonly lines: string
}

async function sign(parts: Parts, request: SignedRequest, last: WitnessState): Promise<Signed> {
  // A clock that was put back must not make a larger tree look older than a smaller one.
  const time = Math.max(Math.floor(parts.clock.now() / 1000), last.time)
  const { name, publicKey } = parts
  const cosigner = ed25519Cosigner({ name, publicKey, sign: parts.sign, clock: { now: () => time * 1000 } })
  const cosigned = await signNote(request.text, [cosigner])
  const lines = cosigned.slice(request.text.length + 1)
  const note = mergeSignatures(`${request.text}\n${formatSignatures(request.signatures)}`, lines)
  return { size: request.checkpoint.size, root: request.checkpoint.root, time, note, lines }
}

/** Puts the new state in the place of the last one; resolves to whether that was still there. */
async function keep({ store, clock, randomBytes }: Parts, last: VersionedState, next: Signed): Promise<boolean> {
  const [origin = ''] = next.note.split('\n', 1)
  const write = { op: 'put', key: stateKey(origin), value: formatState(next), expect: last.version } as const
  const id = sortableId(clock.now(), randomBytes(10))
  return (await commitSurely(store, { id, writes: [write], entries: [] })).ok
}

/** Repeating a commit under its id tells what became of it; when even that fails, nothing is answered. */
async function commitSurely(store: Store, commit: Commit): Promise<Committed> {
  try {
    return await store.commit(commit)
  } catch (error) {
    if (!(error instanceof StoreError) || error.code !== 'ERR_STORE_OUTCOME_UNKNOWN') throw error
    return await store.commit(commit)
  }
}

function refuse({ status, why }: Refusal): WitnessResponse {
  return { status, type: status === 409 ? 'text/x.tlog.size' : TEXT, body: `${why}\n` }
}

function formatOwnKey({ name, publicKey }: WitnessOptions): string {
  try {
    if (publicKey.length === 32) return formatCosignerKey(name, publicKey)
  } catch (cause) {
    throw optionsError('name is a name without white space and plus signs.', cause)
  }
  throw optionsError('publicKey is a raw Ed25519 key of 32 bytes.')
}
