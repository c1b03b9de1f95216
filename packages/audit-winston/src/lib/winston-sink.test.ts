import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import type { LedgerEvent } from '@sallyport/audit'
import fc from 'fast-check'
import { afterEach, describe, expect, test, vi } from 'vitest'
import winston from 'winston'
import type { Logger } from 'winston'
import { winstonSink } from './winston-sink.ts'

type Done = (error?: Error) => void
type Behaviour = (info: { readonly audit: LedgerEvent; readonly level: string }, done: Done) => void

const folders: string[] = []

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

function eventOf(index: number, more: Partial<LedgerEvent> = {}): LedgerEvent {
  return {
    v: 1,
    id: `e${index}`,
    type: 'access.allowed',
    at: '2026-01-01T00:00:00.000Z',
    writer: { id: 'w', boot: 'b', seq: index + 1 },
    outcome: 'success',
    data: { requirement: 'default' },
    index,
    ...more,
  }
}

function eventsOf(count: number, from = 0): LedgerEvent[] {
  return Array.from({ length: count }, (_, index) => eventOf(from + index))
}

/** A transport that behaves as told for each event, and remembers what it was given. */
class Recorder extends winston.transports.Stream {
  readonly seen: string[] = []
  readonly #behave: Behaviour

  constructor(behave: Behaviour = (_info, done) => done()) {
    super({ stream: process.stderr })
    this.#behave = behave
  }

  override log(info: Parameters<Behaviour>[0], next: () => void): void {
    this.seen.push(info.audit.id)
    this.#behave(info, next)
  }
}

function once(behave: Behaviour): Behaviour {
  let done = false
  return (info, next) => {
    if (done) return next()
    done = true
    behave(info, next)
  }
}

function loggerOf(transport: winston.transport, options: winston.LoggerOptions = {}): Logger {
  return winston.createLogger({ transports: [transport], ...options })
}

function captured(): { readonly stream: Writable; readonly lines: () => readonly unknown[] } {
  let text = ''
  const stream = new Writable({
    write(chunk, _encoding, callback) {
      text += String(chunk)
      callback()
    },
  })
  return { stream, lines: () => parseLines(text) }
}

function parseLines(text: string): unknown[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line): unknown => JSON.parse(line))
}

function idsIn(filename: string): string[] {
  return parseLines(readFileSync(filename, 'utf8')).map((line) => String(Object(line).audit.id))
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'audit-winston-'))
  folders.push(folder)
  return folder
}

function refusedWith(code: string): unknown {
  return expect.objectContaining({ name: 'AuditWinstonError', code })
}

