import { describe, expect, test } from 'vitest'
import { BoundedMap } from './bounded-map.ts'

describe('BoundedMap', () => {
  test('forgets the oldest entries above its limit', () => {
    const map = new BoundedMap<string, number>(2)
    map.set('a', 1)
    map.set('b', 2)
    map.set('c', 3)

    expect([map.get('a'), map.get('b'), map.get('c')]).toEqual([undefined, 2, 3])
    expect([map.has('a'), map.has('c')]).toEqual([false, true])
  })

  test('forgets what it is told to', () => {
    const map = new BoundedMap<string, number>(2)
    map.set('a', 1)
    map.delete('a')

    expect(map.has('a')).toBe(false)
  })
})
