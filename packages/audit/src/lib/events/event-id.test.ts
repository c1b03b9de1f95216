import { sortableId } from '@sallyport/store'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { eventTime } from './event-id.ts'

const LAST = Date.UTC(9999, 11, 31, 23, 59, 59, 999)

describe('eventTime', () => {
  test('gives back the time that an id was made with', () => {
    const random = fc.uint8Array({ minLength: 10, maxLength: 10 })

    fc.assert(
      fc.property(fc.integer({ min: 0, max: LAST }), random, (at, bytes) => {
        expect(eventTime(sortableId(at, bytes))).toBe(at)
      }),
    )
  })

  test('knows no time in a text that is no id', () => {
    const id = sortableId(1_800_000_000_000, new Uint8Array(10))
    const others = ['', id.slice(1), `${id}0`, id.toLowerCase(), id.replace('0', 'O'), `8${id.slice(1)}`, `${id}\n`]

    expect(others.map(eventTime)).toEqual(others.map(() => undefined))
  })

  test('knows no time that an event could not state', () => {
    expect(eventTime(sortableId(LAST + 1, new Uint8Array(10)))).toBeUndefined()
  })
})