describe('winstonSink', () => {
  test('v5.0.0-16.2.4 writes each event as one JSON line with the event inside', async () => {
    const { stream, lines } = captured()
    const sink = winstonSink(loggerOf(new winston.transports.Stream({ stream })))

    await sink.write([eventOf(0), eventOf(1, { outcome: 'failure', reason: 'wrong_code' })])

    expect(lines()).toEqual([
      { level: 'info', message: 'access.allowed', audit: eventOf(0) },
      { level: 'warn', message: 'access.allowed', audit: eventOf(1, { outcome: 'failure', reason: 'wrong_code' }) },
    ])
  })

  test('is named winston unless told otherwise', () => {
    const logger = loggerOf(new Recorder())

    expect(winstonSink(logger).name).toBe('winston')
    expect(winstonSink(logger, { name: 'siem' }).name).toBe('siem')
  })

  test('writes with the levels it is told', async () => {
    const { stream, lines } = captured()
    const transport = new winston.transports.Stream({ stream })
    const logger = loggerOf(transport, { levels: winston.config.syslog.levels, level: 'notice' })
    const sink = winstonSink(logger, { level: 'notice', failureLevel: 'warning' })

    await sink.write([eventOf(0), eventOf(1, { outcome: 'failure' })])

    expect(lines()).toMatchObject([{ level: 'notice' }, { level: 'warning' }])
  })

  test('adds what the logger adds to every line', async () => {
    const { stream, lines } = captured()
    const logger = loggerOf(new winston.transports.Stream({ stream }), { defaultMeta: { service: 'bank', audit: 0 } })

    await winstonSink(logger).write([eventOf(0)])

    expect(lines()).toMatchObject([{ service: 'bank', audit: { id: 'e0' } }])
  })

  test('writes through a child logger', async () => {
    const { stream, lines } = captured()
    const logger = loggerOf(new winston.transports.Stream({ stream })).child({ service: 'bank' })

    await winstonSink(logger).write(eventsOf(20))

    expect(lines()).toHaveLength(20)
    expect(lines()[0]).toMatchObject({ service: 'bank', audit: { id: 'e0' } })
  })

  test('writes to the console', async () => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => undefined)
    const sink = winstonSink(loggerOf(new winston.transports.Console({ forceConsole: true })))

    await sink.write(eventsOf(2))
    const lines = log.mock.calls.map(([line]) => Object(JSON.parse(String(line))).audit.id)
    log.mockRestore()

    expect(lines).toEqual(['e0', 'e1'])
  })

  test('writes to a file, whole by the time it is closed', async () => {
    const filename = join(temporaryFolder(), 'audit.log')
    const sink = winstonSink(() => loggerOf(new winston.transports.File({ filename })))

    await sink.write(eventsOf(500))
    await sink.close?.()

    expect(parseLines(readFileSync(filename, 'utf8'))).toMatchObject(eventsOf(500).map((audit) => ({ audit })))
  })

  test('v5.0.0-16.4.1 keeps one event on one line, whatever stands in it (property)', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), async (text) => {
        const { stream, lines } = captured()
        const sink = winstonSink(loggerOf(new winston.transports.Stream({ stream })))

        await sink.write([
          eventOf(0, { data: { requirement: `\r\n{"forged":true}\n\u001b[2J\u2028${text}` } }),
          eventOf(1),
        ])

        expect(lines()).toHaveLength(2)
      }),
      { numRuns: 50 },
    )
  })

  test('resolves only when a slow transport has taken the last event, in order', async () => {
    const recorder = new Recorder((_info, done) => setImmediate(done))
    const sink = winstonSink(loggerOf(recorder))

    await sink.write(eventsOf(100))

    expect(recorder.seen).toEqual(eventsOf(100).map(({ id }) => id))
    expect(recorder.writableLength).toBe(0)
  })

  test('waits for every transport', async () => {
    const slow = new Recorder((_info, done) => setTimeout(done, 5))
    const quick = new Recorder()
    const sink = winstonSink(winston.createLogger({ transports: [quick, slow] }))

    await sink.write(eventsOf(3))

    expect([quick.seen.length, slow.seen.length, slow.writableLength]).toEqual([3, 3, 0])
  })

  test('respects a transport that takes one thing at a time', async () => {
    const seen: unknown[] = []
    const stream = new Writable({
      objectMode: true,
      highWaterMark: 1,
      write(info, _encoding, callback) {
        seen.push(Object(info).audit.id)
        setImmediate(callback)
      },
    })
    const sink = winstonSink(loggerOf(new winston.transports.Stream({ stream })))

    await sink.write(eventsOf(50))

    await expect.poll(() => seen).toEqual(eventsOf(50).map(({ id }) => id))
  })

  test('takes an empty batch', async () => {
    await expect(winstonSink(loggerOf(new Recorder())).write([])).resolves.toBeUndefined()
  })
})

describe('winstonSink at start-up', () => {
  test.each([
    ['a silent logger', { silent: true }, 'ERR_AUDIT_WINSTON_SILENT'],
    ['a logger for errors only', { level: 'error' }, 'ERR_AUDIT_WINSTON_LEVEL'],
    ['a logger for failures only', { level: 'warn' }, 'ERR_AUDIT_WINSTON_LEVEL'],
    ['a logger without that level', { levels: { error: 0, info: 1 } }, 'ERR_AUDIT_WINSTON_LEVEL'],
    ['a logger without transports', { transports: [] }, 'ERR_AUDIT_WINSTON_NO_TRANSPORT'],
  ])('LOG-07 refuses %s', (_what, options, code) => {
    expect(() => winstonSink(loggerOf(new Recorder(), options))).toThrow(refusedWith(code))
  })

  test('LOG-07 refuses a logger whose only transport is silent, or takes errors only', () => {
    const silent = new winston.transports.Console({ silent: true })
    const grave = new winston.transports.Console({ level: 'error' })

    expect(() => winstonSink(loggerOf(silent))).toThrow(refusedWith('ERR_AUDIT_WINSTON_SILENT'))
    expect(() => winstonSink(loggerOf(grave))).toThrow(refusedWith('ERR_AUDIT_WINSTON_LEVEL'))
  })

  test('accepts a grave transport beside one that takes all', () => {
    const transports = [new winston.transports.Console({ level: 'error' }), new Recorder()]

    expect(winstonSink(winston.createLogger({ transports })).name).toBe('winston')
  })

  test('refuses a logger that was ended', () => {
    const logger = loggerOf(new Recorder())
    logger.end()

    expect(() => winstonSink(logger)).toThrow(refusedWith('ERR_AUDIT_WINSTON_CLOSED'))
  })

  test.each([[null], [{}], [winston], [console], [() => undefined]])('refuses what is no logger', (logger) => {
    expect(() => Reflect.apply(winstonSink, undefined, [logger])).toThrow(refusedWith('ERR_AUDIT_WINSTON_OPTIONS'))
  })
})

