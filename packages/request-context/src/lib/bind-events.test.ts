import { once } from 'node:events'
import { createServer, request } from 'node:http'
import { contextOf, currentContext, setContext } from '@sallyport/audit/context'
import express from 'express'
import { describe, expect, onTestFinished, test } from 'vitest'
import { promised } from '../../test/promised.ts'
import { keyring } from '../../test/recorder.ts'
import { requestContext } from './request-context.ts'

/** Serves one POST whose body comes in two parts; resolves when the response is closed and the client has its answer. */
async function post(serve: express.RequestHandler): Promise<void> {
  const app = express()
  app.use(requestContext({ keyring }))
  app.post('/', serve)
  const server = createServer(app).listen(0, '127.0.0.1')
  onTestFinished(() => server.close().closeAllConnections())
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const client = request({ port, host: '127.0.0.1', method: 'POST' })
  await new Promise<void>((resolve) => void client.write('first', () => resolve()))
  setTimeout(() => client.end('last'), 5)
  const [answer] = await once(client, 'response')
  await once(answer.resume(), 'end')
}

describe('listeners of a request and its response', () => {
  test('run in the context of the request, though Node emits from the connection', async () => {
    const seen = new Map<string, string | undefined>()
    let id: string | undefined
    const closed = promised<void>()

    await post((req, res) => {
      id = contextOf(req)?.requestId
      const note = (name: string) => (): void => void seen.set(name, currentContext()?.requestId)
      req.on('data', note('data')).on('end', note('end'))
      req.on('end', () => res.end('done'))
      res.on('finish', note('finish')).on('close', note('close'))
      res.on('close', () => closed.resolve())
    })
    await closed.promise

    expect(Object.fromEntries(seen)).toEqual({ data: id, end: id, finish: id, close: id })
    expect(id).toMatch(/^\w{32}$/)
  })

  test('see what was found out of the request last, and renew it for who emits', async () => {
    const seen: unknown[] = []

    await post((req, res) => {
      const leave = (user: string): void => setContext(req, { requestId: '', ...contextOf(req), who: { user } })
      leave('ada')
      req.on('own', () => leave('bob'))
      req.emit('own')
      seen.push(currentContext()?.who)
      req.on('end', () => {
        seen.push(currentContext()?.who)
        res.end()
      })
      req.resume()
    })

    expect(seen).toEqual([{ user: 'bob' }, { user: 'bob' }])
  })
})
