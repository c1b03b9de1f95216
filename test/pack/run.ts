import { spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

/** Where and with which variables, besides those of this process, a program runs. */
export interface Place {
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
}

/** What a program left: its exit code, and what it wrote. */
export interface Outcome {
  readonly code: number | null
  readonly output: string
  readonly errors: string
}

/** Runs a program to its end. */
export async function run(command: string, args: readonly string[], { cwd, env }: Place): Promise<Outcome> {
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  const [code, output, errors] = await Promise.all([ended, text(child.stdout), text(child.stderr)])
  return { code, output, errors }
}

/** Runs a program that has to succeed. */
export async function runOrThrow(command: string, args: readonly string[], place: Place): Promise<void> {
  const { code, output, errors } = await run(command, args, place)
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}:\n${output}${errors}`)
}

/** Runs vitest under a Node, on this terminal, and gives its exit code. */
export function runVitest(node: string, args: readonly string[], { cwd, env }: Place): number {
  const vitest = join(cwd, 'node_modules', 'vitest', 'vitest.mjs')
  const { status } = spawnSync(node, [vitest, 'run', ...args], {
    cwd,
    env: { ...process.env, ...env },
    stdio: 'inherit',
  })
  return status ?? 1
}
