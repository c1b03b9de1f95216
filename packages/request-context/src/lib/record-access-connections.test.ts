import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import express from 'express'
import type { RequestHandler } from 'express'
import fc from 'fast-check'
import { contextOf } from '@sallyport/audit/context'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createRecorder, keyring } from '../../test/recorder.ts'
import type { Recorder } from '../../test/recorder.ts'
import { promised } from '../../test/promised.ts'
import { recordAccess } from './record-access.ts'
import { requestContext } from './request-context.ts'

interface Served extends Recorder {
  readonly server: Server
  /** Sends a request for `/`, and resolves when it is sent. */
  readonly send: (head?: string) => Promise<Socket>
}

/** Listens with one recorded route. */
async function serve(handler: RequestHandler): Promise<Served> {
  return await serveAll((record) => [record, handler])
}

async function serveAll(handlers: (record: RequestHandler) => RequestHandler[]): Promise<Served> {
  const recorder = createRecorder()
  const app = express()
  app.use(requestContext({ keyring }))
  app.get('/', ...handlers(recordAccess({ audit: recorder.audit })))
  const server = createServer(app).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const send = async (head = ''): Promise<Socket> => {
    const socket = connect(port, '127.0.0.1').on('error', () => undefined)
    await new Promise<void>((resolve) => void socket.write(`GET / HTTP/1.1\r\nHost: x\r\n${head}\r\n`, () => resolve()))
    return socket
  }
  return { ...recorder, server, send }
}

describe('recordAccess and connections', () => {
  test('records a request whose client hangs up while a handler never answers', async () => {
    const arrived = promised<void>()
    const { send, until } = await serve(() => arrived.resolve())

    const socket = await send()
    await arrived.promise
    socket.destroy()

    expect(await until(1)).toMatchObject([
      { type: 'access.completed', outcome: 'failure', reason: 'aborted', data: { aborted: true } },
    ])
  })

  test('records a stream that is cut off, with the status that was sent', async () => {
    const { send, until } = await serve((_req, res) => void res.status(206).write('begin'))

    const socket = await send()
    await once(socket, 'data')
    socket.destroy()

    expect((await until(1))[0]).toMatchObject({ outcome: 'failure', data: { status: 206, aborted: true } })
  })

  test('records a stream once, when all of it has been sent', async () => {
    const { send, until, events } = await serve((_req, res) => {
      for (const part of ['a', 'b', 'c']) res.write(part)
      setTimeout(() => res.end('d'), 5)
    })

    const socket = await send('Connection: close\r\n')
    await once(socket.resume(), 'close')

    expect((await until(1))[0]).toMatchObject({ outcome: 'success', data: { status: 200, aborted: false } })
    expect(events).toHaveLength(1)
  })

  test('records each request of a connection that is kept', async () => {
    const { send, until } = await serve((_req, res) => void res.end('done'))

    const socket = await send()
    await once(socket, 'data')
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')

    expect(await until(2)).toHaveLength(2)
    socket.destroy()
  })

  test('records a request that is still under way when the server drops all connections', async () => {
    const arrived = promised<void>()
    const { server, send, until } = await serve(() => arrived.resolve())

    await send()
    await arrived.promise
    server.closeAllConnections()

    expect((await until(1))[0]?.reason).toBe('aborted')
  })

  test('records a client that hung up before the recorder was reached', async () => {
    const arrived = promised<void>()
    const { send, until } = await serveAll((record) => [
      (_req, res, next) => {
        arrived.resolve()
        res.once('close', () => setImmediate(() => next()))
      },
      record,
    ])

    const socket = await send()
    await arrived.promise
    socket.destroy()

    expect((await until(1))[0]).toMatchObject({ type: 'access.completed', reason: 'aborted' })
  })

  test('tells a gate that is still at work that the end is recorded', async () => {
    const arrived = promised<void>()
    const gate = promised<unknown>()
    const { send } = await serve((req, res) => {
      arrived.resolve()
      res.once('close', () => setImmediate(() => gate.resolve(contextOf(req)?.gate)))
    })

    const socket = await send()
    await arrived.promise
    socket.destroy()

    expect(await gate.promise).toBe('completing')
  })

  test('makes exactly one record of each request, however it ends (property)', async () => {
    const { send, until, events } = await serve((req, res) => {
      const how = Number(req.headers['x-how'])
      if (how % 3 === 0) res.status(how % 2 === 0 ? 200 : 401).end('x'.repeat(how))
      else if (how % 3 === 1) res.write('part')
      else res.destroy()
    })
    let sent = 0
    let refused = 0

    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 8 }), async (ways) => {
        const sockets = await Promise.all(ways.map((how) => send(`X-How: ${how}\r\n`)))
        await Promise.all(sockets.map((socket) => Promise.race([once(socket, 'data'), once(socket, 'close')])))
        for (const socket of sockets) socket.destroy()
        sent += ways.length
        refused += ways.filter((how) => how % 3 === 0 && how % 2 !== 0).length
        await until(sent + refused)

        const completed = events.filter(({ type }) => type === 'access.completed')
        expect([completed.length, new Set(completed.map(({ requestId }) => requestId)).size]).toEqual([sent, sent])
      }),
      { numRuns: 25 },
    )
  })
})
