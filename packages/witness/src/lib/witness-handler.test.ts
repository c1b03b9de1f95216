import { hash } from 'node:crypto'
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { createMemoryStore } from '@sallyport/store'
import { describe, expect, test } from 'vitest'
import { ORIGIN, testLog } from '../../test/log.ts'
import { withServer } from '../../test/serve.ts'
import { testWitness } from '../../test/witness.ts'
import { witnessHandler, type WitnessHandlerOptions } from './witness-handler.ts'

const code = (value: string): unknown => expect.objectContaining({ code: value })
const log = await testLog(16)
const other = await testLog(16, 'another history')
const CHECKPOINT = `/${hash('sha256', ORIGIN)}/checkpoint`

describe('the protocol over HTTP', () => {
  test('answers each request with the status, type and body of the specification', async () => {
    await serve({}, async (url) => {
      const table = [
        { body: 'garbage', answer: [400, 'text/plain; charset=utf-8'] },
        { body: await (await testLog(5, 'entry', 9)).body(0, 5), answer: [403, 'text/plain; charset=utf-8'] },
        { body: (await log.body(0, 5)).replace(ORIGIN, 'unknown.example'), answer: [404, 'text/plain; charset=utf-8'] },
        { body: await log.body(0, 5), answer: [200, 'text/plain; charset=utf-8'] },
        { body: await log.body(0, 5), answer: [409, 'text/x.tlog.size'] },
        { body: await other.body(5, 9), answer: [422, 'text/plain; charset=utf-8'] },
        { body: await other.body(5, 5), answer: [422, 'text/plain; charset=utf-8'] },
        { body: `old 9\n\n${await log.note(5)}`, answer: [400, 'text/plain; charset=utf-8'] },
        { body: await log.body(5, 9), answer: [200, 'text/plain; charset=utf-8'] },
      ]
      for (const { body, answer } of table) {
        const response = await fetch(`${url}/add-checkpoint`, { method: 'POST', body })

        expect([response.status, response.headers.get('content-type')]).toEqual(answer)
      }
      const conflict = await fetch(`${url}/add-checkpoint`, { method: 'POST', body: await log.body(0, 5) })

      await expect(conflict.text()).resolves.toBe('9\n')
    })
  })

  test('gives the checkpoint that was cosigned last under the hash of its origin, and 404 before', async () => {
    await serve({}, async (url) => {
      const before = await fetch(url + CHECKPOINT)
      await fetch(`${url}/add-checkpoint`, { method: 'POST', body: await log.body(0, 5) })
      const after = await fetch(url + CHECKPOINT)
      const head = await fetch(url + CHECKPOINT, { method: 'HEAD' })

      expect(before.status).toBe(404)
      expect([after.status, head.status, after.headers.get('cache-control')]).toEqual([200, 200, 'no-cache'])
      await expect(after.text()).resolves.toMatch(/^log\.example\/test\n5\n.*— witness\.example\/w1 /s)
    })
  })

  test('answers other methods with 405 and other paths with 404', async () => {
    await serve({}, async (url) => {
      const get = await fetch(`${url}/add-checkpoint`)
      const post = await fetch(url + CHECKPOINT, { method: 'POST', body: 'x' })

      expect([get.status, get.headers.get('allow')]).toEqual([405, 'POST'])
      expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
      expect((await fetch(`${url}/`)).status).toBe(404)
      expect((await fetch(`${url}/${hash('sha256', 'stranger')}/checkpoint`)).status).toBe(404)
      expect((await fetch(`${url}/../add-checkpoint/`, { method: 'POST' })).status).toBe(404)
    })
  })

  test('is served under prefixes of its own', async () => {
    await serve({ submissionPrefix: '/witness/v1', monitoringPrefix: '/monitor' }, async (url) => {
      const submit = await fetch(`${url}/witness/v1/add-checkpoint`, { method: 'POST', body: await log.body(0, 5) })

      expect(submit.status).toBe(200)
      expect((await fetch(`${url}/monitor${CHECKPOINT}`)).status).toBe(200)
      expect((await fetch(`${url}/add-checkpoint`, { method: 'POST' })).status).toBe(404)
    })
  })

  test('takes several requests over one connection', async () => {
    await serve({}, async (url) => {
      const socket = connect(Number(new URL(url).port), '127.0.0.1')
      const body = 'garbage'
      const one = `POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: ${body.length}\r\n\r\n${body}`
      const answer = readUntil(socket, /(?:HTTP\/1\.1 400[^]*){2}/)
      socket.write(one + one)

      await expect(answer).resolves.not.toContain('close')
      socket.destroy()
    })
  })
})

