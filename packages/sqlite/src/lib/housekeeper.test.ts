import { describe, expect, test } from 'vitest'
import { Housekeeper } from './housekeeper.ts'
import type { Household } from './housekeeper.ts'

/** A household with a number of steps to do, that notes what was done and at which time of the store. */
function householdOf(steps: number, prunings = 0): Household & { readonly done: string[] } {
  const done: string[] = []
  let left = steps
  let unpruned = prunings
  return {
    done,
    housekeep(now: number): boolean {
      if (left === 0) return false
      left -= 1
      done.push(`step at ${now}`)
      return true
    },
    prune(): boolean {
      if (unpruned === 0) return false
      unpruned -= 1
      done.push('prune')
      return true
    },
    checkpoint(): void {
      done.push('checkpoint')
    },
  }
}

const smallBatch = { text: '[]', bytes: new Uint8Array(0), now: 7 }

describe('Housekeeper', () => {
  test('does every step in the quiet after a batch, and then a checkpoint', async () => {
    const household = householdOf(3)
    const keeper = new Housekeeper(household, () => performance.now())

    keeper.batchEnded(smallBatch)

    await expect.poll(() => household.done.at(-1)).toBe('checkpoint')
    expect(household.done).toEqual(['step at 7', 'step at 7', 'step at 7', 'checkpoint'])
  })

  test('leaves a busy store alone as long as nothing is overdue', async () => {
    const household = householdOf(3)
    const keeper = new Housekeeper(household, () => 1_000)

    keeper.batchEnded(smallBatch)
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve, 1))

    expect(household.done).toEqual([])
    keeper.stop()
  })

  test('does what is overdue although the store is busy', async () => {
    let time = 0
    const household = householdOf(3)
    const keeper = new Housekeeper(household, () => time)

    keeper.batchEnded(smallBatch)
    time = 300
    keeper.batchEnded(smallBatch)

    await expect.poll(() => household.done.length).toBe(3)
    keeper.stop()
  })

  test('moves a long write-ahead log into the database although the store is busy', async () => {
    let time = 0
    const household = householdOf(1)
    const keeper = new Housekeeper(household, () => time)

    keeper.batchEnded({ ...smallBatch, bytes: new Uint8Array(8 * 1024 * 1024) })
    time = 300

    await expect.poll(() => household.done).toEqual(['step at 7', 'checkpoint'])
  })

  test('prunes after everything else, and goes on although the store is busy', async () => {
    let time = 0
    const household = householdOf(1, 3)
    const keeper = new Housekeeper(household, () => time)

    keeper.batchEnded(smallBatch)
    time = 300
    keeper.batchEnded(smallBatch)

    await expect.poll(() => household.done).toEqual(['step at 7', 'prune', 'prune', 'prune'])
    keeper.stop()
  })

  test('moves the write-ahead log into the database now and then while it prunes', async () => {
    const household = householdOf(0, 1_500)
    const keeper = new Housekeeper(household, () => performance.now())

    keeper.opened()

    await expect.poll(() => household.done.filter((step) => step === 'prune').length).toBe(1_500)
    await expect.poll(() => household.done.at(-1)).toBe('checkpoint')
    expect(household.done.indexOf('checkpoint')).toBeLessThan(1_000)
  })

  test('leaves everything alone after opening when there is nothing to prune', async () => {
    const household = householdOf(1)
    const keeper = new Housekeeper(household, () => performance.now())

    keeper.opened()
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setTimeout(resolve, 1))

    expect(household.done).toEqual([])
  })

  test('does nothing more once it is stopped', async () => {
    const household = householdOf(3)
    const keeper = new Housekeeper(household, () => performance.now())

    keeper.batchEnded(smallBatch)
    keeper.stop()
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setTimeout(resolve, 1))

    expect(household.done).toEqual([])
  })
})
