import { hostname } from 'node:os'

import type { Keyring } from '@sallyport/keyring'
import type { Store } from '@sallyport/store'

import { AuditError } from './errors.ts'
import type { RetentionPolicy } from './retention/retention-contract.ts'
import { resolveRetention } from './retention/retention-policy.ts'
import type { Witness } from './witnessing/witness-contract.ts'
import { systemRandomBytes, type RandomBytes } from './system.ts'
import { resolveFlood, type FloodLimits, type FloodOptions } from './writing/flood-options.ts'
import type { LevelRule } from './writing/level-rule.ts'
import { resolveLevels } from './writing/levels.ts'

/** What `openAudit` needs. */
export interface AuditOptions {
  /** Where the ledger and all records are. The caller closes it, after the ledger. */
  readonly store: Store
  /** Where the keys of persons are: a store of its own, so that erasing a key does not leave copies in the ledger's backups. */
  readonly subjects: Store
  readonly keyring: Keyring
  /** The ledger's name in every checkpoint, for example `bank.example/ledger`: no spaces, no `+`, no scheme; never derived from a request. */
  readonly origin: string
  /** The application's name, written as `target.app`; 1 to 64 characters. */
  readonly app: string
  /** Names this instance in its events, 1 to 200 characters; the host name if not given. */
  readonly writer?: string | undefined
  /** How long a durable event is awaited, in milliseconds (1 to 10,000); 250 if not given. */
  readonly durableBudgetMs?: number | undefined
  /** How many counted events may wait, 1 to 1,000,000; 10,000 if not given. Beyond it they are recorded as numbers. */
  readonly queueLimit?: number | undefined
  /** How often signer and sinks look for new entries, in milliseconds (10 to 1,000); 250 if not given. */
  readonly pollMs?: number | undefined
  /**
   * A file for the newest checkpoint, best outside the database's disk and backups: with it, a database that was put back
   * to an older copy is refused. If not given it stands beside the database, with `.checkpoint` after its name; `false`
   * for none, which is also what a store gets that is no file. Created with mode 0600; its folder must exist.
   */
  readonly checkpointFile?: string | false | undefined
  /** How often a process says that it lives, in milliseconds (1,000 to 60,000); 50,000 if not given. */
  readonly heartbeatMs?: number | undefined
  /**
   * The way back after `ERR_AUDIT_ROLLED_BACK`, when an older copy was put in place on purpose: the text of the
   * checkpoint file, which is the checkpoint that is lost. The ledger then says so in `ledger.gap_recorded` and goes on.
   * Does nothing with a ledger that is of that checkpoint's line, so it may stay in the configuration for a while.
   */
  readonly acceptRollback?: string | undefined
  /** Who cosigns the checkpoints, at most 32; nobody if not given. `httpWitness` of `@sallyport/witness` makes one. */
  readonly witnesses?: readonly Witness[] | undefined
  /**
   * How much of which event is recorded, at most 64 rules: the first one that matches decides, and everything is recorded
   * where none does. What accompanies a change is always whole. A change of the rules is recorded at the next start.
   */
  readonly levels?: readonly LevelRule[] | undefined
  /** How many failures of one source are written one by one before they are counted; see there. */
  readonly flood?: FloodOptions | undefined
  /** How far the clocks of machine, database and identity provider may be apart, in milliseconds (100 to 3,600,000); 5,000 if not given. */
  readonly clockToleranceMs?: number | undefined
  /** How long personal data and entries are kept, in days; for ever if not given. A change of it is recorded at the next start. */
  readonly retention?: RetentionPolicy | undefined
  /**
   * For how many days the backups of `subjects` are kept (0 to 3,650): an erasure then says from when on no backup holds a
   * key any more. It says nothing of it if not given.
   */
  readonly subjectBackupDays?: number | undefined
  /** Gives unpredictable bytes; the system's generator if not given. */
  readonly randomBytes?: RandomBytes | undefined
}

type Optional = 'checkpointFile' | 'acceptRollback' | 'flood' | 'subjectBackupDays'

/** The options with every default in its place. */
export type ResolvedOptions = {
  readonly [name in Exclude<keyof AuditOptions, Optional>]-?: Exclude<AuditOptions[name], undefined>
} & Pick<AuditOptions, 'acceptRollback' | 'subjectBackupDays'> & {
    readonly checkpointFile: string | undefined
    readonly flood: FloodLimits
  }

const MAX_WITNESSES = 32

const OPTION_NAMES = [
  'store',
  'subjects',
  'keyring',
  'origin',
  'app',
  'writer',
  'durableBudgetMs',
  'queueLimit',
  'pollMs',
  'checkpointFile',
  'heartbeatMs',
  'acceptRollback',
  'witnesses',
  'levels',
  'flood',
  'clockToleranceMs',
  'retention',
  'subjectBackupDays',
  'randomBytes',
]

