import type { Audit } from './audit-contract.ts'
import { resolveOptions, type AuditOptions } from './audit-options.ts'
import type { AuditClock } from './clock/clock-contract.ts'
import { LedgerLife } from './ledger-life.ts'
import { makeParts, type LedgerParts } from './ledger-parts.ts'
import { protecting } from './privacy/privacy-room.ts'
import { countEvents } from './querying/count.ts'
import { queryLedger } from './querying/query.ts'
import { recordedReading } from './querying/recorded-reading.ts'
import { tellStory } from './querying/story.ts'
import { makeReceipt } from './receipts/receipt.ts'
import { retaining } from './retention/retention-room.ts'
import { isDoneWithin } from './running/is-done-within.ts'
import { WAITS, type Waits } from './running/waits.ts'
import { systemClocks, type SystemClocks } from './system.ts'
import { forgetSink } from './sinks/forget-sink.ts'
import { listSinks } from './sinks/sink-states.ts'

// How long a receipt waits for an event that is on its way.
const ARRIVAL_MS = 5_000

/**
 * Opens the ledger and starts its jobs: signer, sinks, and whatever `addJob` brings.
 *
 * Guarantees that an acknowledged event is on disk and will be covered by a checkpoint; says nothing of events that the
 * application never emits. While the ledger cannot be signed (the key service is away, the log was rolled back under
 * the running process), it goes on recording and says so by a process warning with the error's code; `settle` and
 * `close` reject.
 *
 * @param options What the ledger is made of.
 * @returns The open ledger. Close it before the store.
 * @throws `AuditError` with `ERR_AUDIT_INPUT` for an option out of bounds, with `ERR_AUDIT_ROLLED_BACK` or
 * `ERR_AUDIT_TREE_CORRUPT` when the stored log contradicts its last checkpoint, with `ERR_AUDIT_CHECKPOINT_FILE` when
 * the checkpoint file cannot be used, with `ERR_AUDIT_KEYS` when the key ring has no key that may sign this ledger.
 */
export async function openAudit(options: AuditOptions): Promise<Audit> {
  return await openLedger(options)
}

/** Opens the ledger as `openAudit` does, for a test with less patience, or with other clocks. */
export async function openLedger(
  options: AuditOptions,
  waits: Partial<Waits> = {},
  clocks: Partial<SystemClocks> = {},
): Promise<Audit> {
  const parts = makeParts(resolveOptions(options), { ...WAITS, ...waits }, { ...systemClocks, ...clocks })
  const life = new LedgerLife(parts)
  try {
    await life.open()
  } catch (error) {
    await life.abandon()
    throw error
  }
  return {
    ...writing(life),
    ...timing(parts),
    ...reading(parts, life),
    ...listing(parts, life),
    ...retaining(parts, life),
    ...protecting(parts, life),
    ...recordedReading(parts, life),
  }
}

function writing(life: LedgerLife): Pick<Audit, 'emit' | 'commit' | 'addSink' | 'addJob' | 'settle' | 'close'> {
  const { emit, commit, addSink, addJob, settle, close } = life
  return { emit, commit, addSink, addJob, settle, close }
}

function listing(
  { options: { store, witnesses } }: LedgerParts,
  life: LedgerLife,
): Pick<Audit, 'sinks' | 'forgetSink'> {
  return {
    sinks: async () => await listSinks(store, life.sinkNames),
    forgetSink: async (name, { by }) => {
      const served = [...life.sinkNames, ...witnesses.map((witness) => `witness-${witness.name}`)]
      return await forgetSink({ store, commit: life.commit, served }, name, by)
    },
  }
}

function timing({ clockWatch }: LedgerParts): AuditClock {
  return { observeTime: (source, at) => clockWatch.observe(source, at) }
}

function reading(
  { options, subjects, writer }: LedgerParts,
  life: LedgerLife,
): Pick<Audit, 'query' | 'count' | 'story' | 'reveal' | 'receipt'> {
  return {
    query: async (query, page) => await queryLedger(options, query, page),
    count: async (query, by) => await countEvents({ store: options.store, keyring: options.keyring }, query, by),
    story: async (flow) => await tellStory(options, flow),
    reveal: async (entry) => entry.sealed && (await subjects.open(entry.id, entry.sealed)),
    receipt: async (eventId) =>
      await makeReceipt(options.store, eventId, {
        // Nothing is under way any more when the ledger is closed, and nothing may be written.
        arrival: life.isClosed ? undefined : () => isDoneWithin(ARRIVAL_MS, writer.drain()),
      }),
  }
}
