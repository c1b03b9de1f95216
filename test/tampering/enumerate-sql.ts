import { verifyLedger, type Verification } from '@sallyport/audit/ledger'
import { StoreError } from '@sallyport/store'
import { differenceOf, type Enumeration } from './cases.ts'
import type { SqlCase } from './chunk-cases.ts'
import type { TamperedDatabase } from './database.ts'

/** Makes every case in the database file, verifies what a reader of the file sees, and compares. */
export async function enumerateSql(
  database: TamperedDatabase,
  cases: Iterable<SqlCase>,
  verifierKeys: readonly string[],
): Promise<Enumeration> {
  const counts = new Map<string, number>()
  const misses: string[] = []
  for (const one of cases) {
    const kind = one.name.split(':', 1).join('')
    counts.set(kind, (counts.get(kind) ?? 0) + 1)
    await database.tampered(one.change, async (store) => {
      const { quick, known } = one
      const found = await judged(verifyLedger({ store, verifierKeys, quick, knownCheckpoints: known }))
      const difference = differenceOf(one, found)
      if (difference !== undefined) misses.push(difference)
    })
  }
  return { counts, total: [...counts.values()].reduce((sum, one) => sum + one, 0), misses }
}

// As the command does: a file that cannot be read is a verdict, too.
async function judged(verification: Promise<Verification>): Promise<Pick<Verification, 'verdict' | 'problems'>> {
  try {
    return await verification
  } catch (error) {
    if (error instanceof StoreError) return { verdict: 'unverifiable', problems: [] }
    throw error
  }
}
