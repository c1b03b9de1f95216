export { AuditWinstonError } from './lib/errors.ts'
export type { AuditWinstonErrorCode } from './lib/errors.ts'
export type { WinstonSinkOptions } from './lib/options.ts'
export { winstonSink } from './lib/winston-sink.ts'