/**
 * Checks the options of `openAudit` and gives what was left out its default.
 *
 * @param options As the application gave them.
 * @returns A new object.
 * @throws `AuditError` with `ERR_AUDIT_INPUT` for an unknown name, a missing option or one out of bounds.
 */
export function resolveOptions(options: AuditOptions): ResolvedOptions {
  for (const name of Object.keys(options)) {
    if (!OPTION_NAMES.includes(name))
      throw input(`openAudit has no option ${JSON.stringify(name)}; it has ${OPTION_NAMES.join(', ')}.`)
  }
  requireMethod('store', options.store, 'commit')
  requireMethod('subjects', options.subjects, 'commit')
  requireApart(options)
  requireMethod('keyring', options.keyring, 'publicKeys')
  requireOrigin(options.origin)
  const { acceptRollback, randomBytes = systemRandomBytes, writer = hostname() } = options
  if (acceptRollback !== undefined && typeof acceptRollback !== 'string')
    throw input('acceptRollback is the text of a checkpoint.')
  if (typeof randomBytes !== 'function') throw input('randomBytes is a function that gives so many bytes.')
  return {
    store: options.store,
    subjects: options.subjects,
    keyring: options.keyring,
    origin: options.origin,
    app: text('app', options.app, 64),
    writer: text('writer', writer, 200),
    durableBudgetMs: whole('durableBudgetMs', options.durableBudgetMs ?? 250, [1, 10_000]),
    queueLimit: whole('queueLimit', options.queueLimit ?? 10_000, [1, 1_000_000]),
    pollMs: whole('pollMs', options.pollMs ?? 250, [10, 1_000]),
    heartbeatMs: whole('heartbeatMs', options.heartbeatMs ?? 50_000, [1_000, 60_000]),
    checkpointFile: placeOf(options),
    acceptRollback,
    witnesses: witnessesOf(options.witnesses),
    levels: resolveLevels(options.levels),
    flood: resolveFlood(options.flood),
    clockToleranceMs: whole('clockToleranceMs', options.clockToleranceMs ?? 5_000, [100, 3_600_000]),
    retention: resolveRetention(options.retention),
    subjectBackupDays: daysOf(options.subjectBackupDays),
    randomBytes,
  }
}

function placeOf({ checkpointFile, store }: AuditOptions): string | undefined {
  if (checkpointFile === false) return undefined
  if (checkpointFile !== undefined) return text('checkpointFile', checkpointFile, 4_096)
  return store.file === undefined ? undefined : `${store.file}.checkpoint`
}

// Erasing a person would leave the key in every backup of the ledger.
function requireApart({ store, subjects }: AuditOptions): void {
  const isSameFile = store.file !== undefined && store.file === subjects.file
  if (store === subjects || isSameFile) throw input('subjects is another store than store: a database of its own.')
}

function witnessesOf(witnesses: AuditOptions['witnesses'] = []): readonly Witness[] {
  if (!Array.isArray(witnesses) || witnesses.length > MAX_WITNESSES)
    throw input(`witnesses is a list of at most ${MAX_WITNESSES}.`)
  for (const witness of witnesses) requireMethod('witnesses', witness, 'addCheckpoint')
  return [...witnesses]
}

function requireMethod(name: string, value: unknown, method: string): void {
  if (typeof value === 'object' && value !== null && typeof Reflect.get(value, method) === 'function') return
  throw input(`openAudit needs ${name}, with a method ${method}.`)
}

function requireOrigin(origin: unknown): void {
  if (typeof origin === 'string' && /^[^\s+]{1,200}$/.test(origin) && !origin.includes('://')) return
  throw input(
    `origin names the ledger without spaces, "+" and scheme, such as "bank.example/ledger", not ${JSON.stringify(origin)}.`,
  )
}

function text(name: string, value: unknown, max: number): string {
  const fits = typeof value === 'string' && value.length >= 1 && value.length <= max && value.isWellFormed()
  if (fits && !value.includes('\0')) return value
  throw input(`${name} is a text of 1 to ${max} characters.`)
}

function daysOf(days: number | undefined): number | undefined {
  return days === undefined ? undefined : whole('subjectBackupDays', days, [0, 3_650])
}

function whole(name: string, value: number, [min, max]: readonly [number, number]): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value
  throw input(`${name} is a whole number from ${min} to ${max}, not ${value}.`)
}

function input(message: string): AuditError {
  return new AuditError('ERR_AUDIT_INPUT', message)
}
