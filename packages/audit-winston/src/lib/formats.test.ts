import { Writable } from 'node:stream'

import { FORMATS, formatEvent } from '@sallyport/audit/formats'
import type { LedgerEvent } from '@sallyport/audit'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import winston from 'winston'

import { startHttpReceiver } from '../../test/http-receiver.ts'
import { eventBody } from './event-info.ts'
import type { WinstonSinkOptions } from './options.ts'
import { winstonSink } from './winston-sink.ts'

const EVENT: LedgerEvent = {
  v: 1,
  id: '01K9ZJ5E7WQ3T2V8X4Y6Z1A2B3',
  type: 'access.denied',
  at: '2026-01-01T00:00:00.000Z',
  writer: { id: 'web-1', boot: '01K9ZJ5E7WQ3T2V8X4Y6Z1A2B4', seq: 1 },
  outcome: 'failure',
  reason: 'factor_missing',
  target: { route: '/transfer', method: 'POST' },
  data: { requirement: 'default' },
  index: 7,
}
const LINE = winston.format.printf(({ message }) => String(message))

async function written(events: readonly LedgerEvent[], options: WinstonSinkOptions, format = LINE): Promise<string> {
  let text = ''
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk)
      done()
    },
  })
  const logger = winston.createLogger({
    levels: options.levels === 'syslog' ? winston.config.syslog.levels : winston.config.npm.levels,
    level: options.levels === 'syslog' ? 'info' : 'http',
    format,
    transports: [new winston.transports.Stream({ stream, eol: '\n' })],
  })
  await winstonSink(logger, options).write(events)
  return text
}

describe('winstonSink with a format', () => {
  test.each(FORMATS.map((format) => [format]))('writes the line of %s and nothing around it', async (format) => {
    const formatOptions = { origin: 'bank.example/ledger' }

    expect(await written([EVENT], { format, formatOptions })).toBe(`${formatEvent(EVENT, format, formatOptions)}\n`)
  })

  test('shows what was revealed for the sink', async () => {
    const event = { ...EVENT, revealed: { ip: '198.51.100.7' } }

    expect(await written([event], { format: 'cef' })).toContain('src=198.51.100.7')
    expect(JSON.parse(await written([event], { format: 'ecs' }))).toMatchObject({ source: { ip: '198.51.100.7' } })
  })

  test("has the line as the message of winston's JSON", async () => {
    const text = await written([EVENT], { format: 'cef' }, winston.format.json())

    expect(JSON.parse(text)).toEqual({ level: 'warn', message: formatEvent(EVENT, 'cef') })
  })

  test('v5.0.0-16.4.1 keeps one event on one line in every format, whatever stands in it (property)', async () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.constantFrom('\r\nCEF:0|x', '\u2028', '\u0085', '\0'),
    )
    await fc.assert(
      fc.asyncProperty(text, fc.constantFrom(...FORMATS), async (hostile, format) => {
        const lines = await written([{ ...EVENT, target: { route: hostile, resource: hostile } }, EVENT], { format })

        expect(lines.split(/[\r\n\u0085\u2028\u2029]/)).toHaveLength(3)
      }),
      { numRuns: 40 },
    )
  })

  test('v5.0.0-16.4.1 has nothing raw in an object that a reader could take for something else (property)', async () => {
    const bad = fc.constantFrom(
      '\u2028',
      '\u2029',
      '\u0085',
      '\u009b31m',
      '\u202e',
      '\u200b',
      '\ud800',
      '\0',
      '\r\n',
      '\\u2028',
    )
    const text = fc
      .array(fc.oneof(bad, fc.string({ unit: 'binary', maxLength: 5 })), { maxLength: 6 })
      .map((parts) => parts.join(''))
    const formats = [
      winston.format.json(),
      winston.format.simple(),
      winston.format.printf((info) => String(Object(info['audit']).target.resource)),
    ]
    await fc.assert(
      fc.asyncProperty(text, fc.constantFrom(...formats), async (hostile, format) => {
        const event = { ...EVENT, target: { resource: hostile }, data: { [hostile]: [hostile] } }
        const line = await written([event], {}, format)

        expect(line.slice(0, -1)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u)
      }),
      { numRuns: 100 },
    )
  })

  test('loses nothing of an object: reading its escapes gives the same texts (property)', async () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('\\u2028', '\u2028', 'a\\b\r\n', '\\\u202e'))
    await fc.assert(
      fc.asyncProperty(text, async (hostile) => {
        const line = await written([{ ...EVENT, target: { resource: hostile } }], {}, winston.format.json())
        const shown = String(JSON.parse(line).audit.target.resource)

        expect(JSON.parse(`"${shown.replaceAll('"', '\\"')}"`)).toBe(hostile)
      }),
      { numRuns: 100 },
    )
  })

  test('refuses options of formats that are none, at start-up', () => {
    const logger = winston.createLogger({ transports: [new winston.transports.Console()] })

    expect(() => winstonSink(logger, { format: 'ocsf', formatOptions: { origin: '' } })).toThrow(
      expect.objectContaining({ code: 'ERR_AUDIT_WINSTON_OPTIONS' }),
    )
  })

  test('passes on to the ledger what the ledger decides', () => {
    const logger = winston.createLogger({ transports: [new winston.transports.Console()] })
    const options = { filter: () => true, reveal: ['ip'], batchSize: 7, deadLetterAfter: 3 }

    expect(winstonSink(logger, options)).toMatchObject(options)
  })
})

