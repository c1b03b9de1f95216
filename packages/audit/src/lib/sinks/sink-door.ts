import type { RevealPolicy } from '../privacy/privacy-contract.ts'
import { openFor, type EnvelopeOpener } from '../privacy/reveal-policy.ts'
import { isDoneWithin } from '../running/is-done-within.ts'
import type { LedgerEvent } from '../events/types.ts'
import type { Sink } from './sink-contract.ts'

/** How long a batch may take. A sink has shorter limits of its own; this one is for those that have none. */
export const ANSWER_MS = 130_000

/** What a sink refused. What fails before the sink is asked, such as the store of the keys, is not its refusal. */
export class SinkRefusal extends Error {
  override readonly name = 'SinkRefusal'
}

/** The way into a sink: what it wants, with what may be opened for it, and an end to waiting for it. */
export class SinkDoor {
  readonly #sink: Sink
  readonly #policy: RevealPolicy
  readonly #subjects: EnvelopeOpener
  readonly #answerMs: number

  constructor(sink: Sink, parts: { readonly subjects: EnvelopeOpener; readonly answerMs?: number | undefined }) {
    this.#sink = sink
    this.#policy = sink.reveal ?? 'nothing'
    this.#subjects = parts.subjects
    this.#answerMs = parts.answerMs ?? ANSWER_MS
  }

  /**
   * Offers events to the sink.
   *
   * @param events In ledger order; those that the sink does not want are left out.
   * @returns How many it took.
   * @throws `SinkRefusal` with the sink's own error as `cause` when it did not take them.
   */
  async offer(events: readonly LedgerEvent[]): Promise<number> {
    const wanted = events.filter((event) => this.wants(event))
    // One after the other: the keys of a batch are mostly those of a few persons, which are kept by then.
    const opened: LedgerEvent[] = []
    for (const event of wanted) opened.push(await openFor(this.#subjects, event, this.#policy))
    if (opened.length > 0) await this.#write(opened)
    return opened.length
  }

  /** Tells whether the sink wants an event. Throws `SinkRefusal` when its filter does. */
  wants(event: LedgerEvent): boolean {
    try {
      return this.#sink.filter === undefined || this.#sink.filter(event)
    } catch (cause) {
      throw refusal(cause)
    }
  }

  /** What comes of a batch after its time is over changes nothing: it was counted as a failure, and is written again. */
  async #write(events: readonly LedgerEvent[]): Promise<void> {
    const writing = (async () => this.#sink.write(events))()
    const isDone = await isDoneWithin(this.#answerMs, writing)
    if (!isDone) throw refusal(new DOMException('The sink did not take its events in time.', 'TimeoutError'))
    try {
      await writing
    } catch (cause) {
      throw refusal(cause)
    }
  }
}

function refusal(cause: unknown): SinkRefusal {
  return new SinkRefusal('A sink refused.', { cause })
}
