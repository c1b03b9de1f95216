import { execFile } from 'node:child_process'
import { join } from 'node:path'

import type { RunningExample } from './start-example.ts'

const MAIN = join(import.meta.dirname, '..', '..', 'packages', 'cli', 'src', 'main.ts')

/** What `sallyport verify` says of an example's ledger: its exit code. */
export async function verifyExample(example: RunningExample): Promise<number> {
  const { code } = await runSallyport('verify', example.store, '--log-key', join(example.dataDir, 'log.pub'))
  return code
}

/** An event as `sallyport query --json` prints it. */
export interface PrintedEvent {
  readonly type: string
  readonly reason?: string
  readonly outcome?: string
  readonly actor?: { readonly id: string }
  readonly authn?: { readonly factor?: string; readonly amr?: readonly string[] }
  readonly data: Readonly<Record<string, unknown>>
}

/** The events of an example's ledger, the oldest first. */
export async function eventsOf(example: RunningExample, type: string): Promise<readonly PrintedEvent[]> {
  const { stdout } = await runSallyport('query', example.store, '--json', '--limit', '1000', '--type', type)
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
}

/** Runs `sallyport` as a person would. */
function runSallyport(...args: readonly string[]): Promise<{ readonly code: number; readonly stdout: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...args], { maxBuffer: 64 * 1024 * 1024 }, (error, stdout) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout })
    })
  })
}
