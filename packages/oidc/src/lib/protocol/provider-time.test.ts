import { describe, expect, test } from 'vitest'
import { createProviderTime } from './provider-time.ts'

const DATE = 'Fri, 15 Jan 2027 08:00:00 GMT'
const AT = 1_800_000_000_000

describe('the provider’s time', () => {
  test('is told from the Date of an answer', () => {
    expect(toldOf([{ date: DATE }])).toEqual([AT])
  })

  test('is told at most once a minute, also when the clock was put back', () => {
    const clock = { now: AT }
    const told: number[] = []
    const onAnswer = createProviderTime({ now: () => clock.now }, (at) => void told.push(at))
    for (const pass of [0, 59_999, 1, -3_600_000, 1]) {
      clock.now += pass
      onAnswer(new Headers({ date: DATE }), 10)
    }

    expect(told).toHaveLength(3)
  })

  test.each<[string, Readonly<Record<string, string>>]>([
    ['there is no Date', {}],
    ['the Date is none', { date: 'yesterday' }],
    ['the Date has another form', { date: '2027-01-15T08:00:00Z' }],
    ['the Date is of no calendar', { date: 'Fri, 15 Foo 2027 08:00:00 GMT' }],
    ['the Date is very long', { date: DATE + ' '.repeat(10) + 'x'.repeat(10_000) }],
    ['the answer comes from a cache', { date: DATE, age: '30' }],
  ])('is not told when %s', (_why, headers) => {
    expect(toldOf([headers])).toEqual([])
  })

  test('is not told by a slow answer', () => {
    expect(toldOf([{ date: DATE }], 2_001)).toEqual([])
  })
})

function toldOf(answers: readonly Readonly<Record<string, string>>[], tookMs: number = 10): readonly number[] {
  const told: number[] = []
  const onAnswer = createProviderTime({ now: () => AT }, (at) => void told.push(at))
  for (const headers of answers) onAnswer(new Headers({ ...headers }), tookMs)
  return told
}
