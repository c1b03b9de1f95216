import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openForWriting } from './connection.ts'
import { openBesideWriter } from './open-reader.ts'
import type { ReadSource } from './open-reader.ts'
import { ReadSession } from './read-session.ts'

/** Sources over a real, empty database, of which the first is stale or not; and how many were opened and closed. */
function sourcesOf(path: string, isFirstStale: boolean): { open: () => ReadSource; opened: number; closed: number } {
  const sources = {
    opened: 0,
    closed: 0,
    open(): ReadSource {
      const source = openBesideWriter(path)
      sources.opened += 1
      const isStale = sources.opened === 1 && isFirstStale
      const close = (): void => {
        sources.closed += 1
        source.close()
      }
      return { ...source, isStale: () => isStale, close }
    },
  }
  return sources
}

function withDatabase(run: (path: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-sqlite-'))
  const writer = openForWriting(join(folder, 'store.db'))
  try {
    run(join(folder, 'store.db'))
  } finally {
    writer.close()
    rmSync(folder, { recursive: true })
  }
}

describe('ReadSession', () => {
  test('is unavailable when a read fails, and opens another connection for the next', () =>
    withDatabase((path) => {
      const sources = sourcesOf(path, false)
      const session = new ReadSession(sources.open)
      const fail = (): never => {
        throw new Error('disk I/O error')
      }

      expect(() => session.read(fail)).toThrow(expect.objectContaining({ code: 'ERR_STORE_UNAVAILABLE' }))

      expect(session.read((reader) => reader.size())).toBe(0)
      expect([sources.opened, sources.closed]).toEqual([2, 1])
      session.close()
    }))

  test('reads again what may have been torn, whether it failed or not', () =>
    withDatabase((path) => {
      const sources = sourcesOf(path, true)
      const session = new ReadSession(sources.open)
      const seen: number[] = []

      const size = session.read((reader) => {
        seen.push(sources.opened)
        if (sources.opened === 1) throw new Error('database disk image is malformed')
        return reader.size()
      })

      expect([size, seen]).toEqual([0, [1, 2]])
      session.close()
    }))
})
