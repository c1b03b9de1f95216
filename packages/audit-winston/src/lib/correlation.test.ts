import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { Writable } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'

import { runInContext, setContext } from '@sallyport/audit/context'
import type { EventContext } from '@sallyport/audit/context'
import { describe, expect, test } from 'vitest'
import winston from 'winston'

import { correlation, correlationMeta } from './correlation.ts'
import { redaction } from './redaction.ts'

const TRACE = { id: '0af7651916cd43dd8448eb211c80319c', span: 'b7ad6b7169203331' }

function contextOf(requestId: string): EventContext {
  return { requestId, trace: TRACE, who: { user: 'ada', lineage: `lineage of ${requestId}` } }
}

function captured(options: winston.LoggerOptions = {}): { logger: winston.Logger; lines: () => readonly unknown[] } {
  let text = ''
  const stream = new Writable({
    write(chunk, _encoding, callback) {
      text += String(chunk)
      callback()
    },
  })
  const format = winston.format.combine(correlation(), winston.format.json())
  const logger = winston.createLogger({ format, transports: [new winston.transports.Stream({ stream })], ...options })
  const lines = (): readonly unknown[] =>
    text
      .split('\n')
      .filter(Boolean)
      .map((line): unknown => JSON.parse(line))
  return { logger, lines }
}

describe('correlation', () => {
  test('v5.0.0-16.2.1 adds the ids of the request that is served, also behind promises and timers', async () => {
    const { logger, lines } = captured()
    await runInContext(contextOf('r1'), async () => {
      await nextTurn()
      logger.info('hello', { amount: 5 })
    })

    expect(lines()).toEqual([
      {
        level: 'info',
        message: 'hello',
        amount: 5,
        requestId: 'r1',
        traceId: TRACE.id,
        spanId: TRACE.span,
        lineage: 'lineage of r1',
      },
    ])
  })

  test('adds nothing outside of requests, and nothing that is not known', () => {
    const { logger, lines } = captured()
    logger.info('outside')
    runInContext({ requestId: 'r2' }, () => logger.info('inside'))

    expect(lines()).toEqual([
      { level: 'info', message: 'outside' },
      { level: 'info', message: 'inside', requestId: 'r2' },
    ])
  })

  test('never lets the caller forge them', () => {
    const { logger, lines } = captured()
    runInContext(contextOf('r3'), () => logger.info('hello', { requestId: 'forged', lineage: 'forged' }))

    expect(lines()).toMatchObject([{ requestId: 'r3', lineage: 'lineage of r3' }])
  })

  test('takes off what the caller passed where the id is not known, also with splat behind it', () => {
    const body = { user: 'ada', requestId: 'forged', traceId: 'forged', spanId: 'forged', lineage: 'forged' }
    const format = winston.format.combine(correlation(), winston.format.splat(), winston.format.json())
    for (const { logger, lines } of [captured(), captured({ format })]) {
      runInContext({ requestId: 'r4' }, () => logger.info('inside', body))
      logger.info('outside', body)
      logger.child(body).info('child %s', 'of it', body)

      expect(lines()).toEqual([
        { level: 'info', message: 'inside', user: 'ada', requestId: 'r4' },
        { level: 'info', message: 'outside', user: 'ada' },
        expect.objectContaining({ level: 'info', user: 'ada' }),
      ])
      expect(JSON.stringify(lines())).not.toContain('forged')
    }
    expect(body.lineage).toBe('forged')
  })

  test('prefers the request that is passed, which is not written, to the one that seems to be served', () => {
    const { logger, lines } = captured()
    const req = { url: '/secret' }
    setContext(req, contextOf('mine'))
    runInContext(contextOf('other'), () => {
      logger.info('known', { req })
      logger.info('unknown', { req: new IncomingMessage(new Socket()) })
      logger.info('no request', { req: 'a text' })
    })

    expect(lines()).toEqual([
      expect.objectContaining({ message: 'known', requestId: 'mine', lineage: 'lineage of mine' }),
      { level: 'info', message: 'unknown' },
      expect.objectContaining({ message: 'no request', requestId: 'other', req: 'a text' }),
    ])
    expect(lines()[0]).not.toHaveProperty('req')
  })

  test('takes the request off the line and leaves it to the caller, also with what fills in a message', () => {
    const req = { url: '/secret' }
    setContext(req, contextOf('mine'))
    const own = { level: 'info', message: 'own', req }
    const format = winston.format.combine(correlation(), redaction(), winston.format.splat(), winston.format.json())
    const { logger, lines } = captured({ format })
    logger.info('paid %d', 5, { req })
    logger.log(own)

    expect(lines()).toEqual([
      expect.objectContaining({ message: 'paid 5', requestId: 'mine' }),
      expect.objectContaining({ message: 'own', requestId: 'mine' }),
    ])
    expect([JSON.stringify(lines()).includes('secret'), own.req]).toEqual([false, req])
  })

  test('keeps 50 requests apart', async () => {
    const { logger, lines } = captured()
    await Promise.all(
      Array.from({ length: 50 }, async (_, at) =>
        runInContext(contextOf(`r${at}`), async () => {
          await nextTurn()
          logger.info(`r${at}`)
        }),
      ),
    )

    const wrong = lines().filter((line) => Object(line).requestId !== Object(line).message)
    expect([lines().length, wrong]).toEqual([50, []])
  })
})

describe('correlationMeta', () => {
  test('keeps the ids of the call, though a slow transport lets lines wait', async () => {
    const taken: unknown[] = []
    const slow = new winston.transports.Stream({ stream: process.stderr })
    slow.log = (info: object, next: () => void): void => {
      taken.push(info)
      setImmediate(next)
    }
    const { logger } = captured({ transports: [slow], defaultMeta: correlationMeta({ service: 'bank' }) })
    for (let at = 0; at < 200; at++) runInContext(contextOf(`r${at}`), () => logger.info(`r${at}`))
    runInContext(contextOf('other'), () => logger.child({ part: 'child' }).info('other', { extra: 1 }))
    await expect.poll(() => taken.length).toBe(201)

    expect(taken.filter((info) => Object(info).requestId !== Object(info).message)).toEqual([])
    expect(taken.at(-1)).toMatchObject({ service: 'bank', part: 'child', extra: 1 })
  })

  test('goes together with redaction, in either order', () => {
    const formats = [
      [redaction(), correlation()],
      [correlation(), redaction()],
    ]
    const found = formats.map((both) => {
      const format = winston.format.combine(...both, winston.format.json())
      const { logger, lines } = captured({ format, defaultMeta: correlationMeta() })
      runInContext(contextOf('r5'), () => logger.info('hello', { password: 'x' }))
      return lines()
    })

    expect(found[0]).toMatchObject([{ requestId: 'r5', password: '[redacted]' }])
    expect(found[1]).toEqual(found[0])
  })
})
