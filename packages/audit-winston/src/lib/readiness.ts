import type { Logger } from 'winston'
import { AuditWinstonError } from './errors.ts'

type Transport = Logger['transports'][number]

/**
 * Checks that a logger would really write events of some levels: winston drops what nobody takes without a word.
 *
 * @param logger The logger as it is now.
 * @param levels The levels that will be used.
 * @throws AuditWinstonError `ERR_AUDIT_WINSTON_CLOSED`, `_NO_TRANSPORT`, `_SILENT` or `_LEVEL`
 */
export function demandReady(logger: Logger, levels: readonly string[]): void {
  if (!logger.writable) throw new AuditWinstonError('ERR_AUDIT_WINSTON_CLOSED', 'The winston logger was ended.')
  if (logger.transports.length === 0) {
    throw new AuditWinstonError('ERR_AUDIT_WINSTON_NO_TRANSPORT', 'The winston logger has no transports.')
  }
  if (logger.silent || logger.transports.every(({ silent }) => silent === true)) {
    throw new AuditWinstonError('ERR_AUDIT_WINSTON_SILENT', 'The winston logger or all its transports are silent.')
  }
  for (const level of levels) {
    if (logger.transports.some((transport) => takesLevel(logger, transport, level))) continue
    throw new AuditWinstonError(
      'ERR_AUDIT_WINSTON_LEVEL',
      `No transport of the winston logger takes the level "${level}". Give the logger or a transport a level that ` +
        'includes it, or set the options level and failureLevel, or levels, of winstonSink.',
    )
  }
}

/** Tells whether a transport writes what has a level. winston counts levels from the gravest, 0, upwards. */
export function takesLevel(logger: Logger, transport: Transport, level: string): boolean {
  const most = logger.levels[transport.level ?? logger.level]
  const own = logger.levels[level]
  return transport.silent !== true && most !== undefined && own !== undefined && own <= most
}

/**
 * Refuses a transport that loses events under an acknowledgement without anybody noticing.
 *
 * @throws AuditWinstonError `ERR_AUDIT_WINSTON_OPTIONS`
 */
export function demandTellingTransports(logger: Logger, acknowledge: 'taken' | 'logged' | 'flushed'): void {
  for (const transport of logger.transports) {
    const isHttp = Reflect.get(transport, 'name') === 'http' && '_doRequest' in transport
    if (isHttp && acknowledge !== 'logged') {
      throw misuse('An Http transport calls back before it has sent anything: set the option acknowledge to "logged".')
    }
    if (isHttp && Reflect.get(transport, 'batch') === true) {
      throw misuse('An Http transport with its own batches does not tell what became of each event: leave batch away.')
    }
  }
}

function misuse(message: string): AuditWinstonError {
  return new AuditWinstonError('ERR_AUDIT_WINSTON_OPTIONS', message)
}
