import type { MemoryAnswer, MemoryQuestion } from '../programs/verify-memory.ts'
import { startChild } from '../support/child-process.ts'
import { fillLedger } from '../support/filled-ledger.ts'
import type { Plan } from '../support/plan.ts'
import type { Measured } from '../support/results.ts'
import { measureInterleaved } from '../support/rounds.ts'
import { withFolder } from '../support/temporary-folder.ts'

const SHARE = 10

/** How much a process grows while it verifies a ledger, beside how much it grows over one of a tenth of the entries. */
export async function measureMemory({ rounds, ledgerEntries }: Plan): Promise<readonly Measured[]> {
  const few = ledgerEntries / SHARE
  return await withFolder(async (large) => {
    return await withFolder(async (small) => {
      const [all, tenth] = [await fillLedger(large, ledgerEntries), await fillLedger(small, few)]
      const figure = await measureInterleaved({ all: () => growthOf(all), tenth: () => growthOf(tenth) }, rounds)
      return [
        {
          name: `memory of verify, ${ledgerEntries} entries`,
          unit: 'MB',
          ours: figure('all'),
          peers: { [`${few} entries`]: figure('tenth') },
          lowerIsBetter: true,
          note: 'Growth of the resident set up to its highest, in a process of its own for each verification.',
        },
      ]
    })
  })
}

async function growthOf(ledger: MemoryQuestion): Promise<number> {
  const child = startChild<MemoryQuestion, MemoryAnswer>('verify-memory')
  try {
    return (await child.ask(ledger)).growthMb
  } finally {
    await child.stop()
  }
}
