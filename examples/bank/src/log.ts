import winston from 'winston'

/** The application's winston logger: short lines for people on the console, every event whole in the file. */
export function createLog(path: string): winston.Logger {
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
