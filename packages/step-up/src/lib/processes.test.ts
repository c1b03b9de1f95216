import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

import { describe, expect, onTestFinished, test } from 'vitest'

import { LIMITS } from './limits.ts'

const PROGRAM = join(import.meta.dirname, '..', '..', 'test', 'one-of-two.ts')
const FLAGS = ['--experimental-strip-types', '--disable-warning=ExperimentalWarning']

interface Process {
  readonly child: ChildProcessWithoutNullStreams
  line(): Promise<string>
}

/** Starts a process on the shared database; it waits for a word before it begins. */
async function start(path: string, writer: string): Promise<Process> {
  const child = spawn(process.execPath, [...FLAGS, PROGRAM, path, writer, '50'])
  onTestFinished(() => void child.kill('SIGKILL'))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const started = { child, line: async () => String((await lines.next()).value) }
  expect(await started.line()).toBe('ready')
  return started
}

async function ended({ child }: Process): Promise<void> {
  if (child.exitCode === null) await once(child, 'exit')
}

describe('the limits over two processes', () => {
  test('F-07 v5.0.0-15.4.2 let through exactly as many tries as one process would', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sallyport-two-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    const path = join(folder, 'shared.db')
    const first = await start(path, 'one')
    const second = await start(path, 'two')

    for (const { child } of [first, second]) child.stdin.write('go\n')
    const taken = [Number(await first.line()), Number(await second.line())]
    await Promise.all([first, second].map(ended))

    expect(taken.reduce((sum, each) => sum + each, 0)).toBe(LIMITS.userAttempts)
  })
})
