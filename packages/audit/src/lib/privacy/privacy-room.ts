import type { Audit } from '../audit-contract.ts'
import type { LedgerLife } from '../ledger-life.ts'
import type { LedgerParts } from '../ledger-parts.ts'
import { Erasures } from './erasure.ts'
import { exportSubject } from './export-subject.ts'
import { readHolds } from './hold-record.ts'
import { placeHold, releaseHold, showHold } from './holds.ts'
import { KeyExpiry } from './key-expiry.ts'
import type { AuditPrivacy } from './privacy-contract.ts'
import { rewrapKeys } from './rewrap.ts'
import { isClockSound as soundClock } from './sound-clock.ts'

// A look costs a few small reads: what a crash has interrupted, and a month that has ended, need not wait for an hour.
const LOOK_EVERY_MS = 60_000

/** Gives the methods of privacy, and starts what goes on by itself: interrupted erasures, and keys whose time is over. */
export function protecting(parts: LedgerParts, life: LedgerLife): AuditPrivacy {
  const own = privacyParts(parts, async (one) => await parts.writer.commit(one))
  startRounds(parts, life, { erasures: new Erasures(own), expiry: new KeyExpiry(own) })

  const asked = privacyParts(parts, life.commit)
  const erasures = new Erasures(asked)
  return {
    eraseSubject: async (user, { by }) => await erasures.erase(user, by),
    exportSubject: (user, { by }) => exportSubject({ ...asked, subjects: parts.subjects }, user, by),
    placeHold: async (hold, { by }) => await placeHold(asked, hold, by),
    releaseHold: async (name, { by }) => await releaseHold(asked, name, by),
    holds: async () => (await readHolds(asked.store)).holds.map(showHold),
    rewrapKeys: async ({ by }) => await rewrapKeys(asked, by),
  }
}

type PrivacyParts = ConstructorParameters<typeof Erasures>[0] & ConstructorParameters<typeof KeyExpiry>[0]

function privacyParts({ options, builder, writer, clockWatch }: LedgerParts, commit: Audit['commit']): PrivacyParts {
  const { store, subjects, keyring, randomBytes, retention, subjectBackupDays } = options
  const forget = (user: string): void => {
    builder.forget(user)
    writer.forget(user)
  }
  const isClockSound = async (): Promise<boolean> => await soundClock(store, clockWatch)
  const { personalDays } = retention
  const common = { store, subjects, keyring, randomBytes, commit }
  return { ...common, forget, isClockSound, personalDays, backupDays: subjectBackupDays }
}

function startRounds(
  { leases }: LedgerParts,
  life: LedgerLife,
  { erasures, expiry }: { readonly erasures: Erasures; readonly expiry: KeyExpiry },
): void {
  const lease = leases.add('privacy')
  const warn = warnOnce()
  const round = async (): Promise<void> => {
    try {
      // No lease is taken to find that there is nothing to do.
      if (!(await erasures.areWaiting()) && !(await expiry.isDue())) return
      await lease.during(async () => {
        const done = await Promise.allSettled([erasures.resume(), expiry.run()])
        for (const one of done) if (one.status === 'rejected') throw one.reason
      })
      warn(undefined)
    } catch (error) {
      warn(error)
    }
  }
  void life.repeat(round, LOOK_EVERY_MS).now()
}

// Once for each time that it begins to fail: data that ought to be gone must not stay unnoticed.
function warnOnce(): (error: unknown) => void {
  let isWell = true
  return (error) => {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'ERR_AUDIT_ENVELOPE'
    const message = 'The audit ledger goes on, but keys of persons that are to be destroyed are still there.'
    if (error !== undefined && isWell) process.emitWarning(message, { type: 'AuditWarning', code })
    isWell = error === undefined
  }
}
