import { createServer, type RequestListener, type Server } from 'node:http'
import { CliError } from './errors.ts'

const HEADERS_TIMEOUT_MS = 10_000
const REQUEST_TIMEOUT_MS = 30_000
const MAX_CONNECTIONS = 1_024
const STOP_MS = 5_000

/** Where a service listens. */
export interface Address {
  readonly host: string
  /** 0 for any free one. */
  readonly port: number
}

/**
 * Serves requests until the process is told to stop by SIGTERM or SIGINT; what is under way then has five seconds to end.
 *
 * @param listener what answers.
 * @param address where.
 * @param listening is told the URL once it listens.
 * @throws CliError `ERR_CLI_LISTEN`
 */
export async function serveUntilStopped(
  listener: RequestListener,
  address: Address,
  listening: (url: string) => void,
): Promise<void> {
  const server = createServer({ headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS }, listener)
  server.maxConnections = MAX_CONNECTIONS
  const stopped = untilSignal()
  await listen(server, address)
  listening(urlOf(server, address.host))
  await stopped
  await close(server)
}

async function untilSignal(): Promise<void> {
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve())
  })
}

async function listen(server: Server, { host, port }: Address): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => {
      reject(new CliError('ERR_CLI_LISTEN', `${host}, port ${port}, cannot be listened on.`, { cause }))
    })
    server.listen(port, host, resolve)
  })
}

function urlOf(server: Server, host: string): string {
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}

async function close(server: Server): Promise<void> {
  const late = setTimeout(() => server.closeAllConnections(), STOP_MS)
  await new Promise((resolve) => {
    server.close(resolve)
    server.closeIdleConnections()
  })
  clearTimeout(late)
}
