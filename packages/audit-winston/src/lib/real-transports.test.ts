import { createWriteStream, readdirSync, readFileSync } from 'node:fs'
import type { WriteStream } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { Writable } from 'node:stream'

import { describe, expect, test, vi } from 'vitest'
import winston from 'winston'

import { startHttpReceiver, type HttpAnswer } from '../../test/http-receiver.ts'
import { forwardAll, idsIn, withLedger } from '../../test/ledger.ts'
import { winstonSink } from './winston-sink.ts'

// Each test: what is in the ledger is what arrived, without anything missing and, by event id, without anything twice.

const DailyRotateFile: new (options: object) => winston.transport = createRequire(import.meta.url)(
  'winston-daily-rotate-file',
)

function loggerOf(...transports: winston.transport[]): winston.Logger {
  return winston.createLogger({ transports })
}

function idsOfAll(folder: string, files: readonly string[]): ReadonlySet<string> {
  return new Set(files.flatMap((name) => idsIn(readFileSync(join(folder, name), 'utf8'))))
}

describe("winston's Console", () => {
  test('v5.0.0-16.4.3 gets everything', async () => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => undefined)
    await withLedger(async (world) => {
      const ids = await forwardAll(
        world,
        winstonSink(() => loggerOf(new winston.transports.Console({ forceConsole: true }))),
      )
      const text = log.mock.calls.map(([line]) => String(line)).join('\n')
      log.mockRestore()

      expect(idsIn(text)).toEqual(ids)
    })
  })
})

describe("winston's File", () => {
  test('gets everything, though its file is taken away under it and its stream destroyed', async () => {
    await withLedger(async (world) => {
      const filename = join(world.folder, 'audit.log')
      let made = 0
      const make = (): winston.Logger => {
        const transport = new winston.transports.File({ filename })
        if (made++ < 3) transport.once('open', () => Reflect.get(transport, '_dest')?.destroy(new Error('dropped')))
        return loggerOf(transport)
      }
      const ids = await forwardAll(world, winstonSink(make, { acknowledge: 'flushed', timeoutMs: 200 }))

      expect(made).toBeGreaterThan(3)
      expect(idsIn(readFileSync(filename, 'utf8'))).toEqual(ids)
    })
  })

  test('gets everything though it rotates by size', async () => {
    await withLedger(async (world) => {
      const make = (): winston.Logger =>
        loggerOf(new winston.transports.File({ filename: join(world.folder, 'audit.log'), maxsize: 20_000 }))
      const sink = winstonSink(make, { acknowledge: 'flushed', timeoutMs: 200, batchSize: 10 })
      const ids = await forwardAll(world, sink, 90)
      const files = readdirSync(world.folder).filter((name) => name.endsWith('.log'))

      expect(files.length).toBeGreaterThan(1)
      expect(idsOfAll(world.folder, files)).toEqual(new Set(ids))
    })
  })
})

describe('winston-daily-rotate-file', () => {
  test('gets everything, whole by the time a batch counts as delivered', async () => {
    await withLedger(async (world) => {
      const options = {
        dirname: world.folder,
        filename: 'audit-%DATE%.log',
        maxSize: '4k',
        auditFile: join(world.folder, 'a.json'),
      }
      const make = (): winston.Logger => loggerOf(new DailyRotateFile(options))
      const ids = await forwardAll(world, winstonSink(make, { acknowledge: 'flushed' }))
      const files = readdirSync(world.folder).filter((name) => /^audit-.*log/.test(name))

      expect(files.length).toBeGreaterThan(1)
      expect(idsOfAll(world.folder, files)).toEqual(new Set(ids))
    })
  })

  test('says so when its file breaks, instead of ending the process, and gets everything from the next one', async () => {
    await withLedger(async (world) => {
      const filename = join(world.folder, 'audit.log')
      let made = 0
      const make = (): winston.Logger => {
        const transport = new DailyRotateFile({ filename, auditFile: join(world.folder, 'a.json'), datePattern: '[x]' })
        if (made++ === 0) setImmediate(() => Reflect.get(transport, 'logStream').emit('error', new Error('disk full')))
        return loggerOf(transport)
      }
      const ids = await forwardAll(world, winstonSink(make, { acknowledge: 'flushed', timeoutMs: 500 }))

      expect(made).toBeGreaterThan(1)
      const files = readdirSync(world.folder).filter((name) => name.startsWith('audit.log'))
      expect(idsOfAll(world.folder, files)).toEqual(new Set(ids))
    })
  })
})

