import { expect, test } from 'vitest'
import { enumerate, printCounts } from './tampering/cases.ts'
import { contentCases } from './tampering/entry-cases.ts'
import { createWorld, thinnedOut } from './tampering/world.ts'

// On two free cores all of these files together take less than a minute; a busy machine may need several.
const SLOWLY = { timeout: 300_000 }

test('v5.0.0-16.4.2 LOG-08 every entry of 300 is named when a bit or a member of it is changed', SLOWLY, async () => {
  const world = thinnedOut(await createWorld())
  const found = await enumerate(contentCases(world), world)
  printCounts(found, 'what entries say')

  expect(found.misses).toEqual([])
  expect(found.total).toBeGreaterThan(7_000)
})
