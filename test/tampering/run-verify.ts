import { execFile } from 'node:child_process'
import { join } from 'node:path'

const MAIN = join(import.meta.dirname, '..', '..', 'packages', 'cli', 'src', 'main.ts')
// Older versions of Node need the first; the newer ones accept both.
const FLAGS = ['--experimental-strip-types', '--disable-warning=ExperimentalWarning']

/** What `sallyport verify` came to. */
export interface CommandVerdict {
  readonly code: number
  readonly verdict: string
  readonly problems: readonly string[]
}

/** Runs `sallyport verify` as a person would, in a process of its own. */
export async function runVerify(path: string, ...options: readonly string[]): Promise<CommandVerdict> {
  return await new Promise((resolve) => {
    execFile(process.execPath, [...FLAGS, MAIN, 'verify', `sqlite:${path}`, '--json', ...options], (error, stdout) => {
      const { verdict, problems } = JSON.parse(stdout)
      const kinds = problems.map(({ kind }: { readonly kind: string }) => kind)
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, verdict, problems: kinds })
    })
  })
}
