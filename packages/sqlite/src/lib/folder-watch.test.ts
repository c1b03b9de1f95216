import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { FolderWatch } from './folder-watch.ts'

interface Watched {
  readonly folder: string
  /** Asks at a time in milliseconds, and has the names looked at when asked to. */
  readonly ask: (time: number) => boolean
}

function withFolder(run: (watched: Watched) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-sqlite-'))
  const clock = { time: 0 }
  const watch = new FolderWatch(folder, () => clock.time)
  const ask = (time: number): boolean => {
    clock.time = time
    const isSettled = watch.isSettled()
    if (!isSettled) watch.checked()
    return isSettled
  }
  try {
    run({ folder, ask })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

describe('FolderWatch', () => {
  test('trusts a state only when the names were looked at after its tick', () =>
    withFolder(({ ask }) => {
      expect([ask(0), ask(1), ask(3_000), ask(3_001)]).toEqual([false, false, false, true])
    }))

  test('trusts nothing anew after a name has come', () =>
    withFolder(({ folder, ask }) => {
      for (const time of [0, 3_000, 3_001]) ask(time)
      writeFileSync(join(folder, 'new'), '')

      expect([ask(3_002), ask(3_003), ask(9_000), ask(9_001)]).toEqual([false, false, false, true])
    }))

  test('trusts nothing while the folder is away', () =>
    withFolder(({ folder, ask }) => {
      for (const time of [0, 3_000, 3_001]) ask(time)
      rmSync(folder, { recursive: true })

      expect([ask(3_002), ask(9_000), ask(15_000)]).toEqual([false, false, false])
    }))
})
