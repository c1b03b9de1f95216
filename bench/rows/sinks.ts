import { createWriteStream } from 'node:fs'
import { join } from 'node:path'

import type { Sink } from '@sallyport/audit'
import { createLogger, format, transports, type Logger } from 'winston'

import { winstonSink } from '@sallyport/audit-winston'
import { takeLineCount } from '../peers/winston-file.ts'
import type { LogOrder } from '../programs/log-writer.ts'
import { callTogether } from '../support/callers.ts'
import { startChild } from '../support/child-process.ts'
import { openLedger, type BenchLedger } from '../support/ledger.ts'
import type { Plan } from '../support/plan.ts'
import type { Measured } from '../support/results.ts'
import { measureInterleaved, perSecond } from '../support/rounds.ts'
import { visitEvents } from '../support/sample-events.ts'
import { withFolder } from '../support/temporary-folder.ts'

const CALLERS = 64
const EVENTS_PER_VISIT = 4
const LINE = format.printf(({ message }) => String(message))

/** Forwarding a stored ledger to a file by winston, from a cursor, against winston that logs the same lines by itself. */
export async function measureSinks({ rounds, appends }: Plan): Promise<readonly Measured[]> {
  const winston = startChild<LogOrder, number>('winston')
  try {
    return await withFolder(async (folder) => {
      const ledger = await openLedger(folder)
      const calls = Math.ceil(appends / EVENTS_PER_VISIT)
      const call = async (at: number): Promise<unknown> => ledger.audit.commit({ writes: [], events: visitEvents(at) })
      await callTogether({ callers: CALLERS, calls, call })
      await ledger.audit.settle()
      const order = { path: join(folder, 'peer.log'), count: appends, model: await entryOf(ledger) }
      let sinks = 0
      const own = async (make: (path: string, name: string) => Sink): Promise<number> => {
        const path = join(folder, `sink-${++sinks}.log`)
        return await forward(ledger, path, make(path, `sink-${sinks}`))
      }
      const figures = await measureInterleaved(
        { file: () => own(fileSink), stream: () => own(streamSink), winston: () => winston.ask(order) },
        rounds,
      )
      await ledger.close()
      const peers = { 'winston File, from memory, not durable': figures('winston') }
      const about = { unit: 'events/s', peers, target: 0.4 }
      const note = `${appends} events a round from SQLite as NDJSON, the cursor kept in the ledger's database.`
      return [
        { ...about, name: 'sinks, winston File, flushed after each batch', ours: figures('file'), note },
        { ...about, name: 'sinks, winston Stream', ours: figures('stream'), note },
      ]
    })
  } finally {
    await winston.stop()
  }
}

function fileSink(filename: string, name: string): Sink {
  const make = (): Logger => createLogger({ format: LINE, transports: [new transports.File({ filename })] })
  return winstonSink(make, { name, format: 'json', acknowledge: 'flushed' })
}

function streamSink(filename: string, name: string): Sink {
  const make = (): Logger =>
    createLogger({ format: LINE, transports: [new transports.Stream({ stream: createWriteStream(filename) })] })
  return winstonSink(make, { name, format: 'json' })
}

async function forward({ audit, store }: BenchLedger, path: string, sink: Sink): Promise<number> {
  const size = await store.size()
  const startedAt = performance.now()
  audit.addSink(sink)
  await audit.settle()
  const figure = perSecond(size, startedAt)
  const lines = await takeLineCount(path)
  if (lines < size) throw new Error(`The sink wrote ${lines} of ${size} lines before it was settled`)
  return figure
}

/** Gives one event as the ledger writes it: the peer writes the same JSON. */
async function entryOf({ store }: BenchLedger): Promise<LogOrder['model']> {
  const entries = await store.read(EVENTS_PER_VISIT, EVENTS_PER_VISIT)
  const event: LogOrder['model'] = JSON.parse(Buffer.from(entries.at(-1)?.bytes ?? []).toString('utf8'))
  return event
}
