import { describe, expect, test } from 'vitest'
import { contextOf, setContext } from './event-context.ts'

describe('contextOf', () => {
  test('gives what was left for this request, and for no other', () => {
    const [one, other] = [{}, {}]
    setContext(one, { requestId: 'r1' })

    expect(contextOf(one)).toEqual({ requestId: 'r1' })
    expect(contextOf(other)).toBeUndefined()
  })

  test('gives what was left last', () => {
    const request = {}
    setContext(request, { requestId: 'r1' })
    setContext(request, { requestId: 'r1', net: { ip: '203.0.113.7', hops: 1 } })

    expect(contextOf(request)?.net?.hops).toBe(1)
  })
})
