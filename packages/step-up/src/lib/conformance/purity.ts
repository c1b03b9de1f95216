import { describe, expect, test } from 'vitest'

import type { ViewBlock } from '../types.ts'
import { ask, attemptOf, challenge, type Bench } from './bench.ts'

/** That a factor's answers hang on its arguments alone. All arguments are frozen, so that changing one throws. */
export function describePurity<Device>(open: () => Bench<Device>): void {
  describe('purity', () => {
    test('a challenge begins the same and shows the same each time', async () => {
      const bench = open()
      const { authenticator } = await bench.have()

      const [once, again] = [
        await challenge(bench.factor, [authenticator]),
        await challenge(bench.factor, [authenticator]),
      ]

      expect(again.state).toEqual(once.state)
      expect(again.view.map(steady)).toEqual(once.view.map(steady))
    })

    test('the same answer is judged in the same way, also by another instance of the factor', async () => {
      const bench = open()
      const enrolled = await bench.have()
      const { state, attempt } = await ask(bench, enrolled)
      const again = (): typeof attempt => attemptOf(state, attempt.input)

      const once = await bench.factor.verify(enrolled.authenticator, again())

      expect(await bench.factor.verify(enrolled.authenticator, again())).toEqual(once)
      expect(await open().factor.verify(enrolled.authenticator, again())).toEqual(once)
    })
  })
}

/** What a way out carries may be sealed anew each time it is shown; where it leads to stays the same. */
function steady(block: ViewBlock): ViewBlock {
  return block.kind === 'leave' ? { ...block, url: block.url.replace(/\?.*$/, '') } : block
}
