import { AuditError } from '../errors.ts'
import { requirePolicy } from '../privacy/reveal-policy.ts'
import type { Sink } from './sink-contract.ts'

const MAX_BATCH = 1_024
const MAX_REFUSALS = 1_000

/**
 * Refuses a sink that could not be served.
 *
 * @param sink As the application gave it.
 * @throws `AuditError` with `ERR_AUDIT_INPUT`
 */
export function checkSink(sink: Sink): void {
  checkName('sink', sink.name)
  const { filter, reveal, batchSize, deadLetterAfter } = sink
  if (typeof sink.write !== 'function') throw input('A sink has a method write.')
  if (filter !== undefined && typeof filter !== 'function') throw input('The filter of a sink is a function.')
  requirePolicy(reveal)
  requireWhole('batchSize', batchSize, MAX_BATCH)
  requireWhole('deadLetterAfter', deadLetterAfter, MAX_REFUSALS)
}

/** Refuses a name that cannot stand in a key. Throws `AuditError` with `ERR_AUDIT_INPUT`. */
export function checkName(what: 'sink' | 'job', name: string): void {
  if (/^[a-z0-9-]{1,64}$/.test(name)) return
  throw input(`The name of a ${what} has 1 to 64 characters of a-z, 0-9 and "-", not ${JSON.stringify(name)}.`)
}

function requireWhole(name: string, value: number | undefined, max: number): void {
  if (value === undefined || (Number.isInteger(value) && value >= 1 && value <= max)) return
  throw input(`The ${name} of a sink is a whole number from 1 to ${max}, not ${value}.`)
}

function input(message: string): AuditError {
  return new AuditError('ERR_AUDIT_INPUT', message)
}
