import { createServer, type RequestListener, type Server } from 'node:http'

import { StartError } from './settings.ts'

/** A listening server. Until it serves, it answers that it is not ready. */
export interface Running {
  /** Answers requests from now on. */
  serve(listener: RequestListener): void
  /** Takes no new requests, lets those under way end, and resolves when all have. */
  drain(): Promise<void>
}

/** Where a server listens. */
export interface Place {
  readonly host: string
  readonly port: number
  /** The variable that the port comes from; `PORT` if not given. */
  readonly setting?: string | undefined
}

const DRAIN_MS = 10_000

/** Starts a server, or says in one line why not. */
export async function listen(at: Place): Promise<Running> {
  let serving: RequestListener = (_req, res) => void res.writeHead(503).end()
  const server = createServer((req, res) => serving(req, res))
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(startError(error, at)))
    server.listen(at.port, at.host, resolve)
  })
  return {
    serve: (listener) => {
      serving = listener
    },
    drain: () => drain(server),
  }
}

function startError(error: NodeJS.ErrnoException, { port, setting = 'PORT' }: Place): Error {
  if (error.code === 'EADDRINUSE') return new StartError(`Port ${port} is in use: set ${setting} to a free one.`)
  return new StartError(`Port ${port} cannot be used (${error.code ?? error.message}): set ${setting} to another.`)
}

async function drain(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => void server.close(() => resolve()))
  server.closeIdleConnections()
  // A client that never ends its request must not keep the ledger from closing.
  const timer = setTimeout(() => server.closeAllConnections(), DRAIN_MS)
  await closed
  clearTimeout(timer)
}
