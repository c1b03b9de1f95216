import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { runSallyport } from '../src/index.ts'

const MAIN = join(import.meta.dirname, '..', 'src', 'main.ts')
// Older versions of Node need the first; the newer ones accept both.
const FLAGS = ['--experimental-strip-types', '--disable-warning=ExperimentalWarning']

/** What became of a run of the command. */
export interface Run {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs the real command in a process of its own, in a folder. */
export async function sallyport(folder: string, ...args: readonly string[]): Promise<Run> {
  const child = spawn(process.execPath, [...FLAGS, MAIN, ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  return { code, stdout, stderr }
}

/** Runs the real command with a text on its standard input. */
export async function sallyportFed(folder: string, input: string, ...args: readonly string[]): Promise<Run> {
  const child = spawn(process.execPath, [...FLAGS, MAIN, ...args], { cwd: folder, stdio: 'pipe' })
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  // A command that has read enough hangs up.
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  return { code, stdout, stderr }
}

/** Runs the command in this process, which takes no time to start; paths are those of this process. */
export async function sallyportHere(...args: readonly string[]): Promise<Run> {
  const [stdout, stderr]: [string[], string[]] = [[], []]
  const code = await runSallyport(args, { print: (line) => stdout.push(line), report: (line) => stderr.push(line) })
  return { code, stdout: stdout.join('\n'), stderr: stderr.join('\n') }
}

/** Runs the command into a reader that goes away after the first bytes. */
export async function sallyportIntoHead(folder: string, ...args: readonly string[]): Promise<Run> {
  const child = spawn(process.execPath, [...FLAGS, MAIN, ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
  child.stdout.once('data', () => child.stdout.destroy())
  const code = new Promise<number | null>((resolve) => child.once('exit', resolve))
  return { stderr: await text(child.stderr), code: await code, stdout: '' }
}

/** A command that goes on until it is told to stop. */
export interface Following {
  /** Resolves when it has printed so many lines. */
  untilLines(count: number): Promise<void>
  /** Tells it to stop when it has printed so many lines, and gives what became of it. */
  stopAfter(count: number): Promise<Run>
}

/** Starts the real command and reads along. */
export function followCommand(folder: string, ...args: readonly string[]): Following {
  const child = spawn(process.execPath, [...FLAGS, MAIN, ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  const stderr = text(child.stderr)
  let stdout = ''
  let look: () => void = () => undefined
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    stdout += part
    look()
  })
  const untilLines = async (count: number): Promise<void> => {
    await Promise.race([
      ended,
      new Promise<void>((resolve) => {
        look = () => {
          if (stdout.split('\n').length > count) resolve()
        }
        look()
      }),
    ])
  }
  return {
    untilLines,
    stopAfter: async (count) => {
      await untilLines(count)
      child.kill('SIGTERM')
      return { code: await ended, stdout, stderr: await stderr }
    },
  }
}

/** Makes an empty folder and removes it at the end. */
export async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-cli-'))
  try {
    await use(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
