import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { formatBatch, formatCommit } from './wire.ts'
import type { WireBatch } from './wire.ts'
import { WriterThread } from './writer-thread.ts'

async function inFolder(run: (path: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-sqlite-'))
  try {
    await run(join(folder, 'store.db'))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function batchOf(id: string): WireBatch {
  const entries = [{ id, at: 1, bytes: new Uint8Array(3), tags: {} }]
  const { text, heads } = formatCommit({ id, writes: [], entries })
  return { text: formatBatch([text], heads), bytes: new Uint8Array(3), now: 1 }
}

/** The real worker, but dying once at its first batch: before it is committed, or before it is answered. */
function mortalWriter(path: string, moment: 'before' | 'after'): URL {
  writeFileSync(`${path}.dies`, '')
  const program = `
    import { existsSync, rmSync } from 'node:fs'
    import { parentPort } from 'node:worker_threads'
    const flag = ${JSON.stringify(`${path}.dies`)}
    if (existsSync(flag)) {
      rmSync(flag)
      const answer = parentPort.postMessage.bind(parentPort)
      parentPort.postMessage = (reply) => (reply.kind === 'ready' ? answer(reply) : process.exit(1))
      if (${moment === 'before'}) parentPort.on('message', () => process.exit(1))
    }
    await import(${JSON.stringify(new URL('./writer.ts', import.meta.url).href)})
  `
  return new URL(`data:text/javascript,${encodeURIComponent(program)}`)
}

describe('WriterThread', () => {
  test('does not know the outcome when the thread dies before the commit, and a repeat applies it', () =>
    inFolder(async (path) => {
      const writer = new WriterThread(path, mortalWriter(path, 'before'))
      await writer.start()

      await expect(writer.commit(batchOf('a'))).rejects.toMatchObject({ code: 'ERR_STORE_OUTCOME_UNKNOWN' })

      expect(await writer.commit(batchOf('a'))).toEqual([0])
      await writer.close()
    }))

  test('does not know the outcome when the thread dies after the commit, and a repeat learns it', () =>
    inFolder(async (path) => {
      const writer = new WriterThread(path, mortalWriter(path, 'after'))
      await writer.start()

      await expect(writer.commit(batchOf('a'))).rejects.toMatchObject({ code: 'ERR_STORE_OUTCOME_UNKNOWN' })

      expect(await writer.commit(batchOf('b'))).toEqual([1])
      expect(await writer.commit(batchOf('a'))).toEqual([0])
      await writer.close()
    }))

  test('is unavailable when the thread cannot be started', () =>
    inFolder(async (path) => {
      const writer = new WriterThread(path, new URL('data:text/javascript,process.exit(1)'))

      await expect(writer.start()).rejects.toMatchObject({ code: 'ERR_STORE_UNAVAILABLE' })
      await expect(writer.commit(batchOf('a'))).rejects.toMatchObject({ code: 'ERR_STORE_UNAVAILABLE' })
      await writer.close()
    }))
})
