import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What a request is answered with: a status, or nothing, with the connection cut or left open. */
export type HttpAnswer = number | 'cut' | 'hang'

/** A server that takes JSON by POST. */
export interface HttpReceiver {
  readonly port: number
  /** What it accepted with 200. */
  readonly bodies: readonly unknown[]
  readonly stop: () => Promise<void>
}

/** Starts a server; `answer` decides by the number of the request, from 0. */
export async function startHttpReceiver(answer: (request: number) => HttpAnswer = () => 200): Promise<HttpReceiver> {
  const bodies: unknown[] = []
  let requests = 0
  const server = createServer((request, response) => {
    const chosen = answer(requests++)
    void readBody(request).then((body) => {
      if (chosen === 200) bodies.push(JSON.parse(body))
      respond(request, response, chosen)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port }: Pick<AddressInfo, 'port'> = Object(server.address())
  return {
    port,
    bodies,
    async stop(): Promise<void> {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

function respond(request: IncomingMessage, response: ServerResponse, answer: HttpAnswer): void {
  if (answer === 'hang') return
  if (answer === 'cut') {
    request.socket.destroy()
    return
  }
  response.writeHead(answer).end('{}')
}