describe("winston's Http", () => {
  test.each<[string, (request: number) => HttpAnswer]>([
    ['that is well', () => 200],
    ['that answers 503 for a while', (request) => (request < 30 ? 503 : 200)],
    ['that answers 503 now and then', (request) => (request < 40 && request % 7 === 3 ? 503 : 200)],
    ['that cuts connections', (request) => (request < 40 && request % 5 === 2 ? 'cut' : 200)],
    ['that hangs for a while', (request) => (request < 10 ? 'hang' : 200)],
  ])('v5.0.0-16.4.3 gets everything to a server %s', async (_what, answer) => {
    const receiver = await startHttpReceiver(answer)
    await withLedger(async (world) => {
      const make = (): winston.Logger =>
        loggerOf(new winston.transports.Http({ host: '127.0.0.1', port: receiver.port, path: 'audit' }))
      const sink = winstonSink(make, { acknowledge: 'logged', timeoutMs: 200, batchSize: 16 })
      const ids = await forwardAll(world, sink, 30)

      expect(new Set(receiver.bodies.map((body) => Object(body).audit.id))).toEqual(new Set(ids))
    })
    await receiver.stop()
  })

  test('holds everything until there is a server', async () => {
    const absent = await startHttpReceiver()
    await absent.stop()
    const receiver = await startHttpReceiver()
    await withLedger(async (world) => {
      const ports = [absent.port, absent.port, absent.port]
      const make = (): winston.Logger =>
        loggerOf(new winston.transports.Http({ host: '127.0.0.1', port: ports.shift() ?? receiver.port }))
      const ids = await forwardAll(world, winstonSink(make, { acknowledge: 'logged', timeoutMs: 500 }), 30)

      expect(new Set(receiver.bodies.map((body) => Object(body).audit.id))).toEqual(new Set(ids))
    })
    await receiver.stop()
  })

  test.each([[{}], [{ acknowledge: 'flushed' as const }]])(
    'is refused where it would lose events unseen',
    (options) => {
      const make = (): winston.Logger => loggerOf(new winston.transports.Http({ port: 9 }))

      expect(() => winstonSink(make, options)).toThrow(expect.objectContaining({ code: 'ERR_AUDIT_WINSTON_OPTIONS' }))
    },
  )

  test('is refused with batches of its own, which do not tell what became of each event', () => {
    const make = (): winston.Logger => loggerOf(new winston.transports.Http({ port: 9, batch: true }))

    expect(() => winstonSink(make, { acknowledge: 'logged' })).toThrow(
      expect.objectContaining({ code: 'ERR_AUDIT_WINSTON_OPTIONS' }),
    )
  })
})

describe("winston's Stream", () => {
  test('gets everything, though its stream is destroyed again and again', async () => {
    await withLedger(async (world) => {
      const filename = join(world.folder, 'audit.log')
      const streams: WriteStream[] = []
      const make = (): winston.Logger => {
        const stream = createWriteStream(filename, { flags: 'a' })
        if (streams.push(stream) <= 4) setTimeout(() => stream.destroy(), 1)
        return loggerOf(new winston.transports.Stream({ stream }))
      }
      const ids = await forwardAll(world, winstonSink(make, { timeoutMs: 500 }))

      expect(streams.length).toBeGreaterThan(4)
      expect(idsIn(readFileSync(filename, 'utf8'))).toEqual(ids)
    })
  })

  test.each([
    ['reports an error', (done: Done) => done(new Error('broken pipe'))],
    ['hangs', () => undefined],
    [
      'throws',
      () => {
        throw new Error('broken')
      },
    ],
  ])('gets everything, though a stream %s', async (_what, misbehave) => {
    await withLedger(async (world) => {
      let text = ''
      let writes = 0
      const make = (): winston.Logger => {
        const stream = new Writable({
          write(chunk, _encoding, done) {
            if ([10, 30, 50].includes(++writes)) return misbehave(done)
            text += String(chunk)
            done()
          },
        })
        return loggerOf(new winston.transports.Stream({ stream }))
      }
      const ids = await forwardAll(world, winstonSink(make, { timeoutMs: 50, batchSize: 8 }))

      expect(writes).toBeGreaterThan(50)
      expect(idsIn(text)).toEqual(ids)
    })
  })
})

describe('a transport that refuses one event for good', () => {
  test('gets all others, and the ledger names the one', async () => {
    await withLedger(async (world) => {
      let text = ''
      let poison = ''
      const make = (): winston.Logger => {
        const transport = new winston.transports.Stream({ stream: process.stderr })
        transport.log = (
          info: { readonly audit: { readonly id: string; readonly type: string } },
          done: Done,
        ): void => {
          poison ||= info.audit.type === 'access.allowed' ? info.audit.id : ''
          if (info.audit.id === poison) return done(new Error('too large'))
          text += `${JSON.stringify(info)}\n`
          done()
        }
        return loggerOf(transport)
      }
      const ids = await forwardAll(world, winstonSink(make, { deadLetterAfter: 2 }))

      expect(new Set(idsIn(text))).toEqual(new Set(ids.filter((id) => id !== poison)))
      expect((await world.audit.query({ type: 'sink.dead_lettered' })).events.map(({ data }) => data)).toMatchObject([
        { sink: 'winston', event: poison },
      ])
    })
  })
})

type Done = (error?: Error) => void