describe('winstonSink under failure', () => {
  test('rejects when a transport fails, and delivers at the next try', async () => {
    const recorder = new Recorder(once((_info, done) => setImmediate(done, new Error('disk full'))))
    const sink = winstonSink(loggerOf(recorder))

    await expect(sink.write(eventsOf(3))).rejects.toMatchObject({
      code: 'ERR_AUDIT_WINSTON_TRANSPORT',
      cause: { message: 'disk full' },
    })
    await sink.write(eventsOf(3))

    expect(recorder.seen).toEqual(['e0', 'e0', 'e1', 'e2'])
  })

  test('rejects when a transport throws, and delivers at the next try', async () => {
    const fail: Behaviour = () => {
      throw new Error('disk full')
    }
    const recorder = new Recorder(once(fail))
    const sink = winstonSink(loggerOf(recorder))

    await expect(sink.write(eventsOf(3))).rejects.toMatchObject({
      code: 'ERR_AUDIT_WINSTON_TRANSPORT',
      cause: { message: 'disk full' },
    })
    await sink.write(eventsOf(3))

    expect(recorder.seen).toEqual(['e0', 'e0', 'e1', 'e2'])
  })

  test('offers nothing after the event that failed', async () => {
    const fail: Behaviour = ({ audit }, done) => done(audit.id === 'e2' ? new Error('refused') : undefined)
    const recorder = new Recorder(fail)

    await expect(winstonSink(loggerOf(recorder)).write(eventsOf(9))).rejects.toThrow(
      refusedWith('ERR_AUDIT_WINSTON_TRANSPORT'),
    )

    expect(recorder.seen).toEqual(['e0', 'e1', 'e2'])
  })

  test('rejects when the format throws', async () => {
    const format = winston.format(() => {
      throw new Error('format')
    })()

    await expect(winstonSink(loggerOf(new Recorder(), { format })).write(eventsOf(1))).rejects.toThrow(
      refusedWith('ERR_AUDIT_WINSTON_TRANSPORT'),
    )
  })

  test("rejects when a transport's own format throws", async () => {
    const format = winston.format(() => {
      throw new Error('format')
    })()
    const { stream } = captured()

    await expect(
      winstonSink(loggerOf(new winston.transports.Stream({ stream, format }))).write(eventsOf(1)),
    ).rejects.toThrow(refusedWith('ERR_AUDIT_WINSTON_TRANSPORT'))
  })

  test('rejects when a transport never calls back', async () => {
    const sink = winstonSink(loggerOf(new Recorder(() => undefined)), { timeoutMs: 20 })

    await expect(sink.write(eventsOf(1))).rejects.toThrow(refusedWith('ERR_AUDIT_WINSTON_STALLED'))
  })

  test('does not pile up events before a transport that never calls back', async () => {
    const logger = loggerOf(new Recorder(() => undefined))
    const sink = winstonSink(logger, { timeoutMs: 5 })

    for (let tries = 0; tries < 5; tries++) await sink.write(eventsOf(256)).catch(() => undefined)

    expect(logger.writableLength + logger.readableLength + (logger.transports[0]?.writableLength ?? 0)).toBe(1)
  })

  test('rejects when the logger was closed or went silent', async () => {
    const closed = loggerOf(new Recorder())
    const silent = loggerOf(new Recorder())
    const sinks = [winstonSink(closed), winstonSink(silent)]

    closed.close()
    silent.silent = true

    await expect(sinks[0]?.write(eventsOf(1))).rejects.toThrow(refusedWith('ERR_AUDIT_WINSTON_NO_TRANSPORT'))
    await expect(sinks[1]?.write(eventsOf(1))).rejects.toThrow(refusedWith('ERR_AUDIT_WINSTON_SILENT'))
  })

  test('rejects when a transport is taken off during the write', async () => {
    const recorder: Recorder = new Recorder((_info, done) => {
      logger.remove(recorder)
      done()
    })
    const logger = winston.createLogger({ transports: [recorder, new Recorder()] })

    await expect(winstonSink(logger).write(eventsOf(1))).rejects.toThrow(refusedWith('ERR_AUDIT_WINSTON_UNPIPED'))
  })

  test('tells at the next write of an error that came after the last, and sends the last events again', async () => {
    const recorder = new Recorder()
    const sink = winstonSink(loggerOf(recorder))
    await sink.write(eventsOf(2))
    recorder.emit('error', new Error('lost'))

    await expect(sink.write(eventsOf(1, 2))).rejects.toMatchObject({ code: 'ERR_AUDIT_WINSTON_TRANSPORT' })
    await sink.write(eventsOf(1, 2))

    expect(recorder.seen).toEqual(['e0', 'e1', 'e0', 'e1', 'e2'])
  })
})

