import type { Logger } from 'winston'
import { AuditWinstonError } from './errors.ts'

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
  const speaking = logger.transports.filter(({ silent }) => silent !== true)
  if (logger.silent || speaking.length === 0) {
    throw new AuditWinstonError('ERR_AUDIT_WINSTON_SILENT', 'The winston logger or all its transports are silent.')
  }
  for (const level of levels) {
    if (speaking.some((transport) => passes(logger, transport.level ?? logger.level, level))) continue
    throw new AuditWinstonError(
      'ERR_AUDIT_WINSTON_LEVEL',
      `No transport of the winston logger takes the level "${level}". Give the logger or a transport a level that ` +
        'includes it, or set the options level and failureLevel of winstonSink.',
    )
  }
}

// winston counts levels from the gravest, 0, upwards.
function passes(logger: Logger, limit: string, level: string): boolean {
  const most = logger.levels[limit]
  const own = logger.levels[level]
  return most !== undefined && own !== undefined && own <= most
}
