import { createServer as createHttpServer } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { Server } from 'node:http'
import type { ProviderAuthority } from './provider-certificates.ts'

/** A server on loopback that listens. */
export interface LoopbackServer {
  readonly server: Server
  /** Where it is, such as `http://127.0.0.1:41234`. */
  readonly origin: string
  readonly port: number
  /** Ends it, with whoever still waits for an answer. */
  readonly close: () => Promise<void>
}

/** Starts to listen on 127.0.0.1; with an authority over TLS, where clients may show certificates and none has to. */
export async function listen(port: number, authority: ProviderAuthority | undefined): Promise<LoopbackServer> {
  const server = authority === undefined ? createHttpServer() : createTlsServer(authority)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('startFakeProvider: no address')
  const scheme = authority === undefined ? 'http' : 'https'
  return { server, port: address.port, origin: `${scheme}://127.0.0.1:${address.port}`, close: () => close(server) }
}

function createTlsServer({ ca, server }: ProviderAuthority): Server {
  const { certificate, key } = server
  return createHttpsServer({ cert: certificate, key, ca, requestCert: true, rejectUnauthorized: false })
}

function close(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error ? reject(error) : resolve()))
    // Whoever is still waiting for an answer that never comes is let go.
    server.closeAllConnections()
  })
}
