import type { Audit } from '../src/lib/audit-contract.ts'
import { KeyExpiry } from '../src/lib/privacy/key-expiry.ts'
import { systemRandomBytes } from '../src/lib/system.ts'
import { withBench, type Bench } from './bench.ts'

/** When those tests begin. */
export const NOVEMBER: number = Date.UTC(2026, 10, 15)

/** An installation whose months end as the test says. */
export interface MonthsBench extends Bench {
  /** Sets the clock of everything. */
  readonly at: (now: number) => void
  /** Destroys what is due. */
  readonly expire: (audit: Audit, parts: Parts) => Promise<void>
  readonly isDue: (audit: Audit, parts: Parts) => Promise<boolean>
}

/** Makes an installation in the middle of November; keys of accesses are kept for 30 days. */
export async function withMonths(use: (bench: MonthsBench) => Promise<void>): Promise<void> {
  let now = NOVEMBER
  await withBench(
    async (bench) => {
      const expire: MonthsBench['expire'] = async (audit, parts) => expiryOf(bench, audit, parts).run()
      const isDue: MonthsBench['isDue'] = async (audit, parts) => expiryOf(bench, audit, parts).isDue()
      await use({ ...bench, at: (next) => void (now = next), expire, isDue })
    },
    { clock: () => now },
  )
}

/** What of an expiry a test chooses. */
export type Parts = Partial<
  Pick<ConstructorParameters<typeof KeyExpiry>[0], 'subjects' | 'keyring' | 'personalDays' | 'isClockSound'>
>

/** Makes what destroys the keys of an installation. */
export function expiryOf(bench: Bench, audit: Audit, parts: Parts): KeyExpiry {
  const { store, subjects, keyring } = bench
  const personalDays = { access: 30 }
  return new KeyExpiry({
    store,
    subjects,
    keyring,
    randomBytes: systemRandomBytes,
    commit: async (one) => audit.commit(one),
    personalDays,
    isClockSound: async () => true,
    ...parts,
  })
}
