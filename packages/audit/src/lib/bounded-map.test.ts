import { describe, expect, test } from 'vitest'
import { BoundedMap } from './bounded-map.ts'

describe('BoundedMap', () => {
  test('never holds more than two generations', () => {
    const map = new BoundedMap<number, number>(10)
    const numbers = Array.from({ length: 1_000 }, (_, number) => number)
    for (const number of numbers) map.set(number, number)

    expect(numbers.filter((number) => map.has(number)).length).toBeLessThanOrEqual(20)
    expect(map.get(999)).toBe(999)
  })

  test('keeps what is asked for, however much comes after it', () => {
    const map = new BoundedMap<string, number>(2)
    map.set('kept', 1)
    for (const name of ['a', 'b', 'c', 'd', 'e']) {
      map.set(name, 2)
      map.get('kept')
    }

    expect([map.get('kept'), map.get('a')]).toEqual([1, undefined])
  })

  test('forgets what it is told to', () => {
    const map = new BoundedMap<string, number>(2)
    map.set('a', 1)
    map.delete('a')

    expect(map.has('a')).toBe(false)
  })

  test('forgets every key whose value is meant, old and young, and no other', () => {
    const map = new BoundedMap<string, string>(2)
    for (const name of ['a', 'b', 'c', 'd']) map.set(name, name === 'b' || name === 'd' ? 'other' : 'meant')
    map.deleteWhere((value) => value === 'meant')

    expect(['a', 'b', 'c', 'd'].map((name) => map.has(name))).toEqual([false, true, false, true])
  })
})
