import { sortableId } from '@sallyport/store'

import type { ResolvedOptions } from './audit-options.ts'
import { ClockWatch } from './clock/clock-watch.ts'
import { findErasure } from './privacy/erased-persons.ts'
import { SubjectKeys } from './privacy/subject-keys.ts'
import { thisPlace } from './running/boot-record.ts'
import { Heartbeat } from './running/heartbeat.ts'
import { Leases } from './running/leases.ts'
import type { Waits } from './running/waits.ts'
import { checkpointFile } from './signing/checkpoint-file.ts'
import { LedgerKeys } from './signing/ledger-keys.ts'
import { createSigner, type Signer } from './signing/signer.ts'
import type { CheckpointPlace } from './signing/signer-place.ts'
import { SigningRounds } from './signing/signing-rounds.ts'
import { systemMonotonicMs, type SystemClocks } from './system.ts'
import { EntryBuilder } from './writing/entry-builder.ts'
import { EventWriter } from './writing/event-writer.ts'
import { readSetting } from './writing/settings-record.ts'
import { WriterCount } from './writing/writer-count.ts'

/** What an open ledger is made of. */
export interface LedgerParts {
  readonly options: ResolvedOptions
  readonly waits: Waits
  /** The id of this opening of the ledger by this process. */
  readonly boot: string
  readonly leases: Leases
  readonly subjects: SubjectKeys
  readonly builder: EntryBuilder
  readonly writer: EventWriter
  readonly keys: LedgerKeys
  readonly place: CheckpointPlace | undefined
  readonly signer: Signer
  readonly signing: SigningRounds
  readonly heartbeat: Heartbeat
  readonly clockWatch: ClockWatch
}

/** Puts the parts of a ledger together; reads and writes nothing. */
export function makeParts(options: ResolvedOptions, waits: Waits, clocks: SystemClocks): LedgerParts {
  const { store, keyring, origin, randomBytes, app } = options
  const boot = sortableId(store.now(), randomBytes(10))
  const subjects = new SubjectKeys({
    store: options.subjects,
    keyring,
    randomBytes,
    newestSealKey: async () => await readSetting(store, 'keyring.seal'),
  })
  const builder = new EntryBuilder({ keyring, subjects, app, clock: store, randomBytes })
  const writer = new EventWriter({
    store,
    builder,
    count: new WriterCount(options.writer, boot),
    randomBytes,
    budgetMs: options.durableBudgetMs,
    queueLimit: options.queueLimit,
    levels: options.levels,
    flood: options.flood,
    findErasure: async (users, at) => await findErasure(options, users, at),
  })
  const clockWatch = new ClockWatch({
    clocks,
    database: store,
    toleranceMs: options.clockToleranceMs,
    record: async (pending) => void (await writer.commit({ writes: [], events: [pending] })),
  })
  const keys = new LedgerKeys({ store, keyring, origin })
  const place =
    options.checkpointFile === undefined ? undefined : checkpointFile(options.checkpointFile, options.randomBytes)
  const signer = createSigner({ store, keys, origin, clock: store, randomBytes, place })
  const heartbeat = new Heartbeat({
    store,
    writer,
    self: { boot, writer: options.writer, place: thisPlace(), pid: process.pid },
    everyMs: options.heartbeatMs,
    clocks: () => clockWatch.reading(),
  })
  const leases = new Leases({ store, randomBytes, monotonicMs: systemMonotonicMs, holder: boot })
  const signing = new SigningRounds(signer, waits.signMs)
  return {
    options,
    waits,
    boot,
    leases,
    subjects,
    builder,
    writer,
    keys,
    place,
    signer,
    signing,
    heartbeat,
    clockWatch,
  }
}