describe('winstonSink, offered again what it has delivered', () => {
  test('asks the destination, though it has had all of it', async () => {
    let isDown = false
    const make = (): Logger => {
      const recorder = new Recorder((info, done) => {
        if (isDown || info.audit.id === 'e2') return done(new Error('unavailable'))
        recorder.emit('logged', info)
        done()
      })
      return loggerOf(recorder)
    }
    const sink = winstonSink(make, { acknowledge: 'logged' })
    await expect(sink.write(eventsOf(3))).rejects.toThrow(refusedWith('ERR_AUDIT_WINSTON_TRANSPORT'))
    isDown = true

    await expect(sink.write(eventsOf(1))).rejects.toThrow(refusedWith('ERR_AUDIT_WINSTON_TRANSPORT'))
    await expect(sink.write(eventsOf(2))).rejects.toThrow(refusedWith('ERR_AUDIT_WINSTON_TRANSPORT'))
    isDown = false
    await expect(sink.write(eventsOf(1))).resolves.toBeUndefined()
  })

  test('writes of a batch only what is missing, also after a part of it was offered alone', async () => {
    const seen: string[] = []
    let refused = 1
    const make = (): Logger => {
      const recorder = new Recorder((info, done) => {
        if (info.audit.id === 'e3' && refused-- > 0) return done(new Error('unavailable'))
        seen.push(info.audit.id)
        recorder.emit('logged', info)
        done()
      })
      return loggerOf(recorder)
    }
    const sink = winstonSink(make, { acknowledge: 'logged' })
    await expect(sink.write(eventsOf(5))).rejects.toThrow(refusedWith('ERR_AUDIT_WINSTON_TRANSPORT'))
    await sink.write(eventsOf(1))
    await sink.write(eventsOf(5))

    expect(seen).toEqual(['e0', 'e1', 'e2', 'e0', 'e3', 'e4'])
  })

  test('ends a batch that was given up before it goes on, where that one was', async () => {
    const held: (() => void)[] = []
    const recorder = new Recorder(({ audit }, done) => (audit.id === 'e1' ? held.push(done) : done()))
    const sink = winstonSink(loggerOf(recorder))
    const first = Promise.allSettled([sink.write(eventsOf(4))])
    await expect.poll(() => held.length).toBe(1)
    const second = Promise.allSettled([sink.write(eventsOf(4))])
    const third = sink.write(eventsOf(4))
    held[0]?.()
    await third

    const reason = refusedWith('ERR_AUDIT_WINSTON_STALLED')
    expect([...(await first), ...(await second)]).toEqual(Array(2).fill({ status: 'rejected', reason }))
    expect(recorder.seen).toEqual(['e0', 'e1', 'e2', 'e3'])
  })

  test('does not begin again what was done after it was given up', async () => {
    const recorder = new Recorder((_info, done) => setImmediate(done))
    const sink = winstonSink(loggerOf(recorder))
    await sink.write(eventsOf(20))
    await sink.write(eventsOf(20))

    expect(recorder.seen).toEqual([...eventsOf(20), eventOf(19)].map(({ id }) => id))
  })

  test('never writes two batches at once, and ends with the last of 50', async () => {
    let [under, most] = [0, 0]
    const recorder = new Recorder((_info, done) => {
      most = Math.max(most, ++under)
      setImmediate(() => {
        under -= 1
        done()
      })
    })
    const sink = winstonSink(loggerOf(recorder))
    const settled = await Promise.allSettled(Array.from({ length: 50 }, () => sink.write(eventsOf(9))))

    expect(settled.map(({ status }) => status)).toEqual([...Array(49).fill('rejected'), 'fulfilled'])
    expect([most, recorder.seen]).toEqual([1, eventsOf(9).map(({ id }) => id)])
  })

  test('sends all of it again once it is in doubt', async () => {
    const recorder = new Recorder()
    const sink = winstonSink(loggerOf(recorder))
    await sink.write(eventsOf(2))
    recorder.emit('error', new Error('lost'))
    await sink.write(eventsOf(2)).catch(() => undefined)
    await sink.write(eventsOf(2))

    expect(recorder.seen).toEqual(['e0', 'e1', 'e0', 'e1'])
  })
})

