import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { contextOf, currentContext, runInContext, setContext } from './event-context.ts'

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

describe('currentContext', () => {
  test('is nothing outside of requests', () => {
    expect(currentContext()).toBeUndefined()
  })

  test('gives the context that runs, through promises and timers', async () => {
    const seen = runInContext({ requestId: 'r1' }, async () => {
      await wait(1)
      return currentContext()
    })

    expect(currentContext()).toBeUndefined()
    expect(await seen).toEqual({ requestId: 'r1' })
  })

  test('keeps requests apart that are served at the same time', async () => {
    const ids = Array.from({ length: 50 }, (_, number) => `r${number}`)
    const seen = ids.map((requestId, number) =>
      runInContext({ requestId }, async () => {
        await wait((number * 7) % 5)
        return currentContext()?.requestId
      }),
    )

    expect(await Promise.all(seen)).toEqual(ids)
  })

  test('gives what a later resolver of the same request has found out', () => {
    const request = {}
    setContext(request, { requestId: 'r1' })

    const who = runInContext({ requestId: 'r1' }, () => {
      setContext(request, { requestId: 'r1', who: { user: 'ada' } })
      return currentContext()?.who
    })

    expect(who).toEqual({ user: 'ada' })
  })

  test('shows nothing of another request that is spoken of meanwhile', () => {
    const seen = runInContext({ requestId: 'r1' }, () => {
      setContext({}, { requestId: 'r2', who: { user: 'bob' } })
      return currentContext()
    })

    expect(seen).toEqual({ requestId: 'r1' })
  })

  test('hands on what the function returns and throws', () => {
    const failing = (): never => {
      throw new Error('mine')
    }

    expect(runInContext({ requestId: 'r1' }, () => 7)).toBe(7)
    expect(() => runInContext({ requestId: 'r1' }, failing)).toThrow('mine')
  })
})
