import { createMemoryStore, type Store } from '@sallyport/store'
import { describe, expect, test } from 'vitest'
import { isClockSound } from './sound-clock.ts'

const DAY_MS = 86_400_000
const NOW = 1_800_000_000_000
const WELL = { isApart: false }

describe('the clock by which keys are destroyed', () => {
  test.each([
    ['of a ledger that has lived by it for a day', [9, 1.5, 0], true],
    ['that stands far ahead of all but what was just recorded', [400, 0.5, 0], false],
    ['of a ledger that has stood still for more than a week', [9], false],
    ['of an empty ledger', [], false],
  ])('%s', async (_, ages, isSound) => {
    expect(await isClockSound(await ledgerOf(ages), WELL)).toBe(isSound)
  })

  test('is not believed while another clock contradicts it', async () => {
    expect(await isClockSound(await ledgerOf([2]), { isApart: true })).toBe(false)
  })
})

async function ledgerOf(ages: readonly number[]): Promise<Store> {
  const store = createMemoryStore({ clock: () => NOW })
  const entries = ages.map((age, at) => ({ id: `e-${at}`, at: NOW - age * DAY_MS, bytes: Buffer.from('{}'), tags: {} }))
  await store.commit({ id: 'c', writes: [], entries })
  return store
}
