import { AuditError } from '../errors.ts'
import { RETENTION_CLASSES, type RetentionPolicy } from './retention-contract.ts'

const MEMBERS = ['personalDays', 'entryDays']
const MAX_DAYS = 36_500

/**
 * Checks the policy that `openAudit` was given.
 *
 * @throws `AuditError` with `ERR_AUDIT_INPUT` for an unknown name or a period out of bounds.
 */
export function resolveRetention(policy: RetentionPolicy = {}): RetentionPolicy {
  requireMembers('retention', policy, MEMBERS)
  const { personalDays = {}, entryDays } = policy
  requireMembers('retention.personalDays', personalDays, RETENTION_CLASSES)
  for (const name of RETENTION_CLASSES) requireDays(`retention.personalDays.${name}`, personalDays[name])
  requireDays('retention.entryDays', entryDays)
  return { personalDays: { ...personalDays }, entryDays }
}

/** Formats a policy so that equal ones are equal texts; `undefined` for the one that keeps everything. */
export function formatRetention({ personalDays = {}, entryDays }: RetentionPolicy): string | undefined {
  const named = [
    ...RETENTION_CLASSES.map((name) => [name, personalDays[name]] as const),
    ['entries', entryDays] as const,
  ]
  const said = named.filter(([, days]) => days !== undefined)
  return said.length === 0 ? undefined : said.map(([name, days]) => `${name}=${days}`).join(' ')
}

function requireMembers(what: string, value: unknown, names: readonly string[]): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw input(`${what} is an object.`)
  const unknown = Object.keys(value).find((name) => !names.includes(name))
  if (unknown === undefined) return
  throw input(`${what} has no member ${JSON.stringify(unknown)}; it has ${names.join(', ')}.`)
}

function requireDays(what: string, days: unknown): void {
  if (days === undefined) return
  if (typeof days === 'number' && Number.isInteger(days) && days >= 1 && days <= MAX_DAYS) return
  throw input(`${what} is a whole number of days from 1 to ${MAX_DAYS}, not ${JSON.stringify(days)}.`)
}

function input(message: string): AuditError {
  return new AuditError('ERR_AUDIT_INPUT', message)
}
