import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '..', '..')

/** The examples beside the bank. */
export type ExampleName = 'passkeys' | 'local-login' | 'two-providers'

/** An example in a process of its own, on free ports and an empty data folder. */
export interface RunningExample {
  readonly url: string
  readonly dataDir: string
  /** Where its ledger is, as `sallyport` takes it. */
  readonly store: string
  /** What it has printed so far. */
  output(): string
  /** Sends a signal and resolves to the exit code. */
  stop(signal: 'SIGINT' | 'SIGTERM' | 'SIGKILL'): Promise<number | null>
  /** Stops it if need be, and removes its data. */
  destroy(): Promise<void>
}

/** Starts an example and waits until it says that it is ready. */
export async function startExample(name: ExampleName, dataDir?: string): Promise<RunningExample> {
  const folder = dataDir ?? (await mkdtemp(join(tmpdir(), `sallyport-${name}-`)))
  const [port, WORK_PORT, HOME_PORT] = [await freePort(), await freePort(), await freePort()]
  const providers = name === 'two-providers' ? { WORK_PORT, HOME_PORT } : {}
  const example = spawnExample(name, { DATA_DIR: folder, PORT: port, ...providers })
  await example.ready
  const stop: RunningExample['stop'] = async (signal) => {
    if (example.child.exitCode === null) example.child.kill(signal)
    return await example.exit
  }
  return {
    url: `http://localhost:${port}`,
    dataDir: folder,
    store: `sqlite:${join(folder, 'sallyport.db')}`,
    output: () => example.output(),
    stop,
    async destroy() {
      await stop('SIGKILL')
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Starts an example and waits for its end: for starts that are expected to fail. */
export async function runExample(
  name: ExampleName,
  environment: Readonly<Record<string, string>>,
): Promise<{ readonly code: number | null; readonly errors: readonly string[] }> {
  const example = spawnExample(name, environment)
  const code = await example.exit
  return {
    code,
    errors: example
      .errors()
      .split('\n')
      .filter((line) => line !== ''),
  }
}

/** A port that nobody used a moment ago. */
export async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  if (address === null || typeof address === 'string') throw new Error('freePort: no port')
  return String(address.port)
}

interface Spawned {
  readonly child: ChildProcess
  readonly exit: Promise<number | null>
  readonly ready: Promise<void>
  output(): string
  errors(): string
}

function spawnExample(name: ExampleName, environment: Readonly<Record<string, string>>): Spawned {
  const child = spawn(process.execPath, [`examples/${name}/src/main.ts`], {
    cwd: ROOT,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
  const exit = once(child, 'exit').then(([code]: unknown[]) => (typeof code === 'number' ? code : null))
  const ready = new Promise<void>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text
      if (output.includes('ready')) resolve()
    })
    exit.then(() => reject(new Error(`The example ${name} ended before it was ready: ${errors}`)), reject)
  })
  // Who waits for the end only does not look at it.
  ready.catch(() => undefined)
  return { child, exit, ready, output: () => output, errors: () => errors }
}
