import { beforeAll, describe, expect, test } from 'vitest'
import { enumerate, printCounts } from './tampering/cases.ts'
import { columnCases, orderCases } from './tampering/entry-cases.ts'
import { createWorld, thinnedOut, type World } from './tampering/world.ts'

// On two free cores all of these files together take less than a minute; a busy machine may need several.
const SLOWLY = { timeout: 300_000 }

describe('the log of a signed ledger of 300 entries', () => {
  let world: World
  beforeAll(async () => {
    world = thinnedOut(await createWorld())
  })

  test(
    'v5.0.0-16.4.2 LOG-08 names every entry that is removed, doubled, moved, put in, rewritten or cut off',
    SLOWLY,
    async () => {
      const found = await enumerate(orderCases(world), world)
      printCounts(found, 'entries')

      expect(found.misses).toEqual([])
      expect(found.total).toBeGreaterThan(3_400)
    },
  )

  test('names every entry beside which an id, a time or a tag is changed, removed or added', SLOWLY, async () => {
    const found = await enumerate(columnCases(world), world)
    printCounts(found, 'columns')

    expect(found.misses).toEqual([])
    expect(found.total).toBeGreaterThan(3_400)
  })
})
