import { Writable } from 'node:stream'
import type { WritableOptions } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { guardTransport } from './guard-transport.ts'

interface Guarded {
  readonly transport: Writable
  readonly errors: unknown[]
  readonly settled: () => number
}

function guard(options: WritableOptions): Guarded {
  const transport = new Writable({ objectMode: true, autoDestroy: false, ...options })
  const errors: unknown[] = []
  let settled = 0
  transport.on('error', (error) => errors.push(error))
  guardTransport(transport, () => settled++)
  return { transport, errors, settled: () => settled }
}

describe('guardTransport', () => {
  test('tells when a write is completed, and not before', () => {
    let complete: () => void = () => undefined
    const { transport, settled } = guard({ write: (_chunk, _encoding, done) => (complete = done) })

    transport.write({})
    expect(settled()).toBe(0)

    complete()
    expect(settled()).toBe(1)
  })

  test('makes an exception the error of the write', async () => {
    const error = new Error('thrown')
    const { transport, errors, settled } = guard({
      write() {
        throw error
      },
    })

    expect(() => transport.write({})).not.toThrow()

    await expect.poll(() => errors).toEqual([error])
    expect([settled(), transport.writableLength]).toEqual([1, 0])
  })

  test('makes an exception the error of several writes', async () => {
    const error = new Error('thrown')
    const { transport, errors } = guard({
      writev() {
        throw error
      },
    })

    transport.cork()
    transport.write({})
    transport.write({})
    transport.uncork()

    await expect.poll(() => errors).toEqual([error])
  })

  test('lets an exception be heard that comes after the write was completed', () => {
    const error = new Error('thrown')
    const { transport, errors, settled } = guard({
      write(_chunk, _encoding, done) {
        done()
        throw error
      },
    })

    transport.write({})

    expect([errors, settled()]).toEqual([[error], 1])
  })

  test('completes a write once, however often the transport says so', () => {
    const { transport, errors, settled } = guard({
      write(_chunk, _encoding, done) {
        done()
        done()
      },
    })

    transport.write({})

    expect([errors, settled()]).toEqual([[], 1])
  })
})
