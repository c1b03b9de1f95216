import type { Sink } from '@sallyport/audit'
import winston from 'winston'

import { correlation, correlationMeta, redaction, winstonSink } from '../src/index.ts'
import type { WinstonSinkOptions } from '../src/index.ts'

/** A sink that writes one line for each event into a file, in one of the formats. */
export function fileSink(filename: string, options: WinstonSinkOptions): Sink {
  const { format } = winston
  const line = options.format === 'object' ? format.json() : format.printf((info) => String(info.message))
  const open = (): winston.Logger =>
    winston.createLogger({ format: line, transports: [new winston.transports.File({ filename })] })
  return winstonSink(open, { acknowledge: 'flushed', ...options })
}

/** The application's own logger, as it should be; without redaction, as it should not. */
export function applicationLog(filename: string, options: { readonly redacts: boolean }): winston.Logger {
  const { format } = winston
  const safe = options.redacts ? [redaction({ emails: true }), correlation()] : []
  return winston.createLogger({
    defaultMeta: correlationMeta(),
    format: format.combine(...safe, format.json()),
    transports: [new winston.transports.File({ filename })],
  })
}

/** Resolves when all that was logged is in the file. */
export async function endLog(log: winston.Logger): Promise<void> {
  const ended = new Promise<void>((resolve) => void log.transports[0]?.once('finish', () => resolve()))
  log.end()
  await ended
}
