import { describe, expect, test } from 'vitest'
import { showProgress } from './progress.ts'
import type { Progress } from './progress.ts'

describe('showProgress', () => {
  test('shows nothing of work that is done within half a second', () => {
    const { shown, progress, clock } = watched()
    progress.update({ checked: 100, size: 1_000 })
    clock.at = 499
    progress.update({ checked: 900, size: 1_000 })
    progress.end()

    expect(shown).toEqual([])
  })

  test('shows how many, how fast and how long it will take, and takes it away at the end', () => {
    const { shown, progress, clock } = watched()
    clock.at = 2_000
    progress.update({ checked: 500_000, size: 2_000_000 })
    progress.end()

    expect(shown).toEqual(['verifying 500,000 of 2,000,000 entries, 25 %, 250,000/s, 6 s left', ''])
  })

  test('shows at most four lines a second, however often it is told', () => {
    const { shown, progress, clock } = watched()
    for (let ms = 0; ms < 2_000; ms++) {
      clock.at = ms
      progress.update({ checked: ms, size: 10_000 })
    }

    expect(shown).toHaveLength(6)
  })

  test('speaks of minutes and hours when it takes long', () => {
    const { shown, progress, clock } = watched()
    clock.at = 1_000
    progress.update({ checked: 1_000, size: 200_000 })
    clock.at = 2_000
    progress.update({ checked: 2_000, size: 10_000_000 })

    expect(shown).toEqual([
      'verifying 1,000 of 200,000 entries, 0 %, 1,000/s, 4 min left',
      'verifying 2,000 of 10,000,000 entries, 0 %, 1,000/s, 2 h 47 min left',
    ])
  })

  test('knows no time left before anything is done, and survives an empty ledger', () => {
    const { shown, progress, clock } = watched()
    clock.at = 1_000
    progress.update({ checked: 0, size: 5 })
    clock.at = 2_000
    progress.update({ checked: 0, size: 0 })

    expect(shown).toEqual(['verifying 0 of 5 entries, 0 %, 0/s', 'verifying 0 of 0 entries, 100 %, 0/s'])
  })

  test('shows nothing where nobody watches', () => {
    const clock = { at: 0 }
    const progress = showProgress({ print: fail, report: fail, status: undefined }, 'verifying', () => clock.at)
    clock.at = 5_000

    expect(() => {
      progress.update({ checked: 1, size: 2 })
      progress.end()
    }).not.toThrow()
  })
})

function watched(): { readonly shown: string[]; readonly progress: Progress; readonly clock: { at: number } } {
  const clock = { at: 0 }
  const shown: string[] = []
  const terminal = { print: fail, report: fail, status: (line: string) => void shown.push(line) }
  return { shown, progress: showProgress(terminal, 'verifying', () => clock.at), clock }
}

function fail(): never {
  throw new Error('progress is no result')
}
