import { createMemoryStore, type Store } from '@sallyport/store'
import { createWitness, type Witness, type WitnessOptions } from '../src/lib/create-witness.ts'
import { testKey } from './log.ts'

/** The name of the witness under test. */
export const WITNESS = 'witness.example/w1'

/** When its clock stands still, in seconds since the epoch. */
export const NOW = 1_800_000_000

/** Makes a witness on a store in memory. */
export function testWitness(logs: WitnessOptions['logs'], more: Partial<WitnessOptions> = {}): Witness {
  const store: Store = createMemoryStore()
  return createWitness({ store, logs, name: WITNESS, ...testKey(50), clock: { now: () => NOW * 1000 + 1 }, ...more })
}
