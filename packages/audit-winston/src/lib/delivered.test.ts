import { describe, expect, test } from 'vitest'

import { Delivered } from './delivered.ts'

function eventsOf(count: number): readonly { readonly id: string }[] {
  return Array.from({ length: count }, (_, at) => ({ id: `e${at}` }))
}

describe('Delivered', () => {
  test('remembers the last 4,096 events and no more', () => {
    const delivered = new Delivered()
    delivered.add(eventsOf(5_000))

    expect(delivered.missingOf(eventsOf(5_000))).toEqual(eventsOf(904))
  })

  test('always has something sent, unless nothing is offered', () => {
    const delivered = new Delivered()
    delivered.add(eventsOf(3))

    expect(delivered.missingOf(eventsOf(3))).toEqual([{ id: 'e2' }])
    expect(delivered.missingOf([])).toEqual([])
  })
})
