import { correlation, correlationMeta, redaction } from '@sallyport/audit-winston'
import winston from 'winston'

/** The application's own logger: with the ids by which a line is found beside the ledger's events of the same request. */
export function createLog(): winston.Logger {
  return winston.createLogger({
    defaultMeta: correlationMeta(),
    format: winston.format.combine(correlation(), redaction(), winston.format.json()),
    transports: [new winston.transports.Console({ stderrLevels: ['error', 'warn', 'info'] })],
  })
}

/** The winston logger that gets the ledger's events: short lines for people on the console, every event whole in the file. */
export function createAuditLog(path: string): winston.Logger {
  const short = winston.format.printf((info) => {
    const event = readEvent(info['audit'])
    return [event.at.slice(11, 19), info.message, event.outcome, event.reason].filter((word) => word !== '').join('  ')
  })
  return winston.createLogger({
    level: 'info',
    transports: [
      new winston.transports.Console({ format: short }),
      new winston.transports.File({
        filename: path,
        format: winston.format.json(),
        options: { flags: 'a', mode: 0o600 },
      }),
    ],
  })
}

function readEvent(audit: unknown): { readonly at: string; readonly outcome: string; readonly reason: string } {
  const text = (name: string): string => {
    const value: unknown = typeof audit === 'object' && audit !== null ? Reflect.get(audit, name) : undefined
    return typeof value === 'string' ? value : ''
  }
  return { at: text('at'), outcome: text('outcome'), reason: text('reason') }
}
