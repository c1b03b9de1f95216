import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { openSqlite } from '@sallyport/sqlite'
import { keyringOf, openStory, together } from './story.ts'

// Older versions of Node need the first; the newer ones accept both.
const FLAGS = ['--experimental-strip-types', '--disable-warning=ExperimentalWarning']

/**
 * Runs this file as a process that writes and signs without end, and kills it.
 *
 * @param path the database file
 * @param commits how many commits it must have acknowledged before
 */
export async function killWriter(path: string, commits: number): Promise<void> {
  const child = spawn(process.execPath, [...FLAGS, import.meta.filename, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  let acknowledged = 0
  for await (const _line of createInterface(child.stdout)) if (++acknowledged === commits) child.kill('SIGKILL')
  const [code, signal] = await ended
  if (signal !== 'SIGKILL') throw new Error(`the writer ended by itself: ${code}`)
}

async function writeEndlessly(path: string): Promise<never> {
  const store = await openSqlite({ path })
  const parts = { store, checkpointFile: `${path}.checkpoint` }
  const audit = await openStory(parts, { writer: `web-${process.pid}`, keyring: keyringOf(1) })
  for (let turn = 1; ; turn++) {
    // Signing goes on beside writing, as it does when a clock asks for it.
    const signing = turn % 4 === 0 ? audit.settle() : undefined
    await together(audit, 1 + (turn % 7))
    writeSync(1, 'acknowledged\n')
    await signing
  }
}

if (process.argv[1] === import.meta.filename) await writeEndlessly(process.argv[2] ?? '')
