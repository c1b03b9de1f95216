import { manualClock } from '@sallyport/testing'
import { describe, expect, test } from 'vitest'

import { createReports } from './reports.ts'

describe('the counters of report mode', () => {
  test('count exactly, by requirement and by what would have happened, and say since when', () => {
    const clock = manualClock()
    const reports = createReports(clock.now)
    const since = clock.now()
    reports.count('transfer', 'challenge')
    clock.advance(5_000)
    reports.count('transfer', 'challenge')
    reports.count('keys', 'refuse')
    reports.count('transfer', 'allow')

    expect(reports.list()).toEqual([
      { requirement: 'transfer', allow: 1, challenge: 2, refuse: 0, since },
      { requirement: 'keys', allow: 0, challenge: 0, refuse: 1, since: since + 5_000 },
    ])
  })

  test('keep a thousand names, and count all further ones as others', () => {
    const reports = createReports(manualClock().now)
    for (let name = 0; name < 1_500; name += 1) reports.count(`/route/${name}`, 'allow')
    reports.count('/route/0', 'refuse')

    const listed = reports.list()

    expect(listed).toHaveLength(1_001)
    expect(listed.at(-1)).toMatchObject({ requirement: '(other)', allow: 500 })
    expect(listed[0]).toMatchObject({ allow: 1, refuse: 1 })
  })

  test('give the numbers as they were, which nobody can change afterwards', () => {
    const reports = createReports(manualClock().now)
    reports.count('transfer', 'allow')
    const before = reports.list()
    reports.count('transfer', 'allow')

    expect(before).toMatchObject([{ allow: 1 }])
  })
})
