import { describe, expect, test } from 'vitest'
import { BatchSize } from './batch-size.ts'

describe('BatchSize', () => {
  test('halves after each batch that took too long, down to one event', () => {
    const batch = new BatchSize(6, 1_000)
    const sizes = Array.from({ length: 4 }, () => {
      batch.timedOut(batch.size)
      return batch.size
    })

    expect(sizes).toEqual([3, 1, 1, 1])
  })

  test('halves what was offered, where that was less', () => {
    const batch = new BatchSize(256, 1_000)
    batch.timedOut(10)

    expect(batch.size).toBe(5)
  })

  test('grows again by batches that left time for twice as many, up to what the sink said', () => {
    const batch = new BatchSize(10, 1_000)
    batch.timedOut(10)
    batch.taken(5, 300)
    const slow = batch.size
    batch.taken(4, 10)
    const small = batch.size
    batch.taken(5, 249)

    expect([slow, small, batch.size]).toEqual([5, 5, 10])
  })
})
