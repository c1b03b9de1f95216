import { execFile } from 'node:child_process'
import { join } from 'node:path'

import type { RunningBank } from './start-bank.ts'

const MAIN = join(import.meta.dirname, '..', '..', 'packages', 'cli', 'src', 'main.ts')

/** What the command said. */
export interface CommandResult {
  readonly code: number
  readonly stdout: string
}

/** Runs `sallyport` as a person would, on the bank's files. */
export function runSallyport(...args: readonly string[]): Promise<CommandResult> {
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...args], { maxBuffer: 64 * 1024 * 1024 }, (error, stdout) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout })
    })
  })
}

/** `sallyport verify` over the bank's ledger. */
export async function verifyBank(bank: RunningBank): Promise<
  CommandResult & {
    readonly report: {
      readonly verdict: string
      readonly size: number
      readonly problems: readonly { readonly kind: string; readonly index?: number }[]
    }
  }
> {
  const result = await runSallyport('verify', storeOf(bank), '--log-key', join(bank.dataDir, 'log.pub'), '--json')
  return { ...result, report: JSON.parse(result.stdout) }
}

/** An event as `sallyport query --json` prints it. */
export interface PrintedEvent {
  readonly request?: { readonly id: string }
  readonly index: number
  readonly id: string
  readonly type: string
  readonly lineage?: string
  readonly flow?: string
  readonly outcome?: string
  readonly reason?: string
  readonly actor?: { readonly id: string }
  readonly device?: { readonly id: string }
  readonly net?: { readonly ip: string }
  readonly authn?: { readonly factor?: string }
  readonly data: Readonly<Record<string, unknown>>
}

/** `sallyport query` over the bank's ledger, the oldest first. */
export async function queryBank(bank: RunningBank, ...args: readonly string[]): Promise<readonly PrintedEvent[]> {
  const { stdout } = await runSallyport('query', storeOf(bank), '--json', '--limit', '1000', ...args)
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
}

/** The bank's ledger, as the command line names it. */
export function storeOf(bank: RunningBank): string {
  return `sqlite:${join(bank.dataDir, 'sallyport.db')}`
}
