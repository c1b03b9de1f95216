import { Writable } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'

import { runInContext } from '@sallyport/audit/context'
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
