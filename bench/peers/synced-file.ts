import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs'

const LINES_PER_SYNC = 256
const BLOCK = Buffer.alloc(4_096, 0x2e)

/** The limit of any durable log on this disk: records built, written as JSON and synced, 256 at a time. */
export function appendSynced(path: string, records: { readonly count: number; make(at: number): object }): void {
  const file = openSync(path, 'w')
  let lines = ''
  for (let at = 0; at < records.count; at++) {
    lines += `${JSON.stringify(records.make(at))}\n`
    if ((at + 1) % LINES_PER_SYNC !== 0 && at + 1 < records.count) continue
    writeSync(file, lines)
    fdatasyncSync(file)
    lines = ''
  }
  closeSync(file)
}

/** Measures single syncs of a growing file: milliseconds each, without the write before. */
export function timeSyncs(path: string, count: number): readonly number[] {
  const file = openSync(path, 'w')
  const times = Array.from({ length: count }, () => {
    writeSync(file, BLOCK)
    const startedAt = performance.now()
    fdatasyncSync(file)
    return performance.now() - startedAt
  })
  closeSync(file)
  return times
}
