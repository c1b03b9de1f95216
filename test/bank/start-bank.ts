import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '..', '..')

/** The example application in a process of its own, on free ports and an empty data folder. */
export interface RunningBank {
  readonly url: string
  readonly dataDir: string
  /** What it has printed so far. */
  readonly output: () => string
  /** What it has written to stderr so far: its own log. */
  readonly errors: () => string
  /** Sends a signal and resolves to the exit code. */
  stop(signal: 'SIGINT' | 'SIGTERM' | 'SIGKILL'): Promise<number | null>
  /** Stops it if need be, and removes its data. */
  destroy(): Promise<void>
}

/** Starts the bank and waits until it says that it is ready. */
export async function startBank(environment: Readonly<Record<string, string>> = {}): Promise<RunningBank> {
  const dataDir = environment['DATA_DIR'] ?? (await mkdtemp(join(tmpdir(), 'sallyport-bank-')))
  const port = environment['PORT'] ?? String(await freePort())
  const idpPort = environment['IDP_PORT'] ?? String(await freePort())
  const bank = spawnBank({ DATA_DIR: dataDir, PORT: port, IDP_PORT: idpPort, ...environment })
  await bank.waitFor('ready')
  const stop: RunningBank['stop'] = async (signal) => {
    if (bank.child.exitCode === null) bank.child.kill(signal)
    return await bank.exit
  }
  return {
    url: `http://localhost:${port}`,
    dataDir,
    output: bank.output,
    errors: () => bank.errors(),
    stop,
    async destroy() {
      await stop('SIGKILL')
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

/** Starts the bank and waits for its end: for starts that are expected to fail. */
export async function runBank(
  environment: Readonly<Record<string, string>>,
): Promise<{ readonly code: number | null; readonly errors: string }> {
  const bank = spawnBank(environment)
  const code = await bank.exit
  return { code, errors: bank.errors() }
}

/** A port that nobody used a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  if (address === null || typeof address === 'string') throw new Error('freePort: no port')
  return address.port
}

/** The lines that winston wrote to the bank's file. */
export async function readWinstonFile(
  bank: RunningBank,
): Promise<readonly { readonly audit: { readonly id: string; readonly type: string } }[]> {
  const text = await readFile(join(bank.dataDir, 'audit.log'), 'utf8')
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
}

interface Spawned {
  readonly child: ChildProcess
  readonly exit: Promise<number | null>
  readonly output: () => string
  errors(): string
  waitFor(word: string): Promise<void>
}

function spawnBank(environment: Readonly<Record<string, string>>): Spawned {
  const child = spawn(process.execPath, ['examples/bank/src/main.ts'], {
    cwd: ROOT,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  let errors = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
  const exit = once(child, 'exit').then(([code]: unknown[]) => (typeof code === 'number' ? code : null))
  return {
    child,
    exit,
    output: () => output,
    errors: () => errors,
    async waitFor(word) {
      while (!output.includes(word)) {
        const ended = await Promise.race([exit.then(() => true), once(child.stdout, 'data').then(() => false)])
        if (ended) throw new Error(`The bank ended before it was ${word}: ${errors}`)
      }
    },
  }
}
