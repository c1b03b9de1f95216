import { access, constants, mkdir } from 'node:fs/promises'
import { isIP } from 'node:net'
import { join } from 'node:path'

/** What stops the example from starting, in one line that a person can act on. */
export class StartError extends Error {
  override readonly name = 'StartError'
}

/** Where the example runs and keeps its data. */
export interface Settings {
  readonly host: string
  readonly port: number
  readonly idpPort: number
  readonly dataDir: string
  /** What Express takes as its setting of this name: whose `X-Forwarded-For` is believed. */
  readonly trustProxy: number | readonly string[] | false
  /** A file in the data folder. */
  file(name: string): string
}

/** Reads `PORT`, `IDP_PORT`, `HOST`, `DATA_DIR` and `TRUST_PROXY`, and makes sure that the data folder can be written. */
export async function readSettings(environment: NodeJS.ProcessEnv): Promise<Settings> {
  const dataDir = environment['DATA_DIR'] || join(import.meta.dirname, '..', '.data')
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 })
    await access(dataDir, constants.W_OK)
  } catch {
    throw new StartError(`The data folder ${dataDir} cannot be written: set DATA_DIR to a folder that can.`)
  }
  return {
    host: environment['HOST'] ?? '127.0.0.1',
    port: readPort('PORT', environment['PORT'] ?? '3000'),
    idpPort: readPort('IDP_PORT', environment['IDP_PORT'] ?? '3001'),
    dataDir,
    trustProxy: readTrustProxy(environment['TRUST_PROXY'] ?? ''),
    file: (name) => join(dataDir, name),
  }
}

function readPort(name: string, text: string): number {
  const port = Number(text)
  if (/^[0-9]{1,5}$/.test(text) && port >= 1 && port <= 65_535) return port
  throw new StartError(`${name} is a port from 1 to 65535, not ${JSON.stringify(text)}.`)
}

/** The number of proxies in front, or their addresses; never everybody. */
function readTrustProxy(text: string): Settings['trustProxy'] {
  if (text === '') return false
  if (/^[1-9]$/.test(text)) return Number(text)

  const addresses = text.split(',').map((address) => address.trim())
  if (addresses.every((address) => address === 'loopback' || isIP(address.replace(/\/[0-9]{1,3}$/, '')) !== 0))
    return addresses
  throw new StartError(
    `TRUST_PROXY is a number of proxies from 1 to 9, or their addresses such as loopback or 10.0.0.0/8, not ${JSON.stringify(text)}.`,
  )
}
