import { verifyLedger } from '@sallyport/audit/ledger'
import { openSqlite } from '@sallyport/sqlite'

import type { Program } from '../support/child-process.ts'

/** Which ledger to verify. */
export interface MemoryQuestion {
  readonly path: string
  readonly verifierKey: string
}

/** How far the resident set of the process grew at most. */
export interface MemoryAnswer {
  readonly growthMb: number
}

const BYTES_PER_MB = 1_048_576

/** Makes the program that verifies one ledger and watches its own memory. */
export function createVerifyMemory(): Program<MemoryQuestion, MemoryAnswer> {
  return {
    async answer({ path, verifierKey }): Promise<MemoryAnswer> {
      const before = process.memoryUsage.rss()
      let highest = before
      const look = (): void => void (highest = Math.max(highest, process.memoryUsage.rss()))
      const store = await openSqlite({ path, readOnly: true })
      const { verdict } = await verifyLedger({ store, verifierKeys: [verifierKey], onProgress: look })
      look()
      await store.close()
      if (verdict !== 'good') throw new Error(`The ledger was found ${verdict}.`)
      return { growthMb: (highest - before) / BYTES_PER_MB }
    },
    close: async () => undefined,
  }
}
