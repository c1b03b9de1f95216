import type { Store, Write } from '@sallyport/store'
import { TlogError } from '@sallyport/tlog'
import type { NoteVerifier } from '@sallyport/tlog/note'
import {
  cosignatureTime,
  formatSignatures,
  mergeSignatures,
  openCosignatures,
  parseCosignerKey,
} from '@sallyport/tlog/witness'
import type { Audit } from '../audit-contract.ts'
import { AuditError } from '../errors.ts'
import { event } from '../events/event.ts'
import { isDoneWithin } from '../running/is-done-within.ts'
import type { Lease } from '../running/lease.ts'
import { readHead } from '../signing/tree-store.ts'
import type { Witness, WitnessAnswer } from './witness-contract.ts'
import { cosignaturesKey, cursorKey, formatCursor, parseCosignatures, readCursor } from './witness-record.ts'
import type { WitnessCursor, WitnessFailure } from './witness-record.ts'
import { makeWitnessRequest, type WitnessRequest } from './witness-request.ts'

interface WitnessParts {
  readonly store: Store
  readonly lease: Lease
  readonly commit: Audit['commit']
  /** Milliseconds from any start, never set. */
  readonly monotonicMs: () => number
}

const FIRST_PAUSE_MS = 1_000
const MAX_PAUSE_MS = 300_000
// A clock may be wrong; a cosignature from another day is none of today.
const MAX_AHEAD_SECONDS = 86_400
// Whoever asks has a shorter limit of its own; this one is for those that have none.
const ANSWER_MS = 130_000

/** What came of asking: cosigned, with the lines to keep, or why not. */
type Outcome =
  | { readonly ok: true; readonly request: WitnessRequest; readonly lines: string }
  | { readonly ok: false; readonly because: WitnessFailure }

/**
 * Has the newest checkpoint cosigned by one witness, from the size that it cosigned last. It reads what is signed and
 * hastens nothing; a slow or dead witness delays nobody.
 */
export class WitnessRunner {
  readonly witness: Witness
  readonly #parts: WitnessParts
  readonly #verifier: NoteVerifier
  #pauseMs = FIRST_PAUSE_MS
  #notBefore = -Infinity

  /** @throws `AuditError` with `ERR_AUDIT_INPUT` for a witness whose name or key is none. */
  constructor(witness: Witness, parts: WitnessParts) {
    if (!/^[a-z0-9-]{1,64}$/.test(witness.name)) {
      throw new AuditError('ERR_AUDIT_INPUT', 'The name of a witness has 1 to 64 characters of a-z, 0-9 and "-".')
    }
    this.witness = witness
    this.#parts = parts
    this.#verifier = readKey(witness.verifierKey)
  }

