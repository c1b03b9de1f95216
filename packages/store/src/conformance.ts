/**
 * The conformance suite of the storage contract, for whoever implements a store. It needs vitest and fast-check, which
 * the project that runs it brings as its own development dependencies.
 */
import { describe } from 'vitest'
import { describeBounds } from './lib/conformance/bounds.ts'
import { describeClosing } from './lib/conformance/closing.ts'
import { describeCounters } from './lib/conformance/counters.ts'
import { describeDrop } from './lib/conformance/drop.ts'
import { describeExpiry } from './lib/conformance/expiry.ts'
import { describeFind } from './lib/conformance/find.ts'
import type { StoreOpener } from './lib/conformance/harness.ts'
import { describeLists } from './lib/conformance/lists.ts'
import { describeLog } from './lib/conformance/log.ts'
import { describeModel } from './lib/conformance/model.ts'
import { describeRaces } from './lib/conformance/races.ts'
import { describeRecords } from './lib/conformance/records.ts'
import { describeRepeats } from './lib/conformance/repeats.ts'

export type { OpenedStore, StoreOpener } from './lib/conformance/harness.ts'

/**
 * Declares the tests that every store must pass, inside a vitest file.
 *
 * Each test opens its own store on a clock it controls. Only durability over a kill is left to the implementation, since
 * only it knows how to kill itself.
 *
 * @param name the name of the implementation, as the tests' heading
 * @param open opens a fresh, empty store on the clock given
 *
 * @example
 * testStore('memory', async ({ clock }) => {
 *   const store = createMemoryStore({ clock })
 *   return { store, destroy: () => store.close() }
 * })
 */
export function testStore(name: string, open: StoreOpener): void {
  describe(`the storage contract as kept by ${name}`, () => {
    describeRecords(open)
    describeLists(open)
    describeExpiry(open)
    describeCounters(open)
    describeLog(open)
    describeDrop(open)
    describeFind(open)
    describeRaces(open)
    describeRepeats(open)
    describeClosing(open)
    describeBounds(open)
    describeModel(open)
  })
}
