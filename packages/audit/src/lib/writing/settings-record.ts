import { createHash } from 'node:crypto'

import type { Key, Store, Write } from '@sallyport/store'
import type { Audit } from '../audit-contract.ts'
import { AuditError } from '../errors.ts'
import { event } from '../events/event.ts'
import type { PendingEvent } from '../events/types.ts'
import { isJsonRecord } from '../json-record.ts'

// Others that record the same settings meanwhile.
const TRIES = 100
// Longer ones are recorded as their digest.
const MAX_VALUE = 200

/** What the ledger goes by when nothing is set; the same as no record. */
const DEFAULT_SETTING = 'default'

/** What `recordSettings` needs of an open ledger. */
export interface SettingsParts {
  readonly options: { readonly store: Store }
  readonly writer: { readonly commit: Audit['commit'] }
}

/**
 * Compares settings with what the ledger knows of them, and records each difference as `config.changed` in one commit with
 * the new value. For the start of a process: while instances with different settings start by turns, each start that finds
 * another value says so, and none says it again later.
 *
 * @param parts The ledger.
 * @param settings The values by name, such as `audit.levels`, in a form in which equal settings are equal texts;
 * `undefined` for the default. A value of more than 200 characters is kept and shown as base64url of its SHA-256.
 * @param first What becomes of a value other than the default of which the ledger knows nothing: `said` as a change, or
 * `kept` without an event, for what is no choice of the operator.
 * @throws `StoreError` when it cannot be recorded, `AuditError` with `ERR_AUDIT_INPUT` when others change the settings all
 * the time.
 */
export async function recordSettings(
  parts: SettingsParts,
  settings: Readonly<Record<string, string | undefined>>,
  first: 'said' | 'kept' = 'said',
): Promise<void> {
  const names = Object.keys(settings)
  for (let tries = 1; tries <= TRIES; tries++) {
    const found = await parts.options.store.get(names.map(keyOf))
    const writes: Write[] = []
    const events: PendingEvent[] = []
    for (const [at, setting] of names.entries()) {
      const known = found[at]
      const from = known && valueOf(known.value)
      const to = shown(settings[setting] ?? DEFAULT_SETTING)
      if (to === (from ?? DEFAULT_SETTING)) continue
      writes.push({ op: 'put', key: keyOf(setting), value: { value: to }, expect: known?.version ?? null })
      if (known === undefined && first === 'kept') continue
      events.push(event('config.changed', { data: { setting, ...(from === undefined ? {} : { from }), to } }))
    }
    if (writes.length === 0 || (await parts.writer.commit({ writes, events })).ok) return
  }
  throw new AuditError('ERR_AUDIT_INPUT', 'Others change the settings of the ledger all the time.')
}

/** Reads what the ledger knows of a setting: its value, or the digest of a long one; `undefined` when it knows nothing. */
export async function readSetting(store: Store, name: string): Promise<string | undefined> {
  const [found] = await store.get([keyOf(name)])
  return found && valueOf(found.value)
}

function keyOf(name: string): Key {
  return ['setting', name]
}

// Whatever else stands there, nobody here wrote it: the change from it is recorded as one from nothing known.
function valueOf(value: Parameters<typeof isJsonRecord>[0]): string {
  const text = isJsonRecord(value) ? value['value'] : undefined
  return typeof text === 'string' ? shown(text) : 'unknown'
}

function shown(value: string): string {
  return value.length <= MAX_VALUE && value.isWellFormed()
    ? value
    : createHash('sha256').update(value).digest('base64url')
}