  /**
   * Asks once, if there is something new and this instance holds the lease. After a failure the next rounds do nothing
   * until a pause is over, which doubles from one second to five minutes. What the witness does wrong is recorded, once
   * for each failure; rejects only when the ledger itself cannot be read or written.
   */
  async run(): Promise<void> {
    const { lease, monotonicMs } = this.#parts
    if (monotonicMs() < this.#notBefore || !(await this.#isBehind())) return
    await lease.during(async () => await this.#round())
  }

  async #isBehind(): Promise<boolean> {
    const { head } = await readHead(this.#parts.store)
    const { size, failing } = await readCursor(this.#parts.store, this.witness.name)
    return head.size > 0 && (head.size !== size || failing !== undefined)
  }

  async #round(): Promise<void> {
    const cursor = await readCursor(this.#parts.store, this.witness.name)
    const outcome = await this.#ask(cursor.size)
    if (outcome.ok) {
      await this.#keep(cursor, outcome)
      this.#pauseMs = FIRST_PAUSE_MS
      return
    }
    this.#notBefore = this.#parts.monotonicMs() + this.#pauseMs
    this.#pauseMs = Math.min(this.#pauseMs * 2, MAX_PAUSE_MS)
    if (cursor.failing !== outcome.because) await this.#recordFailure(cursor, outcome.because)
  }

  async #ask(knownSize: number): Promise<Outcome> {
    const { store } = this.#parts
    // More than the ledger has can only stand in an altered cursor; what the witness holds it says itself.
    const request = (await makeWitnessRequest(store, knownSize)) ?? (await makeWitnessRequest(store, 0))
    const first = request && (await this.#send(request))
    if (request === undefined || first === undefined) return { ok: false, because: 'unreachable' }
    if (first.ok || first.code !== 'conflict') return this.#judge(request, first)

    // The ledger may have grown since; if the witness still holds more, it has seen what is not there any more.
    const again = await makeWitnessRequest(store, first.size)
    if (again === undefined) return { ok: false, because: 'diverged' }
    const second = await this.#send(again)
    return second === undefined ? { ok: false, because: 'unreachable' } : this.#judge(again, second)
  }

  async #send({ body }: WitnessRequest): Promise<WitnessAnswer | undefined> {
    // One that throws at once has not answered either.
    const asking = (async () => this.witness.addCheckpoint(body))()
    const isDone = await isDoneWithin(ANSWER_MS, asking)
    return isDone ? await asking.catch(() => undefined) : undefined
  }

  #judge(request: WitnessRequest, answer: WitnessAnswer): Outcome {
    if (answer.ok) {
      const lines = this.#verified(request.body.note, answer.signatures)
      return lines === undefined ? { ok: false, because: 'refused' } : { ok: true, request, lines }
    }
    const isSameSize = request.body.oldSize === request.size
    const status = answer.code === 'refused' ? answer.status : 0
    // 422: the proof, which is good, does not fit what it holds. Older witnesses say 409 for another root of one size.
    const isDiverged = status === 422 || (status === 409 && isSameSize)
    return { ok: false, because: isDiverged ? 'diverged' : 'refused' }
  }

  #verified(note: string, signatures: string): string | undefined {
    try {
      const good = openCosignatures(note, signatures, [this.#verifier])
      const latest = this.#parts.store.now() / 1_000 + MAX_AHEAD_SECONDS
      return good.every((signature) => cosignatureTime(signature) <= latest) ? formatSignatures(good) : undefined
    } catch (error) {
      if (error instanceof TlogError) return undefined
      throw error
    }
  }

  /** Keeps the cosignature together with the cursor, if this instance still holds the lease. */
  async #keep(cursor: WitnessCursor, { request, lines }: Extract<Outcome, { ok: true }>): Promise<void> {
    const { lease, store, commit } = this.#parts
    const key = cosignaturesKey(request.size)
    const [found] = await store.get([key])
    const value = { signatures: addLines(request.body.note, parseCosignatures(found?.value), lines) }
    const data = { sink: this.#sink, at: request.size }
    const recovered = event('sink.recovered', { outcome: 'success', data })
    await commit({
      writes: [
        lease.check(),
        { op: 'put', key, value, expect: found?.version ?? null },
        this.#move(cursor, { size: request.size, failing: undefined }),
      ],
      events: cursor.failing === undefined ? [] : [recovered],
    })
  }

  async #recordFailure(cursor: WitnessCursor, because: WitnessFailure): Promise<void> {
    const data = { sink: this.#sink, at: cursor.size, because }
    await this.#parts.commit({
      writes: [this.#parts.lease.check(), this.#move(cursor, { size: cursor.size, failing: because })],
      events: [event('sink.failed', { outcome: 'failure', data })],
    })
  }

  #move(from: WitnessCursor, to: Pick<WitnessCursor, 'size' | 'failing'>): Write {
    return { op: 'put', key: cursorKey(this.witness.name), value: formatCursor(to), expect: from.version }
  }

  get #sink(): string {
    return `witness-${this.witness.name}`
  }
}

/** Adds a witness's lines to those of others that are kept already; what was kept and is no line is left behind. */
function addLines(note: string, kept: string, lines: string): string {
  try {
    // What was verified comes first: nothing that is only kept displaces it.
    const merged = mergeSignatures(note, lines + kept)
    return merged.startsWith(note) ? merged.slice(note.length) : lines
  } catch {
    return lines
  }
}

function readKey(text: string): NoteVerifier {
  try {
    return parseCosignerKey(text)
  } catch (cause) {
    throw new AuditError('ERR_AUDIT_INPUT', 'The verifier key of a witness is one that this Node.js can verify.', {
      cause,
    })
  }
}
