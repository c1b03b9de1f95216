import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { runSallyport } from '../../packages/cli/src/index.ts'
import type { Defect } from './broken-store.ts'
import { FAULT_VARIABLE, formatFault, parsePoint, TRACE_VARIABLE, type Fault, type TracedPoint } from './point.ts'
import { parseSaid, type Said } from './said.ts'

const PROGRAM = join(import.meta.dirname, 'program.ts')
const PRELOAD = pathToFileURL(join(import.meta.dirname, 'preload.ts')).href
const FLAGS = `--experimental-strip-types --disable-warning=ExperimentalWarning --import=${PRELOAD}`
const LIMIT_MS = 60_000
const SILENT = { print: (): void => undefined, report: (): void => undefined }

/** The name of the ledger of every run. */
export const ORIGIN = 'audit.example.com/matrix'

/** Where runs take place: each in a folder of its own, with a copy of the same keys. */
export interface Ground {
  readonly folder: string
  /** A folder for one run. */
  readonly plot: () => Promise<string>
  readonly remove: () => Promise<void>
}

/** What is to happen to one run of the program. */
export interface Plan {
  readonly fault?: Fault | undefined
  readonly defect?: Defect | undefined
  /** Files may not grow beyond so many kilobytes. */
  readonly limitKilobytes?: number | undefined
}

/** How one run went. */
export interface Run {
  readonly folder: string
  readonly said: readonly Said[]
  readonly wasKilled: boolean
  /** What is wrong with how the program itself ended; empty when nothing is. */
  readonly trouble: string
}

/** Makes a place for runs, with keys. */
export async function openGround(): Promise<Ground> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-matrix-'))
  const files = ['--keys', join(folder, 'keys.json'), '--log-key', join(folder, 'log.pub')]
  // The writing threads that judge a run heed it, too.
  process.env['NODE_COMPILE_CACHE'] = join(folder, 'compiled')
  await runSallyport(['keygen', '--origin', ORIGIN, ...files], SILENT)
  let plots = 0
  return {
    folder,
    plot: async () => {
      const plot = join(folder, `run-${(plots += 1)}`)
      for (const name of ['keys.json', 'log.pub']) await cp(join(folder, name), join(plot, name))
      return plot
    },
    remove: async () => {
      delete process.env['NODE_COMPILE_CACHE']
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Runs the program to its end, whichever that is. */
export async function runProgram(ground: Ground, { fault, defect, limitKilobytes }: Plan): Promise<Run> {
  const folder = await ground.plot()
  const args = [PROGRAM, folder, defect ?? '']
  const limited = ['-c', `ulimit -f ${limitKilobytes} && exec "$@"`, 'bash', process.execPath, ...args]
  const [command, rest] = limitKilobytes === undefined ? [process.execPath, args] : ['bash', limited]
  const child = spawn(command, rest, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environmentFor(ground), ...(fault && { [FAULT_VARIABLE]: formatFault(fault) }) },
  })
  const timer = setTimeout(() => child.kill('SIGTERM'), LIMIT_MS)
  const [output, errors] = [gather(child.stdout), gather(child.stderr)]
  const [code, signal]: unknown[] = await once(child, 'close')
  clearTimeout(timer)
  const wasKilled = signal === 'SIGKILL'
  const trouble = wasKilled || code === 0 ? '' : `ended with ${String(code ?? signal)}: ${(await errors).slice(-2_000)}`
  return { folder, said: parseSaid(await output), wasKilled, trouble }
}

/** Runs the program undisturbed, and gives the points that each thread comes by, with what they are. */
export async function tracePoints(ground: Ground): Promise<readonly TracedPoint[]> {
  const folder = await ground.plot()
  const trace = join(folder, 'trace')
  const child = spawn(process.execPath, [PROGRAM, folder], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, ...environmentFor(ground), [TRACE_VARIABLE]: trace },
  })
  await once(child, 'close')
  const lines = (await readFile(trace, 'utf8')).split('\n').slice(0, -1)
  return lines.map(parsePoint)
}

// The compiled sources are kept, so that a run begins in a quarter of the time.
function environmentFor({ folder }: Ground): Readonly<Record<string, string>> {
  return { NODE_OPTIONS: FLAGS, NODE_COMPILE_CACHE: join(folder, 'compiled') }
}

async function gather(stream: AsyncIterable<unknown>): Promise<string> {
  const chunks: string[] = []
  for await (const chunk of stream) chunks.push(String(chunk))
  return chunks.join('')
}