describe('bounds', () => {
  test('refuse a body that says it is too long before it has come', async () => {
    await serve({}, async (url) => {
      const socket = connect(Number(new URL(url).port), '127.0.0.1')
      const answer = readUntil(socket, /HTTP\/1\.1 413[^]*too long/)
      socket.write('POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: 65537\r\n\r\n')

      await expect(answer).resolves.toContain('close')
      socket.destroy()
    })
  })

  test('refuse a body that does not say how long it is once it is too long', async () => {
    await serve({ maxBodyBytes: 1_024 }, async (url) => {
      const status = await new Promise((resolve, reject) => {
        const asking = httpRequest(`${url}/add-checkpoint`, { method: 'POST' }, ({ statusCode }) => resolve(statusCode))
        asking.on('error', reject)
        asking.write('a'.repeat(600))
        asking.write('a'.repeat(600))
      })

      expect(status).toBe(413)
    })
  })

  test('refuse a body that never comes to its end', async () => {
    await serve({ timeoutMs: 20 }, async (url) => {
      const socket = connect(Number(new URL(url).port), '127.0.0.1')
      const answer = readUntil(socket, /HTTP\/1\.1 408[^]*too long/)
      socket.write('POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: 100\r\n\r\nold')

      await expect(answer).resolves.toContain('close')
      socket.destroy()
    })
  })

  test('refuse an encoded body', async () => {
    await serve({}, async (url) => {
      const headers = { 'content-encoding': 'gzip' }
      const response = await fetch(`${url}/add-checkpoint`, { method: 'POST', body: 'x', headers })

      expect(response.status).toBe(415)
    })
  })

  test('let a client go away in the middle without trouble', async () => {
    const errors: unknown[] = []
    await serve({ onError: (error) => void errors.push(error) }, async (url) => {
      const socket = connect(Number(new URL(url).port), '127.0.0.1')
      await new Promise<void>((resolve) => {
        socket.write('POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: 100\r\n\r\nold', () => resolve())
      })
      socket.destroy()
      const next = await fetch(`${url}/add-checkpoint`, { method: 'POST', body: await log.body(0, 5) })

      expect([next.status, errors]).toEqual([200, []])
    })
  })
})

describe('trouble', () => {
  test('with the store is answered with 503 and told to the operator, not to the client', async () => {
    const store = createMemoryStore()
    await store.close()
    const errors: unknown[] = []
    const listener = witnessHandler(testWitness([log.verifierKey], { store }), {
      onError: (one) => void errors.push(one),
    })
    await withServer(listener, async (url) => {
      const response = await fetch(`${url}/add-checkpoint`, { method: 'POST', body: await log.body(0, 5) })

      expect(response.status).toBe(503)
      await expect(response.text()).resolves.toBe('The witness cannot answer now.\n')
      expect(errors).toEqual([code('ERR_STORE_CLOSED')])
    })
  })

  test('is a process warning when nobody is told', async () => {
    const store = createMemoryStore()
    await store.close()
    const warned = new Promise<Error>((resolve) => {
      process.on('warning', (warning) => {
        if (warning.name === 'WitnessWarning') resolve(warning)
      })
    })
    await withServer(witnessHandler(testWitness([log.verifierKey], { store })), async (url) => {
      await fetch(`${url}/add-checkpoint`, { method: 'POST', body: await log.body(0, 5) })

      await expect(warned).resolves.toMatchObject({ code: 'ERR_STORE_CLOSED' })
    })
  })
})

describe('witnessHandler', () => {
  test('refuses options that it does not know or that are out of bounds', () => {
    const make = (options: object) => (): unknown => witnessHandler(testWitness([log.verifierKey]), options)

    expect(make({ submissionPrefix: 'witness' })).toThrow(code('ERR_WITNESS_OPTIONS'))
    expect(make({ submissionPrefix: '/witness/' })).toThrow(code('ERR_WITNESS_OPTIONS'))
    expect(make({ monitoringPrefix: '/a b' })).toThrow(code('ERR_WITNESS_OPTIONS'))
    expect(make({ maxBodyBytes: 65_537 })).toThrow(code('ERR_WITNESS_OPTIONS'))
    expect(make({ timeoutMs: 0 })).toThrow(code('ERR_WITNESS_OPTIONS'))
    expect(make({ prefix: '/w' })).toThrow(code('ERR_WITNESS_OPTIONS'))
    expect(make({ submissionPrefix: undefined, timeoutMs: undefined })).not.toThrow()
  })
})

async function serve(options: WitnessHandlerOptions, use: (url: string) => Promise<void>): Promise<void> {
  await withServer(witnessHandler(testWitness([log.verifierKey]), options), use)
}

async function readUntil(socket: ReturnType<typeof connect>, pattern: RegExp): Promise<string> {
  let text = ''
  return await new Promise((resolve, reject) => {
    socket.on('error', reject)
    socket.on('data', (chunk) => {
      text += chunk.toString()
      if (pattern.test(text)) resolve(text)
    })
  })
}
