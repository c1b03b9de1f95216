import { access, constants, mkdir } from 'node:fs/promises'
import { join } from 'node:path'

/** What stops an example from starting, in one line that a person can act on. */
export class StartError extends Error {
  override readonly name = 'StartError'
}

/** Where an example runs and keeps its data. */
export interface Settings {
  readonly host: string
  readonly port: number
  readonly dataDir: string
  /** A file in the data folder. */
  file(name: string): string
}

/**
 * Reads `PORT`, `HOST` and `DATA_DIR`, and makes sure that the data folder can be written.
 *
 * @param environment The process's own.
 * @param example Its folder: the data go into `.data` there if nothing else is said.
 */
export async function readSettings(environment: NodeJS.ProcessEnv, example: string): Promise<Settings> {
  const dataDir = environment['DATA_DIR'] || join(example, '.data')
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 })
    await access(dataDir, constants.W_OK)
  } catch {
    throw new StartError(`The data folder ${dataDir} cannot be written: set DATA_DIR to a folder that can.`)
  }
  return {
    host: environment['HOST'] ?? '127.0.0.1',
    port: readPort('PORT', environment['PORT'] ?? '3000'),
    dataDir,
    file: (name) => join(dataDir, name),
  }
}

/** Reads a port, or says in one line what is wrong with the variable of this name. */
export function readPort(name: string, text: string): number {
  const port = Number(text)
  if (/^[0-9]{1,5}$/.test(text) && port >= 1 && port <= 65_535) return port
  throw new StartError(`${name} is a port from 1 to 65535, not ${JSON.stringify(text)}.`)
}