describe('eventBody', () => {
  test.each([[undefined], ['event']])('makes Http send the object itself, or in a member', async (member) => {
    const receiver = await startHttpReceiver()
    const make = (): winston.Logger =>
      winston.createLogger({
        format: eventBody({ member }),
        transports: [new winston.transports.Http({ host: '127.0.0.1', port: receiver.port })],
      })
    await winstonSink(make, { format: 'ecs', acknowledge: 'logged' }).write([EVENT])
    await receiver.stop()

    const body: unknown = JSON.parse(formatEvent(EVENT, 'ecs'))
    expect(receiver.bodies).toEqual([member === undefined ? body : { event: body }])
  })

  test('lets other messages pass', async () => {
    expect(await written([EVENT], { format: 'cef' }, winston.format.combine(eventBody(), LINE))).toBe(
      `${formatEvent(EVENT, 'cef')}\n`,
    )
  })
})

describe('the levels of winstonSink', () => {
  const level = winston.format.printf((info) => info.level)
  const events: readonly LedgerEvent[] = [
    { ...EVENT, type: 'oidc.login.succeeded', outcome: 'success' },
    { ...EVENT, type: 'session.revoked', outcome: 'success' },
    EVENT,
    { ...EVENT, type: 'session.reused_after_end' },
    { ...EVENT, type: 'audit.verified', data: { verdict: 'corrupt' } },
  ]

  test.each([
    ['npm', ['info', 'info', 'warn', 'error', 'error']],
    ['syslog', ['info', 'notice', 'warning', 'error', 'crit']],
    [
      { informational: 'http', low: 'info', medium: 'info', high: 'warn', critical: 'error' },
      ['http', 'info', 'info', 'warn', 'error'],
    ],
  ] as const)('go by severity when they are told to', async (levels, expected) => {
    expect((await written(events, { levels }, level)).split('\n')).toEqual([...expected, ''])
  })

  test('are named as the logger names them', async () => {
    let text = ''
    const stream = new Writable({
      write(chunk, _encoding, done) {
        text += String(chunk)
        done()
      },
    })
    const transports = [new winston.transports.Stream({ stream, eol: '\n' })]
    await winstonSink(winston.createLogger({ levels: winston.config.syslog.levels, format: level, transports })).write([
      EVENT,
    ])

    expect(text).toBe('warning\n')
  })
})