describe('winstonSink with a function that makes loggers', () => {
  test('winston#1364 goes on with a new logger after a transport broke for good', async () => {
    const broken = new Recorder((_info, done) => done(new Error('broken')))
    const sound = new Recorder()
    const transports = [broken, sound]
    const sink = winstonSink(() => loggerOf(transports.shift() ?? sound))

    await expect(sink.write(eventsOf(2))).rejects.toThrow(refusedWith('ERR_AUDIT_WINSTON_TRANSPORT'))
    await sink.write(eventsOf(2))

    expect(sound.seen).toEqual(['e0', 'e1'])
  })

  test('notices a file that cannot be opened at once when it waits for the flush, and loses nothing', async () => {
    const folder = temporaryFolder()
    const filename = join(folder, 'audit.log')
    const filenames = [folder]
    const make = (): Logger => loggerOf(new winston.transports.File({ filename: filenames.shift() ?? filename }))
    const sink = winstonSink(make, { acknowledge: 'flushed', timeoutMs: 200 })

    await expect(sink.write(eventsOf(1))).rejects.toThrow(refusedWith('ERR_AUDIT_WINSTON_STALLED'))
    await sink.write(eventsOf(1))

    expect(idsIn(filename)).toEqual(['e0'])
  })

  test('has every batch in the file when it resolves, when it waits for the flush', async () => {
    const filename = join(temporaryFolder(), 'audit.log')
    const make = (): Logger => loggerOf(new winston.transports.File({ filename }))
    const sink = winstonSink(make, { acknowledge: 'flushed' })

    await sink.write(eventsOf(300))
    expect(idsIn(filename)).toHaveLength(300)

    await sink.write(eventsOf(5, 300))
    expect(idsIn(filename)).toEqual(eventsOf(305).map(({ id }) => id))
  })

  test('sends again what a file took that was never opened, once its buffer is full', async () => {
    const folder = temporaryFolder()
    const filename = join(folder, 'audit.log')
    const filenames = [folder]
    const make = (): Logger => loggerOf(new winston.transports.File({ filename: filenames.shift() ?? filename }))
    const sink = winstonSink(make, { timeoutMs: 200 })
    await sink.write(eventsOf(10))

    await expect(sink.write(eventsOf(190, 10))).rejects.toThrow(refusedWith('ERR_AUDIT_WINSTON_STALLED'))
    await sink.write(eventsOf(190, 10))
    await sink.close?.()

    expect(idsIn(filename)).toEqual(eventsOf(200).map(({ id }) => id))
  })

  test('waits for the flush only of loggers that it makes', () => {
    expect(() => winstonSink(loggerOf(new Recorder()), { acknowledge: 'flushed' })).toThrow(
      refusedWith('ERR_AUDIT_WINSTON_OPTIONS'),
    )
  })

  test('refuses at start-up a function that makes a silent logger', () => {
    expect(() => winstonSink(() => loggerOf(new Recorder(), { silent: true }))).toThrow(
      refusedWith('ERR_AUDIT_WINSTON_SILENT'),
    )
  })

  test('closes the logger that failed', async () => {
    const loggers: Logger[] = []
    const sink = winstonSink(() => {
      const logger = loggerOf(new Recorder(once((_info, done) => done(new Error('broken')))))
      loggers.push(logger)
      return logger
    })

    await sink.write(eventsOf(1)).catch(() => undefined)

    expect(loggers[0]?.transports).toEqual([])
  })
})

describe('winstonSink close', () => {
  test('refuses to write from then on, and closes once', async () => {
    const sink = winstonSink(loggerOf(new Recorder()))

    await sink.close?.()
    await sink.close?.()

    await expect(sink.write(eventsOf(1))).rejects.toThrow(refusedWith('ERR_AUDIT_WINSTON_CLOSED'))
  })

  test('leaves a logger that was given as it was', async () => {
    const recorder = new Recorder()
    const logger = loggerOf(recorder)

    await winstonSink(logger).close?.()

    expect([logger.writable, logger.listenerCount('error'), logger.transports]).toEqual([true, 0, [recorder]])
  })

  test('says so when the last lines do not get out', async () => {
    const stream = new Writable({ final: () => undefined })
    const transport = new winston.transports.Stream({ stream })
    transport._final = () => undefined
    const sink = winstonSink(() => loggerOf(transport), { timeoutMs: 20 })

    await expect(sink.close?.()).rejects.toThrow(refusedWith('ERR_AUDIT_WINSTON_STALLED'))
  })
})
